//! The sign of life: a call to an outside service, which raises the alarm when the calls stop. It comes from the very end of
//! the pipeline, so that it stops whenever people would not be told, whatever the reason.

use super::raw::{self, RawAlert};
use crate::{Engine, Error, Red};
use jiff::{SignedDuration, Timestamp};
use notify::Heartbeat;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Document, markers};

/// An alert of which nothing was made for so long is one that nobody hears of.
const WORKED_OFF_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// Where it is kept that the service does not take our calls.
const HEARTBEAT: &str = "heartbeat";

/// That the service does not take our calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Failing {
    since: Timestamp,
    why: String,
}

impl Document for Failing {
    const V: u32 = 1;
}

impl Engine {
    /// The same, with a sign of life at the end of each round.
    pub fn beating(self, heartbeat: Heartbeat) -> Self {
        Self { heartbeat: Some(Arc::new(heartbeat)), ..self }
    }

    /// Gives the sign of life, if people would be told. The answer is what to log; nothing of it is an error.
    pub(super) async fn beat(&self) -> Vec<String> {
        let Some(heartbeat) = &self.heartbeat else { return Vec::new() };
        match self.nobody_hears().await {
            Ok(None) => {}
            Ok(Some(why)) => return vec![format!("no sign of life is given: {why}")],
            Err(error) => return vec![format!("no sign of life is given: {error}")],
        }
        let sent = heartbeat.send().await;
        let noted = self.note_beat(sent.as_ref().err()).await;
        let failed = sent.err().map(|why| format!("the sign of life was not taken: {why}"));
        let noted = noted.err().map(|error| format!("whether the sign of life was taken could not be stored: {error}"));
        failed.into_iter().chain(noted).collect()
    }

    /// Why people would not be told, if so.
    async fn nobody_hears(&self) -> Result<Option<String>, Error> {
        if self.outbox.is_none() {
            return Ok(Some("this process sends nothing".into()));
        }
        let now = self.clock.now();
        for mark in markers::list(&self.store, raw::MARKER).await? {
            let Some((path, _)) = raw::marked(&mark) else { continue };
            let alert = self.store.read::<RawAlert>(&path).await?;
            if alert.is_some_and(|alert| alert.value.received + WORKED_OFF_WITHIN <= now) {
                return Ok(Some(format!("alert {mark} is stored, and nothing was made of it")));
            }
        }
        let open = self.open_incidents().await?;
        let unheard = self.incident_documents(&open).await?.into_iter().find(|incident| incident.is_unheard(now));
        Ok(unheard.map(|incident| format!("nobody could be told of incident {}", incident.id)))
    }

    async fn note_beat(&self, failed: Option<&String>) -> Result<(), store::Error> {
        let kept = self.store.read::<Failing>(HEARTBEAT).await?;
        match (failed, kept) {
            (None, None) => Ok(()),
            (None, Some(_)) => self.store.delete(HEARTBEAT).await,
            (Some(why), Some(kept)) if kept.value.why == *why => Ok(()),
            (Some(why), kept) => {
                let since = kept.as_ref().map_or_else(|| self.clock.now(), |kept| kept.value.since);
                let failing = Failing { since, why: why.clone() };
                let stored = match &kept {
                    Some(kept) => self.store.replace(kept, failing).await,
                    None => self.store.create(HEARTBEAT, failing).await,
                };
                match stored {
                    Ok(_) | Err(store::Error::Conflict) => Ok(()),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// What is red of the sign of life.
    pub(super) async fn red_heartbeat(&self) -> Result<Option<Red>, Error> {
        if self.config.paging.heartbeat.is_none() {
            return Ok(None);
        }
        let kept = self.store.read::<Failing>(HEARTBEAT).await?;
        Ok(kept.map(|kept| Red {
            customer: None,
            code: "heartbeat_failing".into(),
            text: format!(
                "the sign of life is not taken (since {}): {}; look at [break_glass] heartbeat and at the service that it names",
                kept.value.since, kept.value.why
            ),
        }))
    }
}
