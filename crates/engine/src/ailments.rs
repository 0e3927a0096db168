//! What is wrong with the program besides what its store tells: whoever runs the engine says so, and `health` shows it.

use crate::notices::causes::Cause;
use crate::{Engine, Red};
use access::config::NoticeKind;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Troubles by their codes, each with what to do about it. Clones share them, so that whoever finds one need not have an
/// engine, and an engine that takes the place of another goes on telling.
#[derive(Debug, Clone, Default)]
pub struct Ailments(Arc<Mutex<BTreeMap<&'static str, String>>>);

impl Ailments {
    /// Something is wrong from now on, in these words.
    pub fn set(&self, code: &'static str, text: String) {
        self.0.lock().expect("no holder panics").insert(code, text);
    }

    /// It is over.
    pub fn clear(&self, code: &str) {
        self.0.lock().expect("no holder panics").remove(code);
    }

    /// Everything that is wrong, by code.
    pub fn red(&self) -> Vec<Red> {
        let known = self.0.lock().expect("no holder panics");
        known.iter().map(|(code, text)| Red { customer: None, code: (*code).into(), text: text.clone() }).collect()
    }
}

impl Engine {
    /// The same, telling of these troubles too.
    pub fn ailing(self, ailments: Ailments) -> Self {
        Self { ailments, ..self }
    }

    /// The same, in the place of `before`: it remembers what that one must not forget while the process lives. That is
    /// which alerts people heard of from memory, and how much is under way. Everything else in an engine is a copy of
    /// what is stored, or of what Microsoft would say again; the pace of its requests goes on with
    /// [`cloud::graph::Graph::at_the_pace_of`].
    pub fn following(mut self, before: &Self) -> Self {
        self.unstored = before.unstored.clone();
        self.room = before.room.clone();
        self.carrying = before.carrying.clone();
        self
    }

    /// Tells people of what is wrong with the program, if they want to hear of problems.
    pub(crate) async fn report_ailments(&self) -> Result<(), store::Error> {
        for Red { code, text, .. } in self.ailments.red() {
            let title = "The program is not as it should be".into();
            let cause = Cause {
                kind: NoticeKind::Problems,
                code,
                key: String::new(),
                title,
                text,
                commands: (None, Some("gatehouse check".into())),
            };
            self.join_if_routed(&cause).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double;
    use store::Memory;

    fn codes(red: Option<Vec<Red>>) -> Vec<String> {
        red.unwrap_or_default().into_iter().map(|red| red.code).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn health_is_red_for_as_long_as_something_ails() {
        let ailments = Ailments::default();
        let engine = double::engine(Arc::new(Memory::new())).ailing(ailments.clone());
        assert_eq!(engine.health(true).await.status, "ok");
        ailments.set("configuration", "it is broken".into());
        let health = engine.health(true).await;
        assert_eq!((health.status.as_str(), codes(health.red)), ("red", vec!["configuration".to_owned()]));
        let for_anybody = engine.health(false).await;
        assert_eq!((for_anybody.status.as_str(), for_anybody.red), ("red", None));
        ailments.clear("configuration");
        assert_eq!(engine.health(true).await.status, "ok");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_anothers_place_knows_whom_that_one_told_and_waits_for_the_same_room() {
        let before = double::engine(Arc::new(Memory::new()));
        before.unstored.lock().expect("nobody panics").insert("an alert".into());
        let _carried = before.carrying.try_acquire().expect("nobody carries anything out");
        let alone = double::engine(Arc::new(Memory::new()));
        let after = double::engine(Arc::new(Memory::new())).following(&before);
        for (engine, knows) in [(after, true), (alone, false)] {
            assert_eq!(engine.unstored.lock().expect("nobody panics").contains("an alert"), knows);
            assert_eq!(engine.carrying.try_acquire().is_err(), knows);
        }
    }
}
