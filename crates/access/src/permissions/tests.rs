//! What each key of the configuration asks for. Whether it is enough, and no more than that, is tried against the
//! simulated cloud elsewhere.

use super::known::ALL;
use super::*;
use crate::config::{Folder, load};
use expect_test::{Expect, expect};
use jiff::civil::date;
use std::collections::BTreeSet;

const PROGRAM: &str = "
[partner]
name = 'Northwind'
tenant_id = '11111111-1111-4111-8111-111111111111'
[app]
client_id = '22222222-2222-4222-8222-222222222222'
credential = { certificate = 'env:CERTIFICATE' }
";

const CONTOSO: &str = "
tenant_id = '44444444-4444-4444-8444-444444444444'
domains = ['northwind.example']
";

const DESK: &str = "
[[packages]]
name = 'desk'
members = ['aaaaaaaa-0000-4000-8000-000000000001']
groups = ['bbbbbbbb-0000-4000-8000-000000000001']
";

fn config(program: &str, customers: &[(&str, &str)]) -> Config {
    let mut files = vec![("gatehouse.toml".to_owned(), format!("{PROGRAM}{program}"))];
    files.extend(customers.iter().map(|(name, text)| (format!("customers/{name}.toml"), (*text).to_owned())));
    let loaded = load(&Folder { files }, date(2026, 11, 22));
    assert!(!loaded.has_errors(), "{:?}", loaded.problems);
    loaded.config.expect("there are no errors")
}

/// One customer with these keys above and below its packages.
fn contoso(program: &str, above: &str, below: &str) -> Config {
    config(program, &[("contoso", &format!("{above}{CONTOSO}{below}"))])
}

fn lines(permissions: &[Permission]) -> String {
    let line = |one: &Permission| format!("{}{} | {}\n", one.name, if one.optional { "?" } else { "" }, one.why);
    permissions.iter().map(line).collect()
}

fn names(permissions: &[Permission]) -> BTreeSet<&'static str> {
    permissions.iter().map(|one| one.name).collect()
}

fn check(config: &Config, expect: Expect) {
    expect.assert_eq(&lines(&needed_by_customer(config, &config.customers[0])));
}

