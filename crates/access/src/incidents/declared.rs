//! Which of the declared accounts something is about.

use super::Account;
use crate::alerts::{Finding, FindingKind};
use crate::config::BreakGlass;
use crate::ids::GuestId;

/// The declared account that a finding is about. The object id decides, since a name can be given to somebody else; a name
/// counts where no id is said, or none that is anybody's (attempts are refused before the account is looked up). It must be
/// the very name, but for the case of ASCII letters: names that only look alike are other people's.
pub(super) fn account_of(finding: &Finding, declared: &BreakGlass) -> Option<Account> {
    let accounts = || declared.accounts.iter();
    let by_id = finding.user.and_then(|id| accounts().find(|account| account.id == GuestId(id)));
    let is_nobody = finding.user.is_none_or(|id| id.is_nil());
    let by_name = || {
        let name = finding.upn.as_deref().filter(|_| is_nobody)?;
        accounts().find(|account| account.upn.eq_ignore_ascii_case(name))
    };
    let by_actor = || {
        let actor = finding.actor.as_deref().filter(|_| finding.kind == FindingKind::Change)?;
        accounts().find(|account| {
            account.id.to_string().eq_ignore_ascii_case(actor) || account.upn.eq_ignore_ascii_case(actor)
        })
    };
    let account = by_id.or_else(by_name).or_else(by_actor)?;
    Some(Account { id: account.id, upn: account.upn.clone() })
}

/// Whether a finding is about one of the declared accounts, or what keeps them usable.
pub fn concerns(finding: &Finding, declared: &BreakGlass) -> bool {
    account_of(finding, declared).is_some() || (finding.kind == FindingKind::Change && touches(finding, declared))
}

/// Whether a change is to one of the groups or policies that keep the accounts usable.
pub(super) fn touches(finding: &Finding, declared: &BreakGlass) -> bool {
    finding.user.is_some_and(|id| {
        declared.guarded.groups.iter().any(|group| group.0 == id) || declared.guarded.policies.contains(&id)
    })
}
