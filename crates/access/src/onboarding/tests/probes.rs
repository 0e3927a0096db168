//! What each probe makes of what was read.

use super::*;
use crate::ids::UnitId;
use crate::onboarding::PROBES;
use crate::permissions::{BuiltIn, DIRECTORY_READERS, GROUPS_ADMINISTRATOR};
use crate::plan::Unwritable;

const EVERYTHING: &str = "
    break_glass.accounts = [{ id = 'b1ea0001-1111-4a7b-8c2d-000000000001', upn = 'bg1@contoso.onmicrosoft.com' }]
    break_glass.subscriptions = ['99999999-9999-4999-8999-999999999999']
";

fn check(more: &str, probe: &str, change: impl FnOnce(&mut Facts), expected: Verdict, words: &str) {
    let config = config(more);
    let mut facts = good(&config);
    facts.subscriptions = vec![(SUBSCRIPTION, Ok(()))];
    change(&mut facts);
    let all = findings(&config, &record(), &facts);
    let found = all.iter().find(|finding| finding.probe == probe).unwrap();
    assert_eq!(found.verdict, expected, "{probe}: {found:?}");
    assert!(found.reasons.iter().any(|reason| reason.contains(words)), "{probe}: {found:?}");
    assert_eq!(found.fix.is_none(), expected == Verdict::Ok, "{probe}: what is not there has a fix");
    let names = ["link", "app", "customer", "partner", "principal", "object"];
    let holes = |text: &String| names.iter().any(|name| text.contains(&format!("{{{name}}}")));
    assert!(!found.fix.iter().any(holes), "{probe}: {:?}", found.fix);
}

#[test]
fn a_tenant_in_which_everything_is_there_is_told_so() {
    let config = config(EVERYTHING);
    let mut facts = good(&config);
    facts.subscriptions = vec![(SUBSCRIPTION, Ok(()))];
    let all = findings(&config, &record(), &facts);
    let units = PROBES.iter().filter(|probe| !["units", "own_roles"].contains(&probe.name)).map(|probe| probe.name);
    assert_eq!(all.iter().map(|one| one.probe.as_str()).collect::<Vec<_>>(), units.collect::<Vec<_>>());
    assert!(all.iter().all(|one| one.verdict == Verdict::Ok && one.fix.is_none()), "{all:#?}");
}

#[test]
fn only_what_the_configuration_needs_is_asked() {
    let plain = config("");
    let names: Vec<_> = findings(&plain, &record(), &good(&plain)).into_iter().map(|one| one.probe).collect();
    assert_eq!(names, ["token", "permissions", "organization", "invitations", "cross_tenant", "groups"]);
}

#[test]
fn without_a_token_nothing_else_is_asked_and_the_reason_is_said() {
    let config = config("");
    for (token, verdict, fix) in [
        (Token::NoConsent("AADSTS700016 x".into()), Verdict::Missing, "consents at the link"),
        (Token::Ours("AADSTS7000215 x".into()), Verdict::Unknown, "the customer has nothing to do"),
        (Token::Unread("503".into()), Verdict::Unknown, "look again"),
    ] {
        let all = findings(&config, &record(), &Facts { token, ..good(&config) });
        let [found] = all.as_slice() else { panic!("{all:?}") };
        assert!(found.verdict == verdict && found.fix.as_ref().unwrap().contains(fix), "{found:?}");
    }
    let nowhere = Facts { token: Token::NoTenant("AADSTS90002 x".into()), ..good(&config) };
    let all = findings(&config, &record(), &nowhere);
    assert_eq!(verdict(&all, "organization"), Some(Verdict::Missing), "stop: it is not the tenant of the order");
}

#[test]
fn a_permission_counts_as_given_by_the_token_and_as_on_its_way_by_the_assignment() {
    let plain = config("");
    let one = some_permission(&plain);
    let (name, role) = (one.name, one.app_role);
    let without = move |facts: &mut Facts| {
        facts.roles.as_mut().unwrap().remove(name);
    };
    check("", "permissions", without, Verdict::Unknown, "not in the token yet");
    let neither = move |facts: &mut Facts| {
        without(facts);
        facts.assigned.as_mut().unwrap().remove(&role);
    };
    check("", "permissions", neither, Verdict::Missing, &format!("missing: {name} ("));
    let unseen = move |facts: &mut Facts| {
        without(facts);
        facts.assigned = failed(Cause::Forbidden);
    };
    check("", "permissions", unseen, Verdict::Missing, name);
    check("", "permissions", |facts| facts.roles = failed(Cause::Failed), Verdict::Ok, "are given");
    let blind = |facts: &mut Facts| (facts.roles, facts.assigned) = (failed(Cause::Failed), failed(Cause::Forbidden));
    check("", "permissions", blind, Verdict::Unknown, "not known");
    let wider = move |facts: &mut Facts| {
        neither(facts);
        facts.roles.as_mut().unwrap().insert(name.replace(".Read.", ".ReadWrite."));
    };
    assert!(name.contains(".Read."), "{name}");
    check("", "permissions", wider, Verdict::Ok, "are given");
}