#[test]
fn planning_reads_and_asks_for_nothing_that_writes() {
    let config = contoso("", "", DESK);
    check(
        &config,
        expect![[r#"
            GroupMember.Read.All | `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is in, before a step on the guest
            Organization.Read.All | that this is the customer's tenant, and which domains are its own
            Policy.Read.All | `groups`: whether a Conditional Access policy excludes one of them
            RoleManagement.Read.Directory | `groups`: whether one of them holds a directory role
            User.Read.All | `packages`: who is a guest already, those in the bin too
            AdministrativeUnit.Read.All? | which groups are in that unit
            Application.Read.All? | whether our app holds a role in a restricted management unit of a target
        "#]],
    );
    assert!(needed_by_customer(&config, &config.customers[0]).iter().all(|one| !one.writes));
}

#[test]
fn enforcing_adds_what_the_keys_write() {
    let more = "units = ['cccccccc-0000-4000-8000-000000000001']
        roles = [{ role = 'dddddddd-0000-4000-8000-000000000001', unit = 'cccccccc-0000-4000-8000-000000000001' }]";
    let leavers = "[leavers]\ndisable = 'unused'\ndelete_after = '30d'\nrevoke_sessions = true";
    check(
        &contoso(leavers, "mode = 'enforce'", &format!("{DESK}{more}")),
        expect![[r#"
            AdministrativeUnit.ReadWrite.All | `units`: adding members and removing them; `units`: what they are and who is in them; `roles`: whether their units are there; which groups are in that unit
            Directory.Read.All | `leavers.delete_after`: what a guest owns, and which applications they use
            GroupMember.Read.All | `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is in, before a step on the guest
            GroupMember.ReadWrite.All | `groups`: adding members and removing them
            Organization.Read.All | that this is the customer's tenant, and which domains are its own
            Policy.Read.All | `groups`: whether a Conditional Access policy excludes one of them
            RoleManagement.Read.Directory | `groups`: whether one of them holds a directory role; `roles`: who holds them
            User.DeleteRestore.All | `leavers.delete_after`: deleting guests of ours, and restoring them
            User.EnableDisableAccount.All | `leavers.disable`: disabling guests of ours, and enabling them again
            User.Invite.All | `domains`: inviting
            User.Read.All | `packages`: who is a guest already, those in the bin too
            User.RevokeSessions.All | `leavers.revoke_sessions`: ending sessions with the last membership
            Application.Read.All? | whether our app holds a role in a restricted management unit of a target
            RoleManagement.ReadWrite.Directory? | `roles`: giving and taking them; without it people do that by hand
        "#]],
    );
}

#[test]
fn requests_ask_for_what_says_whether_an_invitation_would_be_refused() {
    let below = format!("{DESK}[packages.requests]\nduration_max = '8h'\napprovals = 0");
    check(
        &contoso("", "", &below),
        expect![[r#"
            GroupMember.Read.All | `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is in, before a step on the guest
            Organization.Read.All | that this is the customer's tenant, and which domains are its own
            Policy.Read.All | `groups`: whether a Conditional Access policy excludes one of them; `requests`: who may invite guests, and the cross-tenant access settings
            RoleManagement.Read.Directory | `groups`: whether one of them holds a directory role
            User.Read.All | `packages`: who is a guest already, those in the bin too; `requests`: who has an address, and which groups approvers are in
            AdministrativeUnit.Read.All? | which groups are in that unit
            Application.Read.All? | whether our app holds a role in a restricted management unit of a target
            Policy.Read.B2BManagementPolicy? | `requests`: the list of mail domains that may be invited, or may not
        "#]],
    );
    let china = contoso("[cloud]\nname = 'china'", "", &below);
    let list = needed_by_customer(&china, &china.customers[0]);
    assert!(!names(&list).contains("Policy.Read.B2BManagementPolicy"), "only the public cloud has the list");
}

#[test]
fn break_glass_accounts_alone_ask_for_nothing_that_writes() {
    let account =
        |n| format!("{{ id = 'eeeeeeee-0000-4000-8000-00000000000{n}', upn = 'bg{n}@contoso.onmicrosoft.com' }}");
    let accounts = format!("[break_glass]\naccounts = [{}, {}]\n", account(1), account(2));
    let duty = "[channels.duty]\npagerduty = 'env:DUTY'\n[[escalation]]\nchannels = ['duty']";
    let subscription = "/subscriptions/eeeeeeee-0000-4000-8000-000000000004";
    let resource =
        format!("{subscription}/resourceGroups/monitoring/providers/Microsoft.OperationalInsights/workspaces/logs");
    let id = "id = 'eeeeeeee-0000-4000-8000-000000000003'";
    let direct = contoso(duty, "", &format!("{accounts}workspace = {{ {id} }}\n"));
    check(
        &direct,
        expect![[r#"
            Application.Read.All | `break_glass.workspace`: whether that permission was given
            AuditLog.Read.All | `break_glass.accounts`: sign-ins, changes, and what they registered
            Domain.Read.All | `break_glass.accounts`: how their domain authenticates
            GroupMember.Read.All | `break_glass.accounts`: the groups that Conditional Access excludes
            Organization.Read.All | that this is the customer's tenant, and which domains are its own
            Policy.Read.All | `break_glass.accounts`: Conditional Access, security defaults, methods
            RoleManagement.Read.Directory | `break_glass.accounts`: how they hold their role, and who else does
            User.Read.All | `break_glass.accounts`: the accounts, their groups and devices
            Data.Read | `break_glass.workspace`: the rows behind an alert
            Directory.Read.All? | `gatehouse audit break-glass`: what they own and consented to
            IdentityRiskyUser.Read.All? | `gatehouse audit break-glass`: their risk (Entra ID P2)
            UserAuthenticationMethod.Read.All? | `gatehouse audit break-glass`: what they sign in with
        "#]],
    );
    assert!(needed_by_customer(&direct, &direct.customers[0]).iter().all(|one| !one.writes));
    let both = contoso(duty, "", &format!("{accounts}workspace = {{ {id}, resource = '{resource}' }}\n"));
    let logs = needed_by_customer(&both, &both.customers[0]).into_iter().find(|one| one.name == "Data.Read");
    assert!(logs.is_some_and(|one| one.optional && one.resource == Resource::LogAnalytics), "there is another road");
    expect![[r#"
        Log Analytics Data Reader | /subscriptions/eeeeeeee-0000-4000-8000-000000000004/resourceGroups/monitoring/providers/Microsoft.OperationalInsights/workspaces/logs | `break_glass.workspace`: the rows behind an alert
        Monitoring Reader | /subscriptions/eeeeeeee-0000-4000-8000-000000000004 | `break_glass.subscriptions`: alerts that fired and did not reach us
        Reader | /providers/Microsoft.aadiam | `gatehouse audit break-glass`: whether the tenant's logs are exported; given by a Global Administrator with elevated access
    "#]].assert_eq(
        &azure_roles(&both.customers[0])
            .iter()
            .map(|one| format!("{} | {} | {}\n", one.role, one.scope, one.why))
            .collect::<String>(),
    );
}

#[test]
fn scoped_rights_write_in_the_whole_tenant_by_inviting_alone() {
    let scoped = "mode = 'enforce'\nrights = 'scoped'\nscoped_to = ['cccccccc-0000-4000-8000-000000000001']";
    let leavers = "[leavers]\ndisable = 'unused'\nrevoke_sessions = true";
    let config = contoso(leavers, scoped, DESK);
    check(
        &config,
        expect![[r#"
            AdministrativeUnit.Read.All | `rights`: who and what is in those units
            Application.Read.All | `rights`: our own service principal
            GroupMember.Read.All | `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is in, before a step on the guest
            Organization.Read.All | that this is the customer's tenant, and which domains are its own
            Policy.Read.All | `groups`: whether a Conditional Access policy excludes one of them
            RoleManagement.Read.Directory | `groups`: whether one of them holds a directory role; `rights`: which roles it holds, and within which units
            User.Invite.All | `domains`: inviting
            User.Read.All | `packages`: who is a guest already, those in the bin too
        "#]],
    );
    let writing: Vec<_> =
        needed_by_customer(&config, &config.customers[0]).into_iter().filter(|one| one.writes).collect();
    assert_eq!(names(&writing), ["User.Invite.All"].into());
}

#[test]
fn who_is_left_takes_away_and_brings_nobody_in() {
    let config = contoso("", "mode = 'offboard'", "");
    check(
        &config,
        expect![[r#"
            GroupMember.Read.All | `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is in, before a step on the guest
            GroupMember.ReadWrite.All | `groups`: adding members and removing them
            Organization.Read.All | that this is the customer's tenant, and which domains are its own
            Policy.Read.All | `groups`: whether a Conditional Access policy excludes one of them
            RoleManagement.Read.Directory | `groups`: whether one of them holds a directory role
            User.EnableDisableAccount.All | `leavers.disable`: disabling guests of ours, and enabling them again
            User.Read.All | `packages`: who is a guest already, those in the bin too
            AdministrativeUnit.Read.All? | which groups are in that unit
            Application.Read.All? | whether our app holds a role in a restricted management unit of a target
            User.RevokeSessions.All? | `gatehouse leave`: ending the sessions of guests of ours
        "#]],
    );
}

#[test]
fn a_pause_asks_for_what_comes_after_it() {
    let of = |mode: &str| {
        let config = contoso("", &format!("mode = '{mode}'"), DESK);
        needed_by_customer(&config, &config.customers[0])
    };
    assert_eq!(of("paused"), of("enforce"));
    assert_ne!(of("paused"), of("observe"));
}

#[test]
fn an_app_lists_what_its_own_customers_need_each_once() {
    let audit = "[apps.audit]\nclient_id = '33333333-3333-4333-8333-333333333333'
        credential = { certificate = 'env:AUDIT' }\npermissions = 'read'";
    let customer = |above: &str, digit: &str| format!("{above}{}{DESK}", CONTOSO.replace("44444444", &digit.repeat(8)));
    let config = config(
        audit,
        &[
            ("adatum", &customer("mode = 'enforce'", "5")),
            ("contoso", &customer("mode = 'observe'", "6")),
            ("fabrikam", &customer("app = 'audit'", "7")),
            ("tailspin", &customer("app = 'audit'\nmode = 'paused'", "8")),
        ],
    );
    let all = of_app(&config, DEFAULT_APP);
    assert_eq!(
        lines(&all),
        lines(&needed_by_customer(&config, &config.customers[0])),
        "contoso needs less than adatum"
    );
    let read = of_app(&config, "audit");
    assert_eq!(lines(&read), lines(&needed_by_customer(&config, &config.customers[2])));
    assert!(read.iter().all(|one| !one.writes), "even where somebody is paused: what they were is not known");
    assert_eq!(of_app(&config, "nobody's"), []);
    // What is sent from the partner's own mailbox is nothing that customers consent to.
    assert!(all.iter().all(|one| one.tenant == Side::Customer && one.name != "Mail.Send"));
}

#[test]
fn the_partner_reads_who_is_in_its_groups_and_sends_mail_where_a_channel_does() {
    let mail = "[channels.letters]\nmail = { from = 'gatehouse@northwind.example', to = ['duty@northwind.example'] }
        [notices]\nheld = ['letters']";
    expect![[r#"
        GroupMember.Read.All | `members`, `except`: who is in those groups, and what changed in them
        Mail.Send | `channels`: mail from the mailbox in `from`
        User.Read.All | `members`, `except`: who was disabled or deleted, and what people are called
        Group.Read.All? | change notifications of groups, which only make things sooner
    "#]]
    .assert_eq(&lines(&needed_by_partner(&contoso(mail, "", DESK))));
    assert!(!names(&needed_by_partner(&contoso("", "", DESK))).contains("Mail.Send"));
}

#[test]
fn every_permission_and_every_id_is_there_once() {
    let names: BTreeSet<_> = ALL.iter().map(|one| one.name).collect();
    let ids: BTreeSet<_> = ALL.iter().map(|one| one.app_role).collect();
    assert_eq!((names.len(), ids.len()), (ALL.len(), ALL.len()));
    assert!(ALL.iter().all(|one| named(one.name) == Some(*one)));
    assert_eq!(named("Directory.ReadWrite.All"), None);
}

#[test]
fn the_page_for_administrators_lists_every_permission_with_its_id_and_no_other() {
    let page = include_str!("../../../../docs/permissions.md");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split("` | `");
        let (name, id) = (cells.next()?, cells.next()?.split('`').next()?);
        Some((name, id.parse().ok()?))
    });
    let told: BTreeSet<(&str, uuid::Uuid)> = rows.collect();
    assert_eq!(told, ALL.iter().map(|one| (one.name, one.app_role)).collect());
    for (name, sides) in [("Mail.Send", "partner"), ("User.Invite.All", "customer"), ("User.Read.All", "both")] {
        assert!(
            page.lines().any(|line| line.contains(&format!("| `{name}` |")) && line.contains(&format!("| {sides} |")))
        );
    }
}
