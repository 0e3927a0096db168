//! What may happen to a customer's coming in.

use super::call_back::{CallBack, Refusal, Refused, refusal};
use super::probe::{Finding, Verdict};
use super::record::{
    Confirmed, Consented, Event, LINKS_MAX, Link, Look, Onboarding, SPREADING, Verified, What, Witness,
};
use super::stage::Stage;
use crate::ids::ObjectId;
use jiff::Timestamp;

/// Why a call-back changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// Its state is none of ours.
    Unknown,
    /// The link is older than its life.
    Expired,
    /// Somebody came back with it before.
    Used,
    /// The link was for another app than the one that is configured now.
    AnotherApp,
}

impl Rejected {
    /// For the operator; whoever sits in front of the browser gets the same page for all.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unknown => "its state belongs to no link of ours",
            Self::Expired => "its link is older than 15 minutes",
            Self::Used => "somebody came back with this link before, and each is good once",
            Self::AnotherApp => "its link was made for another app than the one of the configuration",
        }
    }
}

/// What a call-back that was taken comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landing {
    /// Somebody consented, and claims that it was in the right tenant. That is proven elsewhere.
    Consented,
    /// Nobody consented.
    Refused(Refusal),
    /// It names another tenant than the one that was invited, or none.
    WrongTenant,
}

impl Onboarding {
    /// A link was made. Answers the hashes of links that are not remembered any more.
    pub fn begun(&mut self, link: Link) -> Vec<String> {
        let (at, by) = (link.made, link.by.clone());
        self.links.push(link);
        let surplus = self.links.len().saturating_sub(LINKS_MAX);
        let dropped = self.links.drain(..surplus).map(|link| link.hash).collect();
        self.note(Event { at, what: What::LinkMade, by: Some(by), note: None });
        if self.stage == Stage::Invited {
            self.go(Stage::ConsentPending, at);
        }
        dropped
    }

    /// Somebody came back. `hash` is that of the state in it, and `app` the one that is configured now.
    ///
    /// # Errors
    /// Why nothing was changed. Otherwise the link is used up, whatever was said.
    pub fn came_back(
        &mut self,
        hash: &str,
        call: &CallBack,
        app: ObjectId,
        now: Timestamp,
    ) -> Result<Landing, Rejected> {
        let tenant = self.tenant_id;
        let link = self.links.iter_mut().find(|link| link.hash == hash && link.tenant_id == tenant);
        let link = link.ok_or(Rejected::Unknown)?;
        if link.used.is_some() {
            return Err(Rejected::Used);
        }
        if now >= link.until {
            return Err(Rejected::Expired);
        }
        if link.app != app {
            return Err(Rejected::AnotherApp);
        }
        link.used = Some(now);
        if let Some((error, description)) = &call.error {
            let refusal = refusal(error, description);
            self.refused(&refusal, now);
            if self.stage == Stage::ConsentPending && refusal.refused != Refused::Waiting {
                self.close(now);
            }
            return Ok(Landing::Refused(refusal));
        }
        if call.tenant != Some(tenant) {
            let named = call.tenant.map_or_else(|| "no tenant".to_owned(), |other| format!("tenant {other}"));
            let note =
                format!("a call-back names {named} instead of the one that was invited; nothing of it was believed");
            self.note(Event { at: now, what: What::WrongTenant, by: None, note: Some(note) });
            if self.stage == Stage::ConsentPending {
                self.close(now);
            }
            return Ok(Landing::WrongTenant);
        }
        if self.stage < Stage::Verified {
            self.consented = Some(Consented { at: now, witness: Witness::CallBack });
            self.go(Stage::Consented, now);
        }
        Ok(Landing::Consented)
    }