#[test]
fn the_tenant_says_itself_who_it_is() {
    let another = |facts: &mut Facts| facts.organization = Ok(None);
    check("", "organization", another, Verdict::Missing, "another tenant answered");
    let other = |facts: &mut Facts| facts.organization.as_mut().unwrap().as_mut().unwrap().id = OTHER;
    check("", "organization", other, Verdict::Missing, "77777777");
    // Even for want of a permission: what was not read is not proven, and not disproven.
    for cause in [Cause::Forbidden, Cause::Absent, Cause::Failed] {
        check("", "organization", move |facts| facts.organization = failed(cause), Verdict::Unknown, "so it was said");
    }
    check("", "organization", |_| {}, Verdict::Ok, "no domain was given");
    let config = config("");
    for (domain, expected) in [("contoso.example", Verdict::Ok), ("fabrikam.example", Verdict::Missing)] {
        let record = Onboarding { domain: Some(domain.into()), ..record() };
        assert_eq!(verdict(&findings(&config, &record, &good(&config)), "organization"), Some(expected), "{domain}");
    }
}

#[test]
fn a_read_that_failed_is_missing_a_permission_or_a_licence_or_unknown_and_never_fine() {
    for (cause, expected) in [
        (Cause::Forbidden, Verdict::Missing),
        (Cause::Absent, Verdict::Missing),
        (Cause::NoLicence, Verdict::Licence),
        (Cause::NotConfigured, Verdict::Unknown),
        (Cause::Throttled, Verdict::Unknown),
        (Cause::Failed, Verdict::Unknown),
    ] {
        let words = "so it was said";
        check("", "invitations", move |facts| facts.invites_from = failed(cause), expected, words);
        check("", "cross_tenant", move |facts| facts.partner = failed(cause), expected, words);
        check("", "groups", move |facts| facts.groups = vec![(GROUP, failed(cause))], expected, words);
        check(EVERYTHING, "sign_ins", move |facts| facts.sign_ins = failed(cause), expected, words);
        check(EVERYTHING, "eligible_roles", move |facts| facts.eligible = failed(cause), expected, words);
        let one = move |facts: &mut Facts| facts.subscriptions = vec![(SUBSCRIPTION, failed(cause))];
        check(EVERYTHING, "subscriptions", one, expected, words);
        check(EVERYTHING, "diagnostic_settings", move |facts| facts.exports = failed(cause), expected, words);
    }
}

#[test]
fn settings_that_keep_guests_out_are_missing_and_block() {
    check("", "invitations", |facts| facts.invites_from = Ok("none".into()), Verdict::Missing, "lets nobody invite");
    let check_doors = |partner: Option<Door>, everybody: Door, expected: Verdict, blocks: bool| {
        let config = config("");
        let facts = Facts { partner: Ok(partner), everybody: Ok(everybody), ..good(&config) };
        let all = findings(&config, &record(), &facts);
        let found = all.iter().find(|one| one.probe == "cross_tenant").unwrap();
        assert_eq!((found.verdict, found.needed), (expected, blocks), "{partner:?} {everybody:?}");
    };
    check_doors(Some(Door::Open), Door::Closed, Verdict::Ok, false);
    check_doors(Some(Door::Partly), Door::Closed, Verdict::Ok, false);
    check_doors(Some(Door::Closed), Door::Open, Verdict::Missing, true);
    check_doors(Some(Door::AsEverybody), Door::Open, Verdict::Ok, false);
    check_doors(Some(Door::AsEverybody), Door::Closed, Verdict::Missing, true);
    check_doors(None, Door::Open, Verdict::Missing, false);
    check_doors(None, Door::Partly, Verdict::Missing, false);
    check_doors(None, Door::Closed, Verdict::Missing, true);
}

#[test]
fn a_target_group_is_there_and_can_be_written() {
    check("", "groups", |facts| facts.groups = vec![(GROUP, Ok(None))], Verdict::Missing, "is not in the tenant");
    for reason in [
        Unwritable::Dynamic,
        Unwritable::Synced,
        Unwritable::RoleAssignable,
        Unwritable::Restricted,
        Unwritable::MailEnabled,
    ] {
        let odd = Group { name: Some("Odd".into()), unwritable: Some(reason) };
        check("", "groups", move |facts| facts.groups = vec![(GROUP, Ok(Some(odd)))], Verdict::Missing, "\"Odd\"");
    }
}

/// What stands beside a package of a customer with scoped rights.
const SCOPED: &str = "rights = 'scoped'\nscoped_to = ['77777777-0000-4000-8000-000000000001']";

