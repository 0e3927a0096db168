//! A named person says that the customer meant it.

use crate::{Engine, Error};
use access::onboarding::{Confirmed, Onboarding, Stage};

/// The most characters of a name, and of how somebody knows.
const CHARS_MAX: usize = 300;

/// A person's word.
#[derive(Debug, Clone, Copy)]
pub struct Confirm<'a> {
    /// The customer's name.
    pub customer: &'a str,
    /// Who confirms.
    pub by: &'a str,
    /// How they know.
    pub how: &'a str,
    /// Who tells us.
    pub told_by: Option<&'a str>,
}

impl Engine {
    /// Keeps that a named person confirmed, by another way than the browser, that the customer meant it.
    ///
    /// # Errors
    /// [`Error::BadInput`] without a name or a way, and before it is proven that it is the customer's tenant: there is nothing
    /// to confirm then.
    pub async fn confirm_onboarding(&self, confirm: &Confirm<'_>) -> Result<Onboarding, Error> {
        let customer = self.customer(confirm.customer)?;
        let (by, how) = (said(confirm.by, "who confirms it")?, said(confirm.how, "how they know")?);
        let at = self.clock.now();
        let (record, ()) = self
            .change_onboarding(&customer.name, customer.tenant_id, |record| {
                if record.stage < Stage::Verified || record.verified.is_none() {
                    let text = format!(
                        "{} is {}: {}; there is nothing to confirm yet",
                        customer.name,
                        record.stage,
                        record.stage.words()
                    );
                    return Err(Error::BadInput(text));
                }
                let told_by = confirm.told_by.map(str::to_owned);
                record.confirmed(Confirmed { at, by: by.clone(), how: how.clone(), told_by });
                Ok(())
            })
            .await?;
        Ok(record)
    }
}

fn said(text: &str, what: &str) -> Result<String, Error> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= CHARS_MAX && !text.contains(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err(Error::BadInput(format!("say {what}, on one line of at most {CHARS_MAX} characters")))
    }
}
