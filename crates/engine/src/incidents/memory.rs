//! The store does not answer, and somebody may be in: people hear of it from what is in memory.

use super::pager::Pager;
use crate::Engine;
use access::incidents::{Claimed, Opening};
use futures::future::join_all;
use notify::Sent;

/// How many incidents of alerts that could not be stored are remembered, so that repetitions page nobody twice.
const REMEMBERED_MAX: usize = 1000;

/// What such a page says besides.
const NOTE: &str = "our store does not answer: this page may come again, and cannot be acknowledged here yet";

impl Engine {
    /// Whether people hear, or have heard, from memory of something that the alert with this id opens.
    pub(super) fn was_told(&self, id: &str, found: &[Opening]) -> bool {
        let remembered = self.unstored.lock().expect("nobody panics while holding it");
        found.iter().any(|opening| remembered.contains(&told_by(id, opening)))
    }

    /// Tells people of what could not be stored: once, however often the alert is sent again, and again only where nobody
    /// took it. The same bytes may be another alert after a while: then they open another incident. It goes on by itself,
    /// since whoever hangs up on a slow channel does not know whether it was told.
    pub(super) fn tell_from_memory(
        &self,
        pager: Pager,
        id: &str,
        found: Vec<Opening>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let unstored = self.unstored.clone();
        let mut told = Vec::new();
        let mut untold = found;
        {
            let mut remembered = unstored.lock().expect("nobody panics while holding it");
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
            untold.retain(|opening| {
                let name = told_by(id, opening);
                let is_first = remembered.insert(name.clone());
                told.extend(is_first.then_some(name));
                is_first
            });
        }
        async move {
            if !untold.is_empty() && !pager.tell(untold).await {
                // The repetition of the alert tries again.
                let mut remembered = unstored.lock().expect("nobody panics while holding it");
                remembered.retain(|name| !told.contains(name));
            }
        }
    }
}

/// What is remembered of an opening of the alert with this id.
fn told_by(id: &str, opening: &Opening) -> String {
    format!("{id} {}", opening.id)
}

impl Pager {
    /// One page for all of these, from memory. Whether a channel took it.
    async fn tell(&self, found: Vec<Opening>) -> bool {
        let claimed = |mut opening: Opening| {
            // Nobody comes back to it when its time has come.
            opening.page_from = opening.opened_at;
            let claimed = self.make(&mut opening, false);
            (opening, claimed)
        };
        let mut found: Vec<(Opening, Vec<Claimed>)> = found.into_iter().map(claimed).collect();
        found.sort_by_key(|(opening, claimed)| (claimed.is_empty(), opening.severity));
        let (mut found, mut claimed): (Vec<Opening>, Vec<Vec<Claimed>>) = found.into_iter().unzip();
        let others = found.split_off(1.min(found.len()));
        let (Some(lead), Some(claimed)) = (found.pop(), claimed.drain(..).next()) else { return false };
        let sending = claimed.into_iter().map(|claimed| {
            let claimed = Claimed { note: Some(NOTE.into()), may_repeat: true, ..claimed };
            self.send(&lead, &others, claimed)
        });
        join_all(sending).await.iter().any(|(_, sent)| *sent == Sent::Taken)
    }
}
