//! People whom a grant asks for and who have not accepted the invitation: it is sent again, and given up in the end.
//!
//! Nothing is taken away for it: a guest who never signs in does no harm, and the grant ends by itself.

use super::Action;
use super::addition::blocked;
use super::asking::minute;
use super::difference::{Difference, blank};
use super::input::Input;
use super::judge::Draft;
use super::matching::{Match, guest_of};
use super::problems::Problems;
use super::world::Guest;
use crate::ids::{GuestId, PersonId};
use crate::ledger::{Grant, GuestRow};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How Microsoft calls a guest who has not accepted (page "user resource type", `externalUserState`).
const PENDING: &str = "PendingAcceptance";

/// Adds the invitations that are sent again, and says which are given up.
pub(super) fn plan_redeeming(input: &Input<'_>, difference: &mut Difference, problems: &mut Problems) {
    let mut people: BTreeMap<PersonId, Vec<&Grant>> = BTreeMap::new();
    for grant in input.live_grants() {
        people.entry(grant.person).or_default().push(grant);
    }
    for (person, grants) in people {
        let guest = match guest_of(input, person) {
            Match::Guest(guest) => guest,
            // Back by this very plan, and before the mail.
            Match::DisabledByUs(guest) | Match::DeletedByUs(guest) if comes_back(difference, guest) => guest,
            _ => continue,
        };
        let Some(facts) = input.actual.guests.get(&guest) else { continue };
        let wanted = difference.wanted.contains_key(&person) && !input.is_denied(guest);
        if wanted && facts.external_state.as_deref() == Some(PENDING) {
            Pending { input, person, guest, facts, row: input.ledger.guests.get(&person) }
                .plan(&grants, difference, problems);
        }
    }
}

/// Whether this plan lets the guest sign in again.
fn comes_back(difference: &Difference, guest: GuestId) -> bool {
    difference.drafts.iter().any(|draft| draft.step.action == Action::EnableGuest && draft.step.guest == Some(guest))
}

/// A guest who has not accepted yet.
struct Pending<'a> {
    input: &'a Input<'a>,
    person: PersonId,
    guest: GuestId,
    facts: &'a Guest,
    row: Option<&'a GuestRow>,
}

impl Pending<'_> {
    fn plan(&self, grants: &[&Grant], difference: &mut Difference, problems: &mut Problems) {
        let mut open = Vec::new();
        for grant in grants {
            let over = after(self.asked(grant), self.input.settings.invitations.give_up_after);
            if self.input.now < over {
                difference.wake_at(Some(over));
                open.push(*grant);
            } else {
                let package = self.input.customer.packages.iter().find(|one| one.name == grant.package);
                let text = format!(
                    "guest {} has not accepted the invitation since {} (request {}), and it is not sent again; nothing is taken away. Ask the person, or the customer's administrators, to accept it, or cancel the request",
                    self.guest,
                    minute(self.asked(grant)),
                    grant.request
                );
                problems.add("not_redeemed", package, Some(self.person.into()), text);
            }
        }
        // A guest of the customer's own is theirs to write to.
        if let (Some(row), Some(mail)) = (self.row.filter(|row| row.ours && row.verified), &self.facts.mail)
            && let Some(first) = open.iter().map(|grant| grant.from).min()
        {
            self.resend(row, mail, first, &open, difference, problems);
        }
    }

    /// From when on a grant's person was asked to accept.
    fn asked(&self, grant: &Grant) -> Timestamp {
        self.row.map_or(grant.from, |row| row.since.max(grant.from))
    }

    fn resend(
        &self,
        row: &GuestRow,
        mail: &str,
        first: Timestamp,
        open: &[&Grant],
        difference: &mut Difference,
        problems: &mut Problems,
    ) {
        let settings = self.input.settings.invitations;
        let due = match row.resent {
            Some(at) => after(at, settings.resend_after),
            // Invited for the grant, or told by Microsoft then all the same.
            None if row.since >= first || settings.mail => after(row.since, settings.resend_after),
            // Invited without a word, long before somebody asked for them.
            None => first,
        };
        if self.input.now < due {
            difference.wake_at(Some(due));
            return;
        }
        if blocked(self.input, problems) {
            return;
        }
        let packages: BTreeSet<String> = open.iter().map(|grant| grant.package.clone()).collect();
        let Some(package) = packages.first() else { return };
        let mut step = blank(Action::ResendInvitation, package, "has not accepted the invitation yet".into());
        (step.person, step.guest, step.mail) = (Some(self.person), Some(self.guest), Some(mail.to_owned()));
        difference.wake_at(Some(after(self.input.now, settings.resend_after)));
        difference.drafts.push(Draft { granted: true, standing: false, ..Draft::new(step, packages) });
    }
}

fn after(at: Timestamp, pause: SignedDuration) -> Timestamp {
    at.checked_add(pause).unwrap_or(Timestamp::MAX)
}