    /// A look was made. Only what it positively found changes the stage; what it could not read leaves it, unless that is
    /// what a higher one would rest on.
    pub fn looked(&mut self, customer: &str, look: Look, name: Option<String>) {
        let at = look.at;
        self.customer = customer.into();
        let stage = self.stage_after(&look.findings, at);
        match stage {
            Stage::Verified | Stage::Configured | Stage::Ready if self.verified.is_none() => {
                self.verified = Some(Verified { at, name });
            }
            Stage::Invited | Stage::ConsentPending => (self.consented, self.verified) = (None, None),
            Stage::Consented => self.verified = None,
            _ => {}
        }
        if stage >= Stage::Consented && stage != Stage::Degraded && self.consented.is_none() {
            self.consented = Some(Consented { at, witness: Witness::Token });
        }
        if stage == Stage::Ready && self.ready.is_none() {
            self.ready = Some(at);
        }
        self.look = Some(look);
        self.go(stage, at);
    }

    /// A named person says that the customer meant it.
    pub fn confirmed(&mut self, confirmed: Confirmed) {
        let note = Some(format!("{}: {}", confirmed.by, confirmed.how));
        let (at, by) = (confirmed.at, confirmed.told_by.clone());
        self.note(Event { at, what: What::Confirmed, by, note });
        self.confirmed = Some(confirmed);
        if self.stage == Stage::Configured {
            self.ready.get_or_insert(at);
            self.go(Stage::Ready, at);
        }
    }

    /// The domain that the customer gave. Another one than before has to be proven anew.
    pub fn expects(&mut self, domain: &str, by: &str, at: Timestamp) {
        if self.domain.as_deref() != Some(domain) {
            self.domain = Some(domain.to_owned());
            self.verified = None;
            let note = Some(format!("the tenant must have verified {domain}"));
            self.note(Event { at, what: What::Domain, by: Some(by.to_owned()), note });
        }
    }

    /// No link leads on any more, unless another one is open.
    fn close(&mut self, now: Timestamp) {
        if self.open_link(now).is_none() {
            self.go(Stage::Invited, now);
        }
    }

    fn stage_after(&self, findings: &[Finding], now: Timestamp) -> Stage {
        let of =
            |number: u8| findings.iter().find(|one| one.number == number).map_or(Verdict::Unknown, |one| one.verdict);
        let lost = |otherwise: Stage| if self.ready.is_some() { Stage::Degraded } else { otherwise };
        match of(super::probe::TOKEN) {
            Verdict::Unknown | Verdict::Licence => return self.waiting(now),
            Verdict::Missing if self.is_spreading(now) => return Stage::Consented,
            Verdict::Missing => {
                let open = self.open_link(now).is_some();
                return lost(if open { Stage::ConsentPending } else { Stage::Invited });
            }
            Verdict::Ok => {}
        }
        match of(super::probe::ORGANIZATION) {
            Verdict::Ok => {}
            Verdict::Missing => return lost(Stage::Consented),
            // It was proven once, and nothing speaks against it.
            Verdict::Unknown | Verdict::Licence if self.verified.is_some() => return self.stage,
            Verdict::Unknown | Verdict::Licence => return Stage::Consented,
        }
        let needed = || findings.iter().filter(|one| one.needed);
        if needed().any(|one| one.verdict == Verdict::Missing) {
            return lost(Stage::Verified);
        }
        if needed().any(|one| one.verdict == Verdict::Unknown) {
            return self.stage.max(Stage::Verified);
        }
        if self.confirmed.is_some() { Stage::Ready } else { Stage::Configured }
    }

    /// Where nothing was learnt: a link may have run out meanwhile.
    fn waiting(&self, now: Timestamp) -> Stage {
        let ran_out = self.stage == Stage::ConsentPending && self.open_link(now).is_none();
        if ran_out { Stage::Invited } else { self.stage }
    }

    /// Whether a consent was heard of so lately that Microsoft may not know it everywhere yet.
    pub fn is_spreading(&self, now: Timestamp) -> bool {
        let by_call_back = self.consented.filter(|consented| consented.witness == Witness::CallBack);
        self.stage == Stage::Consented
            && by_call_back.is_some_and(|consented| now.duration_since(consented.at) < SPREADING)
    }
}
