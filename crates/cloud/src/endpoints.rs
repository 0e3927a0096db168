//! Where Microsoft's services live, for each cloud.

/// The APIs that we call. Each wants a token of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Api {
    /// Microsoft Graph.
    #[default]
    Graph,
    /// Log Analytics queries.
    LogAnalytics,
    /// Azure Resource Manager.
    ResourceManager,
}

/// The addresses of one Microsoft cloud, each an origin without a trailing slash.
///
/// From Microsoft's pages "National cloud deployments" (Graph), "National clouds" (login), "Configure an application to
/// trust a managed identity" (token exchange) and "Access the Azure Monitor Log Analytics API".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where tokens are issued.
    pub login: String,
    /// Microsoft Graph, without the version.
    pub graph: String,
    /// Azure Resource Manager.
    pub resource_manager: String,
    /// Log Analytics queries.
    pub log_analytics: String,
    /// What a token for Log Analytics must be made for: its older address, not the one above.
    pub log_analytics_audience: String,
    /// What a managed identity's token must be made for, so that the app may use it instead of a secret.
    pub token_exchange_audience: String,
}

impl Endpoints {
    /// The worldwide cloud.
    pub fn public() -> Self {
        Self::of([
            "https://login.microsoftonline.com",
            "https://graph.microsoft.com",
            "https://management.azure.com",
            "https://api.loganalytics.azure.com",
            "https://api.loganalytics.io",
            "api://AzureADTokenExchange",
        ])
    }

    /// The cloud of the US government (level 4).
    pub fn us_government() -> Self {
        Self::of([
            "https://login.microsoftonline.us",
            "https://graph.microsoft.us",
            "https://management.usgovcloudapi.net",
            "https://api.loganalytics.us",
            "https://api.loganalytics.us",
            "api://AzureADTokenExchangeUSGov",
        ])
    }

    /// The cloud in China, operated by 21Vianet.
    pub fn china() -> Self {
        Self::of([
            "https://login.chinacloudapi.cn",
            "https://microsoftgraph.chinacloudapi.cn",
            "https://management.chinacloudapi.cn",
            "https://api.loganalytics.azure.cn",
            "https://api.loganalytics.azure.cn",
            "api://AzureADTokenExchangeChina",
        ])
    }

    /// Login and Graph elsewhere (a simulated cloud, a proxy); everything else as in the worldwide cloud.
    pub fn custom(login: &str, graph: &str) -> Self {
        Self {
            login: login.trim_end_matches('/').to_owned(),
            graph: graph.trim_end_matches('/').to_owned(),
            ..Self::public()
        }
    }

    /// Azure Resource Manager elsewhere.
    pub fn resource_manager_at(self, base: &str) -> Self {
        Self { resource_manager: base.trim_end_matches('/').to_owned(), ..self }
    }

    /// Log Analytics elsewhere; tokens for it are made for that address.
    pub fn log_analytics_at(self, base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { log_analytics: base.clone(), log_analytics_audience: base, ..self }
    }

    /// Where an API is reached.
    pub(crate) fn base(&self, api: Api) -> &str {
        match api {
            Api::Graph => &self.graph,
            Api::LogAnalytics => &self.log_analytics,
            Api::ResourceManager => &self.resource_manager,
        }
    }

    /// What a token for an API is asked for with.
    pub(crate) fn scope(&self, api: Api) -> String {
        let audience = match api {
            Api::Graph => &self.graph,
            Api::LogAnalytics => &self.log_analytics_audience,
            Api::ResourceManager => &self.resource_manager,
        };
        format!("{audience}/.default")
    }

    fn of([login, graph, resource_manager, log_analytics, logs_audience, audience]: [&str; 6]) -> Self {
        Self {
            login: login.to_owned(),
            graph: graph.to_owned(),
            resource_manager: resource_manager.to_owned(),
            log_analytics: log_analytics.to_owned(),
            log_analytics_audience: logs_audience.to_owned(),
            token_exchange_audience: audience.to_owned(),
        }
    }
}
