//! Every action, rail and problem code appears in some test: their lists are complete.

use crate::plan::Action;
use std::collections::BTreeSet;

const SOURCES: [&str; 19] = [
    include_str!("../addition.rs"),
    include_str!("../by_hand.rs"),
    include_str!("../desired.rs"),
    include_str!("../difference.rs"),
    include_str!("../guests.rs"),
    include_str!("../judge.rs"),
    include_str!("../matching.rs"),
    include_str!("../place.rs"),
    include_str!("../redeeming.rs"),
    include_str!("../trying.rs"),
    include_str!("../vetting.rs"),
    include_str!("../rails/mod.rs"),
    include_str!("../rails/protect.rs"),
    include_str!("../rails/except_unread.rs"),
    include_str!("../rails/never_empty.rs"),
    include_str!("../rails/offboarding.rs"),
    include_str!("../rails/tenants_per_person_max.rs"),
    include_str!("../rails/paused.rs"),
    include_str!("../rails/refused.rs"),
];

const TESTS: [&str; 19] = [
    include_str!("decisions.rs"),
    include_str!("doubts.rs"),
    include_str!("grants.rs"),
    include_str!("guests.rs"),
    include_str!("json.rs"),
    include_str!("members.rs"),
    include_str!("offboarding.rs"),
    include_str!("orders.rs"),
    include_str!("ownership.rs"),
    include_str!("people.rs"),
    include_str!("rails.rs"),
    include_str!("redeeming.rs"),
    include_str!("refusals.rs"),
    include_str!("returning.rs"),
    include_str!("roles.rs"),
    include_str!("scoped.rs"),
    include_str!("targets.rs"),
    include_str!("trying.rs"),
    include_str!("windows.rs"),
];

/// Every problem that a plan can have.
const CODES: [&str; 59] = [
    "already_there",
    "barred",
    "barred_stays",
    "denied",
    "deny_unread",
    "domain_not_allowed",
    "group_excluded_in_conditional_access",
    "group_has_licences",
    "group_has_owners",
    "group_holds_role",
    "group_is_dynamic",
    "group_is_mail_enabled",
    "group_is_microsoft365",
    "group_is_pim_managed",
    "group_is_restricted",
    "group_is_role_assignable",
    "group_is_synced",
    "group_out_of_reach",
    "group_vanished",
    "guest_deleted_by_customer",
    "guest_disabled_by_customer",
    "guest_not_restorable",
    "guest_out_of_reach",
    "guest_unread",
    "has_other_access",
    "internal_user",
    "invitation_refused",
    "invitation_unsettled",
    "invitations_blocked",
    "mail_reused",
    "many_tenants",
    "match_ambiguous",
    "match_uncertain",
    "no_address",
    "not_redeemed",
    "package_gone",
    "partner_guest",
    "paused",
    "person_left",
    "person_unconfirmed",
    "person_unread",
    "person_unsettled",
    "redeemed_elsewhere",
    "role_by_hand",
    "role_left_by_hand",
    "scoped_role_missing",
    "source_gone",
    "source_unread",
    "stale",
    "step_refused",
    "stranger",
    "survey_incomplete",
    "target_gone",
    "target_unnamed",
    "target_unread",
    "unit_is_restricted",
    "unit_out_of_reach",
    "vetoed",
    "vetting_unknown",
];

/// Names in the same shape that are no problems: what `accept` names.
const ODDITIES: [&str; 5] =
    ["conditional_access_exclusion", "has_licences", "holds_directory_role", "ordinary_owners", "pim_managed"];

const RAILS: [&str; 16] = [
    "paused",
    "protect",
    "offboarding",
    "incomplete_survey",
    "leavers_per_hour_all_max",
    "except_unread",
    "empty_source",
    "never_empty",
    "removals_max",
    "removals_percent_max",
    "removals_per_day_max",
    "removals_per_hour_all_max",
    "additions_max",
    "new_person_customers_max",
    "tenants_per_person_max",
    "refused",
];

fn is_shown(text: &str) -> bool {
    TESTS.iter().any(|test| test.contains(text))
}

#[test]
fn every_action_is_in_some_snapshot() {
    let shown =
        |action: &Action| [8, 12].iter().any(|pad| is_shown(&format!("\n{}{} ", " ".repeat(*pad), action.name())));
    let missing: Vec<Action> = Action::ALL.into_iter().filter(|action| !shown(action)).collect();
    assert_eq!(missing, []);
}

#[test]
fn every_rail_is_in_some_snapshot() {
    let missing: Vec<&str> = RAILS.into_iter().filter(|rail| !is_shown(&format!("HELD by {rail} "))).collect();
    assert_eq!(missing, Vec::<&str>::new());
    assert_eq!(crate::plan::rails::RAILS.len() + 1, RAILS.len(), "`refused` comes after them");
}

#[test]
fn every_problem_is_in_some_snapshot() {
    let missing: Vec<&str> = CODES.into_iter().filter(|code| !is_shown(&format!("! {code}: "))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn the_list_of_problems_is_complete() {
    let words = |text: &'static str| text.split('"').skip(1).step_by(2);
    let named: BTreeSet<&str> = SOURCES.into_iter().flat_map(words).collect();
    let unknown: Vec<&str> = CODES.into_iter().filter(|code| !named.contains(code)).collect();
    assert_eq!(unknown, Vec::<&str>::new(), "nothing tells these any more");
    let is_code = |word: &&str| word.contains('_') && word.chars().all(|one| one.is_ascii_lowercase() || one == '_');
    let listed = |word: &&str| [&CODES[..], &RAILS[..], &ODDITIES[..]].iter().any(|list| list.contains(word));
    let unlisted: Vec<&str> = named.into_iter().filter(is_code).filter(|word| !listed(word)).collect();
    assert_eq!(unlisted, Vec::<&str>::new(), "these are in no list");
}
