//! The address of Microsoft's consent page.

use super::Login;
use crate::endpoints::Api;
use uuid::Uuid;

impl Login {
    /// Where an administrator of the tenant consents to everything that the app's registration lists (page "Admin consent on
    /// the Microsoft identity platform"): Microsoft then sends the browser to `redirect`, which must be one of the
    /// registration's, with this `state`.
    pub(crate) fn consent_link(&self, tenant: Uuid, app: Uuid, redirect: &str, state: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &app.to_string());
        query.append_pair("scope", &self.endpoints.scope(Api::Graph));
        query.append_pair("redirect_uri", redirect);
        query.append_pair("state", state);
        format!("{}/{tenant}/v2.0/adminconsent?{}", self.endpoints.login, query.finish())
    }
}
