//! The accounts themselves: what they are called, where they come from, what belongs to them.

use super::case::{Case, known};
use super::facts::{Account, Cause, Domain, Read, User};
use super::judged::Judged;
use crate::incidents::Severity;

/// Fewer than this, and one lost key locks everybody out.
const ACCOUNTS_MIN: usize = 2;

/// The domains that Microsoft gives to every tenant, in each of its clouds.
const OWN_DOMAINS: [&str; 3] = [".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn"];

pub(super) fn count(case: &Case<'_>, judged: &mut Judged) {
    let accounts = &case.facts.accounts;
    if accounts.is_empty() {
        return judged.fail(format!("{}, so nobody knows which accounts these are", case.no_accounts()));
    }
    let mut there = 0;
    for account in accounts {
        let Some(user) = known(&account.user, account, judged) else { continue };
        let Some(user) = user else {
            judged.fail(format!("{} ({}) is not in the tenant", account.upn, account.id));
            continue;
        };
        there += 1;
        if let Some(upn) = user.upn.as_deref().filter(|upn| !upn.eq_ignore_ascii_case(&account.upn)) {
            let why = format!("{} is called {upn} now: a rule that looks for the old name is blind", account.upn);
            judged.fail_as(Severity::Warning, why);
        }
    }
    if accounts.len() < ACCOUNTS_MIN {
        judged.fail(format!("only one account is declared ({})", accounts[0].upn));
    } else if there >= ACCOUNTS_MIN {
        judged.pass_with(format!("{there} accounts are there"));
    }
}

/// Hands over the user object of each account that is there.
fn users(case: &Case<'_>, judged: &mut Judged, mut judge: impl FnMut(&Account, &User, &mut Judged)) {
    case.each(judged, |account, judged| {
        if let Some(Some(user)) = known(&account.user, account, judged) {
            judge(account, user, judged);
        }
    });
}

pub(super) fn enabled_member(case: &Case<'_>, judged: &mut Judged) {
    users(case, judged, |account, user, judged| {
        let upn = &account.upn;
        match user.enabled {
            Some(true) => {}
            Some(false) => judged.fail(format!("{upn} is disabled")),
            None => judged.unclear(Cause::Failed, format!("the service does not say whether {upn} is enabled")),
        }
        match user.kind.as_deref() {
            _ if user.external => judged.fail(format!("{upn} was invited from outside the tenant")),
            Some("Member") => judged.pass(),
            Some(kind) => judged.fail(format!("{upn} is a {kind}")),
            None => judged.unclear(Cause::Failed, format!("the service does not say what sort of user {upn} is")),
        }
    });
}

pub(super) fn cloud_only(case: &Case<'_>, judged: &mut Judged) {
    users(case, judged, |account, user, judged| {
        if user.synced {
            judged.fail(format!("{} is synchronised from a directory on premises, and goes down with it", account.upn));
        } else if user.immutable_id {
            let why = "carries an immutable id: a synchronisation or a federation can take it over";
            judged.fail(format!("{} {why}", account.upn));
        } else {
            judged.pass();
        }
    });
}

/// The domain of an account's name now; of its declared name, where the user object was not read.
fn suffix(account: &Account) -> String {
    let now = account.user.as_ref().ok().and_then(Option::as_ref).and_then(|user| user.upn.as_deref());
    let upn = now.unwrap_or(&account.upn);
    upn.rsplit_once('@').map_or(upn, |(_, domain)| domain).to_lowercase()
}

fn domain_named<'a>(
    case: &Case<'a>,
    suffix: &str,
    account: &Account,
    judged: &mut Judged,
) -> Option<&'a Option<Domain>> {
    match case.facts.domains.get(suffix) {
        Some(read) => known(read, account, judged),
        None => {
            judged.unclear(Cause::Failed, format!("{}: domain {suffix} was not read", account.upn));
            None
        }
    }
}

