//! A drill is announced: two persons, one account, one sign-in, and everybody who would be paged is told beforehand.

use super::{DrillDocument, path};
use crate::incidents::chain;
use crate::{Engine, Error};
use access::config::Customer;
use access::drills::{DrillRecord, Ended, KEPT_MAX, Missing, WINDOW_MAX, WINDOW_MIN};
use access::ids::{GuestId, TenantId};
use access::incidents::{Account, Drill};
use access::requests::{mail, may_be_one_person};
use jiff::SignedDuration;
use store::{Kept, UPDATE_ATTEMPTS_MAX, markers};

/// The kind of the markers of customers with a drill that goes on: `open/drills/<tenant>`.
pub(super) const MARKER: &str = "drills";

/// What somebody wants to announce.
#[derive(Debug, Clone, Copy)]
pub struct Announce<'a> {
    /// The customer's name.
    pub customer: &'a str,
    /// The one account that will be used: its name or its object id.
    pub account: &'a str,
    /// Who announces it, by mail address.
    pub by: &'a str,
    /// The second person, by mail address. One of the two signs in.
    pub with: &'a str,
    /// How long the sign-in is expected.
    pub window: SignedDuration,
    /// Whether it takes the place of one that goes on.
    pub again: bool,
}

impl Engine {
    /// Announces a drill: tells every channel of the customer's escalation, and then opens the window. The record says
    /// which channels did not take it. Until this returns, a sign-in counts as one that nobody announced.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`] for what cannot be announced, [`Error::Busy`] while another drill goes on; nothing was changed
    /// then.
    pub async fn announce_drill(&self, wish: &Announce<'_>) -> Result<DrillRecord, Error> {
        let customer = self.customer(wish.customer)?;
        let account = declared(customer, wish.account)?;
        let (by, with) = two(wish)?;
        if wish.window < WINDOW_MIN || wish.window > WINDOW_MAX {
            let (min, max) = (WINDOW_MIN.as_mins(), WINDOW_MAX.as_hours());
            return Err(Error::BadInput(format!("a drill's window is at least {min} minutes and at most {max} hours")));
        }
        if chain(&self.config, customer.tenant_id).is_empty() {
            let text = "nobody can be paged for this customer: describe [channels] and [[escalation]] first";
            return Err(Error::BadInput(text.into()));
        }
        // One that ran out meanwhile is none that goes on.
        self.follow_drill(wish.customer).await?;
        let from = self.clock.now();
        let mut record = DrillRecord {
            id: self.random.id().simple().to_string(),
            customer: customer.name.clone(),
            account,
            by,
            with,
            from,
            until: from + wish.window,
            announced: None,
            told: Vec::new(),
            incident: None,
            signed_in: None,
            alerted: None,
            paged: None,
            acknowledged: None,
            acknowledged_by: None,
            judged: None,
            judged_by: None,
            verdict: None,
            pages: Vec::new(),
            beside: Vec::new(),
            ended: None,
            journalled: None,
        };
        let tenant = customer.tenant_id;
        if let Some(replaced) = self.write_down(tenant, &record, wish.again).await? {
            self.drill_is_over(customer, &replaced).await;
        }
        markers::set(&self.store, MARKER, &tenant.to_string()).await?;
        record.told = self.tell_of_drill(customer, &record).await;
        record.announced = Some(self.clock.now());
        self.open_window(tenant, &record).await?;
        Ok(record)
    }

    /// Writes down that a drill is being announced; the answer is the one whose place it takes.
    async fn write_down(
        &self,
        tenant: TenantId,
        record: &DrillRecord,
        again: bool,
    ) -> Result<Option<DrillRecord>, Error> {
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let kept: Option<Kept<DrillDocument>> = self.store.read(&path(tenant)).await?;
            let mut document = kept.as_ref().map(|kept| kept.value.clone()).unwrap_or_default();
            let going = document.records.last_mut().filter(|last| last.ended.is_none());
            let replaced = match going {
                Some(going) if !again => {
                    let text = format!(
                        "a drill with {} goes on until {}, announced by {} and {}; --again announces another one in its place",
                        going.account.upn,
                        going.until.strftime("%Y-%m-%d %H:%M UTC"),
                        going.by,
                        going.with
                    );
                    return Err(Error::Busy(text));
                }
                Some(going) => {
                    going.ended = Some(Ended { at: record.from, missing: Some(Missing::Replaced) });
                    Some(going.clone())
                }
                None => None,
            };
            // From here on, until everybody was told, nothing is announced.
            document.announced = None;
            document.records.push(record.clone());
            let surplus = document.records.len().saturating_sub(KEPT_MAX);
            document.records.drain(..surplus);
            let written = match &kept {
                Some(kept) => self.store.replace(kept, document).await,
                None => self.store.create(&path(tenant), document).await,
            };
            match written {
                Ok(_) => return Ok(replaced),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }

    async fn open_window(&self, tenant: TenantId, record: &DrillRecord) -> Result<(), Error> {
        let path = path(tenant);
        let opened = self.store.update::<DrillDocument>(&path, |document| {
            let mut document = document?;
            let ours = document.records.last_mut().filter(|last| last.id == record.id && last.ended.is_none())?;
            *ours = record.clone();
            document.announced = Some(Drill {
                id: record.id.clone(),
                account: record.account.id,
                from: record.from,
                until: record.until,
                incident: None,
            });
            Some(document)
        });
        match opened.await? {
            Some(_) => Ok(()),
            None => {
                Err(Error::Busy("somebody announced another drill at the same time; nothing is announced here".into()))
            }
        }
    }
}

/// The declared account that is meant.
fn declared(customer: &Customer, wanted: &str) -> Result<Account, Error> {
    let wanted = wanted.trim();
    let id = wanted.parse().ok().map(GuestId);
    let accounts = &customer.break_glass.accounts;
    let found = accounts.iter().find(|one| one.upn.eq_ignore_ascii_case(wanted) || Some(one.id) == id);
    match found {
        Some(found) => Ok(Account { id: found.id, upn: found.upn.clone() }),
        None if accounts.is_empty() => {
            let text =
                format!("{} has no break-glass accounts: declare them in its file, [break_glass]", customer.name);
            Err(Error::BadInput(text))
        }
        None => {
            let names: Vec<&str> = accounts.iter().map(|one| one.upn.as_str()).collect();
            Err(Error::BadInput(format!(
                "{wanted} is no break-glass account of {}: {}",
                customer.name,
                names.join(", ")
            )))
        }
    }
}

/// The two persons. One alone could use the account and call it a drill.
fn two(wish: &Announce<'_>) -> Result<(String, String), Error> {
    let read = |text: &str| {
        mail(text.trim())
            .ok_or_else(|| Error::BadInput(format!("{text} is not a mail address; a drill has two named persons")))
    };
    let (by, with) = (read(wish.by)?, read(wish.with)?);
    if may_be_one_person(&by, &with) {
        return Err(Error::BadInput(format!(
            "{by} and {with} may be one person: a drill has two, so that nobody can use an account and call it a drill"
        )));
    }
    Ok((by, with))
}