#[test]
fn an_app_with_scoped_rights_holds_the_roles_by_which_it_writes() {
    check(SCOPED, "own_roles", |_| {}, Verdict::Ok, "it holds them");
    let without =
        |role: BuiltIn| move |facts: &mut Facts| facts.own_roles.as_mut().unwrap().retain(|held| held.role != role.id);
    let words = "our app is not Directory Readers in the whole tenant";
    check(SCOPED, "own_roles", without(DIRECTORY_READERS), Verdict::Missing, words);
    // Which of the two takes effect depends on what is in the unit, and the other probes look at that.
    check(SCOPED, "own_roles", without(GROUPS_ADMINISTRATOR), Verdict::Ok, "it holds them");
    let elsewhere = |facts: &mut Facts| {
        let held = facts.own_roles.as_mut().unwrap();
        *held = held.iter().map(|one| Held { unit: one.unit.map(|_| UnitId(Uuid::from_u128(1))), ..*one }).collect();
    };
    let words = "our app is not Groups Administrator within unit 77777777-0000-4000-8000-000000000001";
    check(SCOPED, "own_roles", elsewhere, Verdict::Missing, words);
    check(SCOPED, "own_roles", |facts| facts.own_roles = Ok([].into()), Verdict::Missing, words);
    for (cause, verdict) in [(Cause::Forbidden, Verdict::Missing), (Cause::Throttled, Verdict::Unknown)] {
        check(SCOPED, "own_roles", |facts| facts.own_roles = failed(cause), verdict, "so it was said");
    }
    let config = config(SCOPED);
    let facts = Facts { own_roles: Ok([].into()), ..good(&config) };
    let all = findings(&config, &record(), &facts);
    let found = all.iter().find(|one| one.probe == "own_roles").unwrap();
    assert!(found.needed);
    expect_test::expect![[r#"a Privileged Role Administrator of the customer runs: az rest --method POST --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments --body '{"principalId":"00000000-0000-0000-0000-000000008888","roleDefinitionId":"88d8e3e3-8f55-4a1e-953a-9b9898b8876b","directoryScopeId":"/"}'; az rest --method POST --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments --body '{"principalId":"00000000-0000-0000-0000-000000008888","roleDefinitionId":"fdd7a751-b60b-444a-984c-02652fe8fa1c","directoryScopeId":"/administrativeUnits/77777777-0000-4000-8000-000000000001"}'; az rest --method POST --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments --body '{"principalId":"00000000-0000-0000-0000-000000008888","roleDefinitionId":"fe930be7-5e62-47db-91af-98c3a49a38b1","directoryScopeId":"/administrativeUnits/77777777-0000-4000-8000-000000000001"}'"#]].assert_eq(found.fix.as_ref().unwrap());
}

#[test]
fn a_target_group_that_no_role_of_ours_reaches_is_told_with_its_own_fix() {
    let config = config(SCOPED);
    let group = Group { name: Some("Desk".into()), unwritable: Some(Unwritable::OutOfReach) };
    let all = findings(&config, &record(), &Facts { groups: vec![(GROUP, Ok(Some(group)))], ..good(&config) });
    let found = all.iter().find(|one| one.probe == "groups").unwrap();
    assert_eq!((found.verdict, found.needed), (Verdict::Missing, true));
    assert!(found.fix.as_ref().unwrap().contains("put the group into one of the units"), "{found:?}");
}

#[test]
fn of_many_the_worst_decides_and_each_that_is_not_fine_is_named() {
    let config = config("");
    let other = GroupId(Uuid::from_u128(7));
    let fine = Group { name: None, unwritable: None };
    let groups = vec![(GROUP, failed(Cause::Throttled)), (other, Ok(None)), (GROUP, Ok(Some(fine)))];
    let all = findings(&config, &record(), &Facts { groups, ..good(&config) });
    let found = all.iter().find(|one| one.probe == "groups").unwrap();
    assert_eq!((found.verdict, found.reasons.len()), (Verdict::Missing, 2), "{found:?}");
}

#[test]
fn a_fix_is_a_command_that_can_be_copied() {
    let config = config(EVERYTHING);
    let subscriptions = vec![(SUBSCRIPTION, failed(Cause::Forbidden))];
    let all =
        findings(&config, &record(), &Facts { subscriptions, exports: failed(Cause::Forbidden), ..good(&config) });
    let fix = |probe: &str| all.iter().find(|one| one.probe == probe).unwrap().fix.clone().unwrap();
    expect_test::expect![[r#"an Owner of the subscription runs: az role assignment create --assignee-object-id 00000000-0000-0000-0000-000000008888 --assignee-principal-type ServicePrincipal --role "Monitoring Reader" --scope /subscriptions/99999999-9999-4999-8999-999999999999"#]]
        .assert_eq(&fix("subscriptions"));
    assert!(fix("diagnostic_settings").contains("--scope /providers/Microsoft.aadiam"));
}
