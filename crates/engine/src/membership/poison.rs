//! Messages that cannot be done: recorded where people see them, each once, however often it comes.

use super::documents::Poison;
use crate::notices::POISON;
use crate::{Engine, Error, Red};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

/// Where they are.
const RECORDED: &str = "open/poison/";

/// The most characters of a message, and of why it cannot be done, that are kept.
const CHARS_MAX: usize = 500;

/// How long one is shown after it last came.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The same where it names somebody who is not in the configuration. Whoever was just taken out has messages on their way
/// for some minutes; where it is no accident of that kind, the next one comes with the next round of all customers.
const STRAY_SHOWN_FOR: SignedDuration = SignedDuration::from_hours(1);

impl Engine {
    /// Records a message that nobody can do anything with, so that it is seen and not delivered for ever, and tells
    /// people. Where that fails the message comes again. The same message is recorded once, whoever delivers it, with the
    /// last time that it came.
    pub async fn record_poison(&self, function: &str, message: &str, why: &str) -> Result<(), Error> {
        self.report_poison(function, why).await?;
        let poison = Poison {
            function: function.into(),
            message: message.chars().take(CHARS_MAX).collect(),
            why: why.chars().take(CHARS_MAX).collect(),
            at: self.clock.now(),
        };
        let id = super::partner::hex(&Sha256::digest(format!("{function}|{message}"))[..16]);
        self.store.update(&format!("{RECORDED}{id}"), |_| Some(poison.clone())).await?;
        Ok(())
    }

    pub(super) async fn red_poison(&self) -> Result<Vec<Red>, Error> {
        let mut red = Vec::new();
        for path in self.store.list(RECORDED).await? {
            let Some(poison) = self.store.read::<Poison>(&path).await?.map(|kept| kept.value) else { continue };
            let stray = customer_of(&poison.message).filter(|name| self.customer(name).is_err());
            let shown_for = if stray.is_some() { STRAY_SHOWN_FOR } else { SHOWN_FOR };
            if poison.at + shown_for < self.clock.now() {
                self.store.delete(&path).await?;
                continue;
            }
            let Poison { function, message, why, .. } = poison;
            let text = match stray {
                Some(name) => format!(
                    "{function} got a message for {name}, who is not in the configuration, so nothing is done. Where they were taken out of it or renamed just now, nothing is wrong, and this goes by itself within an hour; else look at who else writes to the queue, and whether processes of different configurations share it"
                ),
                None => format!("{function} can do nothing with a message ({why}): {message}"),
            };
            red.push(Red { customer: None, code: POISON.into(), text });
        }
        Ok(red)
    }
}

/// The customer whom a message names, if it does.
fn customer_of(message: &str) -> Option<String> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    Some(message.get("customer")?.as_str()?.to_owned())
}
