//! Who is Global Administrator, and how.

use super::case::{Case, known};
use super::facts::{Account, Cause, Role, Schedule};
use super::judged::Judged;
use super::reach::Known;
use crate::ids::RoleId;
use uuid::Uuid;

/// Global Administrator (page "Microsoft Entra built-in roles"; the same in every tenant).
pub const GLOBAL_ADMINISTRATOR: RoleId = RoleId(Uuid::from_u128(0x62e9_0394_69f5_4237_9190_0121_7714_5e10));

/// The most Global Administrators beside the break-glass accounts: Microsoft advises fewer than five (page "Best practices
/// for Microsoft Entra roles").
pub const OTHERS_MAX: usize = 4;

fn is_global(role: &Role) -> bool {
    role.role == GLOBAL_ADMINISTRATOR.0 && role.scope == "/"
}

fn is_permanent(schedule: &Schedule) -> bool {
    schedule.assignment == "Assigned" && schedule.ends.is_none() && schedule.scope == "/" && schedule.member == "Direct"
}

/// Whether the role is held as it should be.
fn holds(account: &Account) -> Known<'_> {
    match &account.schedules {
        Ok(schedules) => Ok(schedules.iter().any(is_permanent)),
        // Without the licence there is no activation, and who holds the role holds it.
        Err(unread) if unread.cause == Cause::NoLicence => {
            account.roles.as_ref().map(|roles| roles.iter().any(is_global))
        }
        Err(unread) => Err(unread),
    }
}

pub(super) fn permanent(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let upn = &account.upn;
        let schedules = match &account.schedules {
            Ok(schedules) => schedules,
            Err(unread) if unread.cause == Cause::NoLicence => {
                let Some(roles) = known(&account.roles, account, judged) else { return };
                if roles.iter().any(is_global) {
                    judged.pass_with("without Entra ID P2 an assignment is always active, so the plain list was asked");
                } else {
                    judged.fail(format!("{upn} is not Global Administrator of the tenant"));
                }
                return;
            }
            Err(unread) => return judged.unknown(upn, unread),
        };
        if schedules.iter().any(is_permanent) {
            return judged.pass();
        }
        let why = schedules.iter().map(|one| {
            if one.scope != "/" {
                format!("only within {}", one.scope)
            } else if one.assignment != "Assigned" {
                "only because somebody activated it for a while".to_owned()
            } else if let Some(ends) = one.ends {
                format!("only until {ends}")
            } else {
                format!("only through something else ({})", one.member)
            }
        });
        let why: Vec<String> = why.collect();
        if why.is_empty() {
            judged.fail(format!("{upn} is not Global Administrator of the tenant"));
        } else {
            judged.fail(format!("{upn} is Global Administrator {}", why.join(", ")));
        }
    });
}

pub(super) fn not_only_eligible(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let eligible = match &account.eligible {
            Ok(eligible) => eligible.iter().any(|role| role.role == GLOBAL_ADMINISTRATOR.0),
            Err(unread) if unread.cause == Cause::NoLicence => {
                return judged.aside("without Entra ID P2 nobody is eligible");
            }
            Err(unread) => return judged.unknown(&account.upn, unread),
        };
        match (eligible, holds(account)) {
            (false, _) => judged.pass(),
            (true, Ok(true)) => judged.pass_with(format!("{} is eligible beside its permanent role", account.upn)),
            (true, Ok(false)) => judged.fail(format!("{} has to activate Global Administrator first", account.upn)),
            (true, Err(unread)) => {
                judged.unknown(&format!("{} is eligible, and how it holds the role", account.upn), unread);
            }
        }
    });
}

pub(super) fn others(case: &Case<'_>, judged: &mut Judged) {
    let administrators = match &case.facts.administrators {
        Ok(administrators) => administrators,
        Err(unread) => return judged.unknown("", unread),
    };
    let (mut people, mut unread) = (0, None);
    for one in administrators {
        match &one.people {
            Ok(count) => people += count,
            Err(why) => {
                people += 1;
                unread = unread.or(Some((one.id, why)));
            }
        }
    }
    if people > OTHERS_MAX {
        judged.fail(format!("there are {people} beside the break-glass accounts, at least"));
    } else if let Some((id, why)) = unread {
        judged.unknown(&format!("how many are in {id}"), why);
    } else {
        judged.pass_with(format!("there are {people} beside the break-glass accounts"));
    }
}
