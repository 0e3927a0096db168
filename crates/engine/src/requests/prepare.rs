//! Before a request begins: is it still allowed, and who is it for. Reads of the partner and of the customer's settings,
//! without the customer's lease.

use super::document::{RequestDocument, path};
use crate::inviting::people::Lookup;
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::ids::PersonId;
use access::orders::Orders;
use access::requests::{Event, Progress, Request, RequestId, Status};

/// What keeps a request from beginning.
enum Hindered {
    /// For now.
    Waits(&'static str, String),
    /// For good.
    Fails(String, String),
}

impl Engine {
    /// Finds out who an accepted request is for, if it may begin; what keeps it from beginning is then in the document.
    /// `None`: it does not begin now.
    pub(super) async fn prepare(&self, customer: &Customer, id: &RequestId) -> Result<Option<PersonId>, Error> {
        let Some(kept) = self.store.read::<RequestDocument>(&path(id)).await? else { return Ok(None) };
        let request = kept.value.request;
        if !is_new(&request) {
            return Ok(None);
        }
        let progress = match self.may_begin(customer, &request).await {
            Ok(person) => return Ok(Some(person)),
            Err(Hindered::Waits(code, text)) => Progress::Waiting { code: code.into(), text },
            Err(Hindered::Fails(code, text)) => Progress::Refused { code, text },
        };
        let changed = self.happen(id, &Event::Progress(progress), is_new).await;
        super::left_to_next(changed).map(|()| None)
    }

    async fn may_begin(&self, customer: &Customer, request: &Request) -> Result<PersonId, Hindered> {
        let name = &customer.name;
        match customer.mode {
            Mode::Observe => {
                let text = format!(
                    "customer {name} is in mode observe: nothing is written there; it begins once the mode is enforce"
                );
                return Err(Hindered::Waits("customer_observed", text));
            }
            Mode::Paused => {
                return Err(Hindered::Waits("paused", format!("customer {name} is paused by its configuration")));
            }
            Mode::Offboard => {
                let text = format!("customer {name} is being left: nobody is added any more");
                return Err(Hindered::Fails("not_requestable".into(), text));
            }
            Mode::Enforce => {}
        }
        let orders = self.orders().await.map_err(|error| Hindered::Waits("storage_unavailable", error.to_string()))?;
        if let Some(pause) = orders.pause_of(customer.tenant_id, self.clock.now()) {
            // Its time would run while nobody is let in.
            return Err(Hindered::Waits("paused", pause.sentence(name)));
        }
        // The configuration may have become stricter since it was asked.
        let mail = &request.invitee.email;
        let domain = mail.rsplit_once('@').map_or("", |(_, domain)| domain);
        if !customer.domains.contains(domain) {
            let text = format!("{domain} is no longer among the `domains` of customer {name}");
            return Err(Hindered::Fails("domain_not_allowed".into(), text));
        }
        let person = match self.person_by_mail(mail).await {
            Lookup::Found(found) if !found.enabled => {
                let text = "the invitee's account at the partner is disabled; enable it and ask again".into();
                return Err(Hindered::Fails("person_left".into(), text));
            }
            Lookup::Found(found) if found.guest => {
                let text = "the invitee is a guest of the partner, and guests are not passed on".into();
                return Err(Hindered::Fails("partner_guest".into(), text));
            }
            Lookup::Found(found) => found.person(),
            Lookup::Nobody if request.approvals.iter().any(|approval| approval.invitee.is_some()) => {
                let text = "the account for which it was approved is not at the partner any more; ask again";
                return Err(Hindered::Fails("person_left".into(), text.into()));
            }
            Lookup::Nobody => {
                self.was_nobody_here(mail, &orders).await?;
                PersonId::outside(self.config.partner.tenant_id, mail)
            }
            Lookup::Several(count) => {
                let text =
                    format!("{count} users of the partner have the invitee's address; correct that and ask again");
                return Err(Hindered::Fails("match_ambiguous".into(), text));
            }
            Lookup::Unread { why } => {
                return Err(Hindered::Waits("partner_unread", format!("the invitee could not be looked up: {why}")));
            }
        };
        let known = (!self.is_outside(person, mail)).then_some(person);
        if orders.is_barred(person) {
            let text = "the invitee is barred: somebody ordered that they get no access; gatehouse unbar ends that";
            return Err(Hindered::Fails("barred".into(), text.into()));
        }
        match self.judge_invitation(name, mail, known).await {
            Ok(verdict) => match verdict.refusal {
                Some(refusal) => Err(Hindered::Fails(refusal.setting.code().into(), refusal.text)),
                None => {
                    for open in &verdict.open {
                        tracing::info!(customer = name, request = %request.id, open, "Microsoft decides");
                    }
                    Ok(person)
                }
            },
            Err(error) => Err(Hindered::Waits("customer_unread", error.to_string())),
        }
    }

    /// Whoever left the partner is nobody from outside, and a bar outlives the account that it was ordered for.
    async fn was_nobody_here(&self, mail: &str, orders: &Orders) -> Result<(), Hindered> {
        let same = |other: &Option<String>| other.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(mail));
        if orders.barred.values().any(|bar| same(&bar.mail)) {
            let text = "the invitee is barred: somebody ordered that they get no access; gatehouse unbar ends that";
            return Err(Hindered::Fails("barred".into(), text.into()));
        }
        let unread = |error: Error| Hindered::Waits("partner_unread", error.to_string());
        let partner = self.partner().await.map_err(unread)?;
        let mut left = partner.snapshot.people.values().filter(|person| person.has_left());
        if left.any(|person| same(&person.mail) || same(&person.upn)) {
            let text =
                "the invitee's account at the partner is deleted; whoever has the address is nobody from outside";
            return Err(Hindered::Fails("person_left".into(), text.into()));
        }
        // A mistyped address, somebody who left long ago, or an account that is minutes old: none of them is a stranger.
        let domain = mail.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        let is_ours = |address: &Option<String>| {
            let of = address.as_deref().and_then(|address| address.rsplit_once('@'));
            of.is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain))
        };
        if partner
            .snapshot
            .people
            .values()
            .any(|person| !person.guest && (is_ours(&person.mail) || is_ours(&person.upn)))
        {
            let text = format!(
                "nobody at the partner has this address, and {domain} is the partner's own domain; it begins once the account is there, or correct the address and ask again"
            );
            return Err(Hindered::Waits("person_unknown", text));
        }
        Ok(())
    }

    /// Whether this person is no user of the partner's tenant.
    pub(super) fn is_outside(&self, person: PersonId, mail: &str) -> bool {
        person == PersonId::outside(self.config.partner.tenant_id, mail)
    }
}

/// Whether a request is accepted and has not begun.
fn is_new(request: &Request) -> bool {
    request.status == Status::Accepted && request.starts_at.is_none() && request.closing.is_none()
}
