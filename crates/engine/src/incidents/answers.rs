//! People answer where they were paged: by a button in Slack, or by acknowledging in PagerDuty.
//!
//! The service proves itself by the signature of its channel, and says who it was: in the history that is what the channel
//! says. What is answered twice counts once. A press of a button closes nothing but a drill that was announced, and what is
//! resolved in PagerDuty is not closed here: only a verdict does that.

use super::api::{ChannelAnswer, ChannelCall, Refused};
use crate::notices::Outbox;
use crate::replay::{self, Answer, Begun};
use crate::{By, Engine};
use access::incidents::{Event, Incident, IncidentId, Verdict};
use futures::future::select;
use jiff::Timestamp;
use notify::answers::{self, PagerDutyAnswer, Pressed, Saying, SlackAnswer, UNKNOWN_PERSON};
use notify::{Channel, Sent};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How long the answer to Slack, which waits for 3 s in all, waits until whoever pressed a button has read what came of it.
const SHOW_WITHIN: Duration = Duration::from_millis(500);

/// What somebody reads whose incident is not there, or not one of the channel's.
const NO_INCIDENT: &str = "Nothing was done: there is no such incident here.";

/// What somebody reads where the store does not answer.
const NOT_KNOWN: &str = "It is not known whether that was noted. Press again in a minute, or open the incident's page.";

impl Engine {
    /// Takes what the service of a channel says that people answered there.
    pub async fn channel_answer(&self, call: &ChannelCall<'_>) -> ChannelAnswer {
        let Some(outbox) = &self.outbox else { return ChannelAnswer::Denied };
        let Some(Ok(channel)) = outbox.channels.get(call.channel) else { return ChannelAnswer::Denied };
        match channel.signing_secret() {
            Some(secret) => match answers::slack(secret, call.headers, call.body, self.clock.now()) {
                Ok(SlackAnswer::Challenge(text)) => ChannelAnswer::Challenge(text),
                Ok(SlackAnswer::Pressed(pressed)) => {
                    self.pressed(outbox, channel, call, pressed).await;
                    ChannelAnswer::Slack
                }
                Ok(SlackAnswer::Other) => ChannelAnswer::Slack,
                Err(why) => unheard(call, why, ChannelAnswer::Slack),
            },
            None => match answers::pagerduty(channel.webhook_secrets(), call.headers, call.body) {
                Ok(PagerDutyAnswer::Acknowledged { event, key, by, at }) => match at {
                    Some(at) if self.clock.now().duration_since(at) < self.config.paging.verdict_within => {
                        self.acknowledged_there(call.channel, &event, &key, by, at).await
                    }
                    // It would count no more. So nobody who recorded one silences anything with it: for as long as it would
                    // count, it is known to have come before.
                    _ => ChannelAnswer::PagerDuty,
                },
                Ok(PagerDutyAnswer::Other) => ChannelAnswer::PagerDuty,
                Err(why) => unheard(call, why, ChannelAnswer::PagerDuty),
            },
        }
    }

    /// PagerDuty repeats for hours what it could not tell: an acknowledgement counts for what people were called for when it
    /// was given, and for no later call.
    async fn acknowledged_there(
        &self,
        channel: &str,
        event: &str,
        key: &str,
        by: String,
        at: Timestamp,
    ) -> ChannelAnswer {
        // Other notices, and incidents that people opened there by hand, have other keys.
        let Ok(id) = key.parse::<IncidentId>() else { return ChannelAnswer::PagerDuty };
        let by = By { who: by, asserted: true, comment: Some(format!("in PagerDuty, as channel {channel} says")) };
        let said = self.acknowledgement(&by, Some(at));
        let done = self.once(channel, event, async {
            self.answer(&id, limits(channel).as_deref(), &said, Some(&said)).await.map(|_| ())
        });
        match done.await {
            Ok(_) => ChannelAnswer::PagerDuty,
            // Sending it again would change nothing.
            Err(Refused::NotFound(_) | Refused::WrongState(_)) => ChannelAnswer::PagerDuty,
            Err(Refused::Failed(error)) => {
                tracing::warn!(incident = %id, %error, "an acknowledgement in PagerDuty could not be noted");
                ChannelAnswer::Later
            }
        }
    }