pub(super) fn domain(case: &Case<'_>, judged: &mut Judged) {
    users(case, judged, |account, _, judged| {
        let (upn, suffix) = (&account.upn, suffix(account));
        let Some(found) = domain_named(case, &suffix, account, judged) else { return };
        let is_own = OWN_DOMAINS.iter().any(|own| suffix.ends_with(own));
        match found.as_ref().map(|domain| domain.authentication.as_deref()) {
            Some(Some("Managed")) if is_own => judged.pass(),
            Some(Some("Managed")) => judged.fail_as(
                Severity::Warning,
                format!("{upn} is named in {suffix}, which the tenant loses with the registration of that domain"),
            ),
            Some(Some(other)) => {
                judged.fail(format!("sign-ins of {upn} depend on another identity provider: {suffix} is {other}"));
            }
            Some(None) => {
                judged.unclear(Cause::Failed, format!("the service does not say how {suffix} authenticates"));
            }
            None => {
                judged.unclear(Cause::Absent, format!("the tenant shows no domain {suffix}, which {upn} is named in"))
            }
        }
    });
}
pub(super) fn password_expiry(case: &Case<'_>, judged: &mut Judged) {
    users(case, judged, |account, user, judged| {
        let never = user.password_policies.as_deref().unwrap_or_default();
        if never.split(',').any(|policy| policy.trim() == "DisablePasswordExpiration") {
            return judged.pass();
        }
        let (upn, suffix) = (&account.upn, suffix(account));
        let Some(found) = domain_named(case, &suffix, account, judged) else { return };
        match found.as_ref().and_then(|domain| domain.password_days) {
            Some(Domain::NEVER) => judged.pass(),
            Some(days) => judged.fail(format!("the password of {upn} expires: those of {suffix} do after {days} days")),
            None => judged.unclear(
                Cause::Failed,
                format!(
                    "the service does not say when passwords of {suffix} expire, and {upn} has no policy of its own"
                ),
            ),
        }
    });
}

pub(super) fn devices(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let mut all_named = true;
        for (read, how) in [(&account.registered_devices, "registered"), (&account.owned_devices, "owns")] {
            let Some(found) = known(read, account, judged) else {
                all_named = false;
                continue;
            };
            for device in found.iter().filter(|id| !case.declared.devices.iter().any(|named| named.0 == **id)) {
                all_named = false;
                judged.fail(format!("{} {how} device {device}", account.upn));
            }
        }
        if all_named {
            judged.pass();
        }
    });
}

pub(super) fn owns_nothing(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let Account { upn, owned, applications, grants, .. } = account;
        nothing(account, owned, judged, |id| format!("{upn} owns {id}"));
        nothing(account, applications, judged, |id| format!("{upn} was assigned to application {id}"));
        nothing(account, grants, judged, |id| format!("{upn} let application {id} act in its name"));
    });
}

/// The most of a list that a reason names.
const NAMED_MAX: usize = 5;

fn nothing<T>(account: &Account, read: &Read<Vec<T>>, judged: &mut Judged, say: impl Fn(&T) -> String) {
    let Some(found) = known(read, account, judged) else { return };
    found.iter().take(NAMED_MAX).for_each(|one| judged.fail(say(one)));
    if found.len() > NAMED_MAX {
        judged.fail(format!("{}: and {} more like this", account.upn, found.len() - NAMED_MAX));
    }
    if found.is_empty() {
        judged.pass();
    }
}

pub(super) fn risk(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let Some(state) = known(&account.risk, account, judged) else { return };
        match state.as_deref() {
            None | Some("none" | "dismissed" | "remediated" | "confirmedSafe") => judged.pass(),
            Some(state @ ("atRisk" | "confirmedCompromised")) => judged.fail(format!("{} is {state}", account.upn)),
            Some(other) => judged.unclear(
                Cause::Failed,
                format!("{} is \"{other}\", a word that this version does not know", account.upn),
            ),
        }
    });
}
