//! Where Microsoft's services live, for each cloud.

/// The addresses of one Microsoft cloud, each an origin without a trailing slash.
///
/// From Microsoft's pages "National cloud deployments" (Graph), "National clouds" (login) and "Configure an
/// application to trust a managed identity" (token exchange).
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

    fn of([login, graph, resource_manager, log_analytics, audience]: [&str; 5]) -> Self {
        Self {
            login: login.to_owned(),
            graph: graph.to_owned(),
            resource_manager: resource_manager.to_owned(),
            log_analytics: log_analytics.to_owned(),
            token_exchange_audience: audience.to_owned(),
        }
    }
}