    /// Somebody pressed a button in Slack: what is done, and what they read of it there.
    async fn pressed(&self, outbox: &Arc<Outbox>, channel: &Channel, call: &ChannelCall<'_>, pressed: Pressed) {
        let text = match (channel.person(&pressed.user), pressed.key.parse::<IncidentId>()) {
            (None, _) => UNKNOWN_PERSON.to_owned(),
            (Some(_), Err(_)) => NO_INCIDENT.to_owned(),
            (Some(person), Ok(id)) => {
                let comment = format!("a button in Slack, as channel {} says", call.channel);
                let by = By { who: person.to_owned(), asserted: true, comment: Some(comment) };
                // The body names the very press of the button.
                let press = replay::print(&[call.body]);
                match self.once(call.channel, &press, self.said(&id, call.channel, pressed.saying, &by)).await {
                    Ok(Some(text)) => text,
                    // They have read it.
                    Ok(None) => return,
                    Err(Refused::NotFound(_)) => NO_INCIDENT.to_owned(),
                    Err(Refused::WrongState(why)) => format!("Nothing was done: {why}."),
                    Err(Refused::Failed(error)) => {
                        tracing::warn!(incident = %id, %error, "a button in Slack was pressed");
                        NOT_KNOWN.to_owned()
                    }
                }
            }
        };
        let (outbox, name, now) = (Arc::clone(outbox), call.channel.to_owned(), self.clock.now());
        let shown = self.process.begin(async move {
            let Some(Ok(channel)) = outbox.channels.get(&name) else { return };
            if let Sent::Later { why, .. } | Sent::Never { why } =
                answers::respond(&outbox.ways, channel, &pressed, &text, now).await
            {
                tracing::warn!(channel = name, why, "whoever pressed a button in Slack does not read what came of it");
            }
        });
        // Dropping the handle stops nothing.
        select(shown, pin!(self.clock.sleep(SHOW_WITHIN))).await;
    }

    /// What comes of a press, in words.
    async fn said(&self, id: &IncidentId, channel: &str, saying: Saying, by: &By) -> Result<String, Refused> {
        let customers = limits(channel);
        let is_drill = async || Ok::<_, Refused>(self.incident(id, customers.as_deref()).await?.drill.is_some());
        match saying {
            Saying::Drill if is_drill().await? => {
                let (verdict, who, comment) = (Verdict::Drill, by.who.clone(), by.comment.clone());
                let judge = Event::Judge { verdict, by: who, asserted: by.asserted, comment };
                let acknowledge = self.acknowledgement(by, None);
                let judged = self.answer(id, customers.as_deref(), &judge, Some(&acknowledge)).await?;
                let others = match judged.announces.len() {
                    0 => "",
                    _ => " The others that the message names were not announced: you look after them now.",
                };
                Ok(format!("Closed: it was the drill that was announced.{others}"))
            }
            Saying::Drill => {
                let incident = self.acknowledge(id, customers.as_deref(), by, true).await?;
                let words = "No drill was announced for it, so it is not closed.";
                Ok(format!("{words} {}", looks_after(&incident)))
            }
            Saying::Acknowledge => {
                let incident = self.acknowledge(id, customers.as_deref(), by, true).await?;
                Ok(looks_after(&incident))
            }
        }
    }

    /// Does it once for this delivery to the channel; `None`: it was done, or is being done by somebody else.
    async fn once<T>(
        &self,
        channel: &str,
        delivery: &str,
        act: impl Future<Output = Result<T, Refused>>,
    ) -> Result<Option<T>, Refused> {
        let caller = format!("channel {channel}");
        let claim = match self.begin_call(&caller, delivery, &replay::print(&[])).await? {
            Begun::Fresh(claim) => claim,
            Begun::Same(_) | Begun::Other => return Ok(None),
            Begun::Running => return Err(Refused::Failed(crate::Error::Busy("the same is being done".into()))),
        };
        match act.await {
            Err(Refused::Failed(error)) => {
                self.give_call_back(claim).await?;
                Err(Refused::Failed(error))
            }
            done => {
                // It is done; at worst its repetition is done, too, half a minute later.
                if let Err(error) = self.finish_call(claim, Answer::default()).await {
                    tracing::warn!(%error, "that a channel's answer came could not be kept");
                }
                done.map(Some)
            }
        }
    }
}

/// The customers about whom the channel may answer: those of a customer's own channel answer for that customer alone.
fn limits(channel: &str) -> Option<Vec<String>> {
    channel.split_once('/').map(|(customer, _)| vec![customer.to_owned()])
}

fn looks_after(incident: &Incident) -> String {
    let until = incident.acknowledged.as_ref().map(|given| given.until.strftime("%H:%M UTC").to_string());
    let others = match incident.announces.len() {
        0 => String::new(),
        count => format!(", and after {count} more that the message names"),
    };
    let until = until.unwrap_or_default();
    format!(
        "You look after it now{others}. Give a verdict on the incident's page until {until}, or people are paged again."
    )
}

/// What is answered to what nobody believes, or cannot read although it is signed.
fn unheard(call: &ChannelCall<'_>, why: answers::Refused, known: ChannelAnswer) -> ChannelAnswer {
    tracing::warn!(channel = call.channel, ?why, "what came in the name of a channel was not taken");
    // Whoever signed it would send the same again, or give up on us altogether.
    if why == answers::Refused::Unreadable { known } else { ChannelAnswer::Denied }
}

#[cfg(test)]
mod tests;
