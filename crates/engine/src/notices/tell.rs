//! The minute tick's part: claim, send, note the outcome.

use super::deliver::{self, Due};
use super::document::{NoticeDocument, path};
use super::{MARKER, Outbox};
use crate::told::Waiting;
use crate::{Engine, Error, Red};
use futures::StreamExt;
use notify::Sent;
use std::time::Duration;
use store::markers;

/// How many causes are looked at together.
const AT_ONCE: usize = 8;

/// A tick begins to send only for so long: the customers that are due wait for its end, and a leaver must not wait for a
/// chat that does not answer. The rest is sent at the next tick.
const BEGIN_WITHIN: Duration = Duration::from_secs(2);

impl Engine {
    /// Sends what is to be sent now. One list where there is nothing. A cause that cannot be looked after now is
    /// looked after at the next tick.
    pub(crate) async fn tell(&self, partner_read: bool) -> Result<(), Error> {
        let ids = markers::list(&self.store, MARKER).await?;
        let until = self.clock.monotonic() + BEGIN_WITHIN;
        let (waiting, now) = (Waiting::default(), self.clock.now());
        let waits = &waiting;
        futures::stream::iter(ids)
            .for_each_concurrent(AT_ONCE, |id| async move {
                if self.clock.monotonic() < until
                    && let Err(error) = self.tell_one(&id, partner_read, waits).await
                {
                    tracing::warn!(notice = id, %error, "a notice could not be looked after");
                }
            })
            .await;
        waiting.tell("notices", now);
        Ok(())
    }

    async fn tell_one(&self, id: &str, partner_read: bool, waiting: &Waiting) -> Result<(), Error> {
        let Some(kept) = self.store.read::<NoticeDocument>(&path(id)).await? else {
            return Ok(markers::clear(&self.store, MARKER, id).await?);
        };
        let now = self.clock.now();
        let mut document = kept.value.clone();
        self.end_by_itself(&mut document, partner_read, now);
        let routes = self.routes(&document);
        let due = match &self.outbox {
            Some(_) => deliver::claim(id, &mut document, &routes, now),
            None => Vec::new(),
        };
        for delivery in document.channels.values() {
            delivery.message.iter().for_each(|message| waiting.message(message.at));
            waiting.dead(u64::from(delivery.dead.is_some()));
        }
        if document != kept.value {
            match self.store.replace(&kept, document.clone()).await {
                Ok(_) => {}
                // Another process is at it, or a customer joined: the next tick looks again.
                Err(store::Error::Conflict) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(outbox) = &self.outbox {
            let sending = due.iter().map(|due| self.send_one(id, outbox, due));
            let settled = futures::future::join_all(sending).await;
            settled.into_iter().collect::<Result<Vec<()>, Error>>()?;
        }
        if due.is_empty() && !deliver::is_open(&document, &routes) {
            markers::clear(&self.store, MARKER, id).await?;
            // Whoever changed it in between has found the mark still there.
            let again = self.store.read::<NoticeDocument>(&path(id)).await?;
            if again.is_some_and(|again| deliver::is_open(&again.value, &routes)) {
                markers::set(&self.store, MARKER, id).await?;
            }
        }
        Ok(())
    }

    /// Sends one claimed message and notes how that ended.
    async fn send_one(&self, id: &str, outbox: &Outbox, due: &Due) -> Result<(), Error> {
        let sent = match outbox.channels.get(&due.channel) {
            Some(Ok(channel)) => notify::send(&outbox.ways, channel, &due.notice, self.clock.now()).await,
            Some(Err(why)) => Sent::Later { why: why.clone(), after: None, unclear: false },
            None => Sent::Later { why: "the channel is not there".into(), after: None, unclear: false },
        };
        if let Sent::Later { why, .. } | Sent::Never { why } = &sent {
            tracing::warn!(notice = id, channel = due.channel, why, "a notice was not taken");
        }
        let (now, fraction) = (self.clock.now(), self.random.fraction());
        self.store
            .update::<NoticeDocument>(&path(id), |document| {
                let mut document = document?;
                deliver::settle(&mut document, &due.channel, due.number, &sent, now, fraction);
                Some(document)
            })
            .await?;
        Ok(())
    }

    fn routes(&self, document: &NoticeDocument) -> Vec<String> {
        self.config.notices.get(&document.kind).cloned().unwrap_or_default()
    }

    /// What notices have to say in `health`: troubles of the program itself, and dead letters.
    pub(crate) async fn red_notices(&self) -> Result<Vec<Red>, Error> {
        let mut red = Vec::new();
        for id in markers::list(&self.store, MARKER).await? {
            let kept = match self.store.read::<NoticeDocument>(&path(&id)).await {
                Err(store::Error::Newer { .. }) => continue,
                kept => kept?,
            };
            let Some(kept) = kept else { continue };
            let document = kept.value;
            if document.over.is_some() {
                continue;
            }
            // Of the others `health` knows by itself.
            if document.program && document.code == super::CREDENTIAL_REFUSED {
                let text = format!("{} (since {})", document.text, document.opened);
                red.push(Red { customer: None, code: document.code.clone(), text });
            }
            for channel in self.routes(&document) {
                if let Some(why) = document.channels.get(&channel).and_then(|delivery| delivery.dead.as_ref()) {
                    let text = format!(
                        "channel {channel} did not take a notice ({}), and it was given up: {why}; mend the channel, the notice itself is listed here as long as it holds",
                        document.title
                    );
                    red.push(Red { customer: None, code: "dead_letter".into(), text });
                }
            }
        }
        Ok(red)
    }
}
