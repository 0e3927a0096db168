//! The checks of the meaning, each on both sides.

use super::{CONTOSO, PROGRAM, check, check_customer, check_package, check_program};
use expect_test::expect;

#[test]
fn two_customers_cannot_share_a_tenant() {
    check(
        &[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", CONTOSO), ("customers/fabrikam.toml", CONTOSO)],
        expect![[r#"
            customers/contoso.toml:2: tenant_id: is the tenant of customers/fabrikam.toml too
            customers/fabrikam.toml:2: tenant_id: is the tenant of customers/contoso.toml too
        "#]],
    );
}

#[test]
fn the_partner_is_no_customer() {
    let partner = "11111111-1111-4111-8111-111111111111";
    check_customer(
        &CONTOSO.replace("44444444-4444-4444-8444-444444444444", partner),
        expect![[r#"
        customers/contoso.toml:2: tenant_id: is the partner's own tenant
    "#]],
    );
}

#[test]
fn a_customers_file_has_a_plain_name() {
    let long = format!("customers/{}.toml", "x".repeat(65));
    let fits = format!("customers/{}.toml", "y".repeat(64));
    let other = |digit: &str| CONTOSO.replace('4', digit);
    check(
        &[
            ("gatehouse.toml", PROGRAM),
            ("customers/Contoso.toml", CONTOSO),
            ("customers/fabrikam ltd.toml", &other("5")),
            (&long, &other("6")),
            (&fits, &other("7")),
            ("customers/tail-spin2.toml", &other("8")),
        ],
        expect![[r#"
            customers/Contoso.toml: the file's name is the customer's name: 1 to 64 of the characters a-z, 0-9 and -
            customers/fabrikam ltd.toml: the file's name is the customer's name: 1 to 64 of the characters a-z, 0-9 and -
            customers/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.toml: the file's name is the customer's name: 1 to 64 of the characters a-z, 0-9 and -
        "#]],
    );
}

#[test]
fn a_profile_must_exist_and_should_be_used() {
    let customer = format!("profile = \"standrad\"{CONTOSO}");
    check(
        &[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", &customer), ("profiles/standard.toml", "")],
        expect![[r#"
            customers/contoso.toml:1: profile: there is no such file in profiles/
              hint: did you mean `standard`?
            profiles/standard.toml:1: warning: no customer has this profile
        "#]],
    );
}

#[test]
fn a_customer_in_which_nothing_can_happen_is_pointed_out() {
    let tenant = "tenant_id = \"44444444-4444-4444-8444-444444444444\"\n";
    check_customer(
        tenant,
        expect![[r#"
        customers/contoso.toml: warning: domains: is empty: nobody can be invited here
        customers/contoso.toml: warning: packages: there are none: nobody gets anything here
    "#]],
    );
    check_customer(&format!("{tenant}mode = \"offboard\""), expect![[""]]);
    check_customer(&format!("{tenant}mode = \"paused\""), expect![[""]]);
}

#[test]
fn a_package_should_give_something_to_somebody() {
    check_package(
        "[[packages]]\nname = \"nothing\"\n",
        expect![[r#"
        customers/contoso.toml:8: warning: packages[1]: has no groups, no units and no roles
        customers/contoso.toml:8: warning: packages[1].members: is empty, and nobody can ask
          hint: name a group of the partner's in `members`, or add [packages.requests]
    "#]],
    );
    check_package(
        "[[packages]]\nname = \"asked-for\"\nunits = [\"cccccccc-0000-4000-8000-000000000001\"]\nrequests.duration_max = \"8h\"\n",
        expect![[""]],
    );
}

#[test]
fn packages_of_one_customer_have_different_names() {
    let more = CONTOSO.split_once("[[packages]]").expect("it has a package").1.replace("1\"", "2\"");
    check_package(
        &format!("[[packages]]{more}"),
        expect![[r#"
        customers/contoso.toml:9: packages[1].name: another package of this file has the same name
    "#]],
    );
}

#[test]
fn a_group_is_named_once_and_on_one_side() {
    check_package(
        r#"
except = ["aaaaaaaa-0000-4000-8000-000000000001"]
[[packages]]
name = "mixed-up"
members = ["aaaaaaaa-0000-4000-8000-000000000002", "AAAAAAAA-0000-4000-8000-000000000002"]
groups = ["aaaaaaaa-0000-4000-8000-000000000002", { name = "New", create = true }, { name = "New", create = true }]
roles = [
    { role = "dddddddd-0000-4000-8000-000000000001", unit = "cccccccc-0000-4000-8000-000000000001" },
    { role = "dddddddd-0000-4000-8000-000000000001", unit = "cccccccc-0000-4000-8000-000000000001" },
    { role = "dddddddd-0000-4000-8000-000000000001", unit = "cccccccc-0000-4000-8000-000000000002" },
]
accept = [{ oddity = "microsoft365", reason = "asked" }, { oddity = "microsoft365", reason = "again" }]
"#,
        expect![[r#"
            customers/contoso.toml:9: packages[0].except[0]: is in `members` too: nobody would ever come from it
            customers/contoso.toml:12: warning: packages[1].members[1]: is in the list already
            customers/contoso.toml:13: packages[1].groups[0]: is one of the partner's groups in `members` or `except` too
            customers/contoso.toml:13: warning: packages[1].groups[2]: is in the list already
            customers/contoso.toml:16: warning: packages[1].roles[1]: is in the list already
            customers/contoso.toml:19: warning: packages[1].accept[1]: is accepted above already
        "#]],
    );
}

#[test]
fn packages_that_share_a_group_agree_on_it() {
    let other = |more: &str| {
        format!(
            "[[packages]]\nname = \"other\"\nmembers = [\"aaaaaaaa-0000-4000-8000-000000000002\"]\ngroups = [\"bbbbbbbb-0000-4000-8000-000000000001\"]\n{more}"
        )
    };
    check_package(&other(""), expect![[""]]);
    check_package(
        &other("ownership = \"all\"\ndrift = \"repair\"\n"),
        expect![[r#"
        customers/contoso.toml:11: packages[1].groups[0]: is also a group of package `desk`, with another `drift`
        customers/contoso.toml:11: packages[1].groups[0]: is also a group of package `desk`, with another `ownership`
    "#]],
    );
    let customer = format!("profile = \"standard\"{CONTOSO}");
    check(
        &[
            ("gatehouse.toml", PROGRAM),
            ("customers/contoso.toml", &customer),
            ("profiles/standard.toml", &other("ownership = \"all\"\n")),
        ],
        expect![[r#"
            customers/contoso.toml:1: profile: is also a group of package `desk`, with another `ownership`
        "#]],
    );
}

#[test]
fn a_customer_has_at_most_200_groups() {
    let customer = |count: usize| {
        let groups: Vec<_> = (0..count).map(|n| format!("\"bbbbbbbb-0000-4000-8000-{n:012}\"")).collect();
        CONTOSO
            .replace("groups = [\"bbbbbbbb-0000-4000-8000-000000000001\"]", &format!("groups = [{}]", groups.join(",")))
    };
    check_customer(&customer(200), expect![[""]]);
    check_customer(
        &customer(201),
        expect![[r#"
        customers/contoso.toml:4: packages: name 201 groups together, and a customer may have 200
    "#]],
    );
}

#[test]
fn the_stop_list_and_protected_objects_are_no_targets() {
    check_customer(
        &format!(
            "deny = \"bbbbbbbb-0000-4000-8000-000000000001\"\nlimits.protect = [\"bbbbbbbb-0000-4000-8000-000000000001\"]{CONTOSO}"
        ),
        expect![[r#"
            customers/contoso.toml:1: deny: is a group of package `desk`: its members would be removed from it
            customers/contoso.toml:5: warning: packages[0]: package `desk` has a group or unit that `protect` keeps from every step
        "#]],
    );
}

#[test]
fn requests_can_be_asked_approved_and_end() {
    let check = |requests: &str, expect| check_package(&format!("[packages.requests]\n{requests}"), expect);
    check("duration_max = \"1h\"\n", expect![[""]]);
    check("duration_max = \"366d\"\n", expect![[""]]);
    check(
        "duration_max = \"59m\"\n",
        expect![[r#"
        customers/contoso.toml:9: packages[0].requests.duration_max: must be from "1h" to "366d"
    "#]],
    );
    check(
        "duration_max = \"367d\"\n",
        expect![[r#"
        customers/contoso.toml:9: packages[0].requests.duration_max: must be from "1h" to "366d"
    "#]],
    );
    check(
        "duration_max = \"8h\"\napprovers = []\nrequesters = []\n",
        expect![[r#"
        customers/contoso.toml:10: packages[0].requests.approvers: is empty: nobody can approve a request
          hint: leave it out for anybody whom a caller with the right `approve` names
        customers/contoso.toml:11: packages[0].requests.requesters: is empty: nobody can ask for the package
          hint: leave it out for anybody, or leave out [packages.requests]
    "#]],
    );
    check(
        "duration_max = \"8h\"\napprovals = 2\napprovers = [\"lead@northwind.example\"]\n",
        expect![[r#"
        customers/contoso.toml:11: packages[0].requests.approvers: are 1 people, and a request needs 2 approvals
    "#]],
    );
    check("duration_max = \"8h\"\napprovals = 1\napprovers = [\"lead@northwind.example\"]\n", expect![[""]]);
    check(
        "duration_max = \"8h\"\napprovals = 0\napprovers = [\"lead@northwind.example\"]\n",
        expect![[r#"
        customers/contoso.toml:11: warning: packages[0].requests.approvers: are named, and `approvals` is 0
    "#]],
    );
    check("duration_max = \"8h\"\nticket = \"INC[0-9]{7}\"\n", expect![[""]]);
    check(
        "duration_max = \"8h\"\nticket = \"(?x)INC[0-9]{7} # incidents\"\n",
        expect![[r#"
        customers/contoso.toml:10: packages[0].requests.ticket: cannot be held against a whole ticket number
    "#]],
    );
    check(
        "duration_max = \"8h\"\nticket = \"INC[0-9\"\n",
        expect![[r#"
        customers/contoso.toml:10: packages[0].requests.ticket: is not a regular expression
    "#]],
    );
}

#[test]
fn only_a_custom_cloud_has_endpoints_of_its_own_and_it_needs_them() {
    check_program(
        "[cloud]\nlogin = \"https://login.example\"\n",
        expect![[r#"
        gatehouse.toml:9: cloud.login: belongs to a cloud of one's own
          hint: write name = "custom", or leave this out
    "#]],
    );
    check_program(
        "[cloud]\nname = \"custom\"\nca_file = \"ca.pem\"\n",
        expect![[r#"
        gatehouse.toml:8: cloud.graph: missing: a custom cloud needs it
        gatehouse.toml:8: cloud.login: missing: a custom cloud needs it
    "#]],
    );
    check_program(
        "[cloud]\nname = \"custom\"\nlogin = \"http://login.example\"\ngraph = \"https://graph.example/\"\n",
        expect![[r#"
            gatehouse.toml:10: cloud.login: must begin with https://
        "#]],
    );
    check_program(
        "[cloud]\nname = \"custom\"\nlogin = \"https://login.example\"\ngraph = \"https://graph.example/\"\n",
        expect![[""]],
    );
}

#[test]
fn the_pace_is_from_a_minute_to_a_day() {
    check_program("[sync]\nevery = \"60s\"\n", expect![[""]]);
    check_program(
        "[sync]\nevery = \"59s\"\n",
        expect![[r#"
        gatehouse.toml:9: sync.every: must be from "1m" to "24h"
    "#]],
    );
    check_program("[sync]\nevery = \"1d\"\n", expect![[""]]);
    check_program(
        "[sync]\nevery = \"25h\"\n",
        expect![[r#"
        gatehouse.toml:9: sync.every: must be from "1m" to "24h"
    "#]],
    );
}

#[test]
fn an_invitation_is_sent_again_at_most_once_a_day_and_given_up_only_after_that() {
    let write = |resend: &str, give_up: &str| {
        format!("[invitations]\nresend_after = \"{resend}\"\ngive_up_after = \"{give_up}\"\n")
    };
    for (resend, give_up) in [("1d", "1d"), ("30d", "90d"), ("3d", "14d")] {
        check_program(&write(resend, give_up), expect![[""]]);
    }
    check_program(
        &write("23h", "91d"),
        expect![[r#"
            gatehouse.toml:9: invitations.resend_after: must be from "1d" to "30d"
            gatehouse.toml:10: invitations.give_up_after: must be at most "90d"
        "#]],
    );
    check_program(
        &write("31d", "30d"),
        expect![[r#"
            gatehouse.toml:9: invitations.resend_after: must be from "1d" to "30d"
            gatehouse.toml:10: invitations.give_up_after: an invitation cannot be given up before it is sent again: give_up_after must be at least resend_after
        "#]],
    );
    // What is not said counts with its default.
    check_program(
        "[invitations]\nresend_after = \"15d\"\n",
        expect![[r#"
            gatehouse.toml:9: invitations.resend_after: an invitation cannot be given up before it is sent again: give_up_after must be at least resend_after
        "#]],
    );
}

#[test]
fn deletion_needs_disabling_and_a_store_outlives_the_process() {
    check_program("[leavers]\ndisable = \"never\"\ndelete_after = \"never\"\n", expect![[""]]);
    check_program(
        "[leavers]\ndisable = \"never\"\ndelete_after = \"30d\"\n",
        expect![[r#"
        gatehouse.toml:10: leavers.delete_after: counts from the disabling, and nobody is disabled
    "#]],
    );
    check_program(
        "[leavers]\ndelete_after = \"30d\"\n[store]\nurl = \"memory:\"\n",
        expect![[r#"
        gatehouse.toml:11: warning: store.url: keeps nothing beyond the process: after a restart nothing is known to be ours
    "#]],
    );
    check_program(
        "[invitations]\nper_tenant_per_hour = 11\nper_tenant_per_day = 10\n",
        expect![[r#"
        gatehouse.toml:9: warning: invitations.per_tenant_per_hour: is more than the whole day's budget
    "#]],
    );
}

#[test]
fn callers_name_what_exists_and_prove_themselves_with_secrets_of_their_own() {
    check_program(
        r#"
[callers.one]
auth = { api_key = ["env:KEY", "env:KEY"] }
may = []
customers = ["contosso"]
[callers.Two]
auth = { basic = "env:KEY" }
may = ["read", "read"]
customers = []
[callers.three]
auth = { entra = { tenant_id = "44444444-4444-4444-8444-444444444444", audience = "api://gatehouse" } }
may = ["read"]
[callers.four]
auth = { entra = { tenant_id = "44444444-4444-4444-8444-444444444444", audience = "api://gatehouse", role = "Read" } }
may = ["read"]
[callers.five]
auth = { entra = { tenant_id = "44444444-4444-4444-8444-444444444444", audience = "api://gatehouse", role = "Read" } }
may = ["release"]
[callers.six]
auth = { autotask = ["env:AT_NEW", "env:AT_OLD"] }
may = ["request"]
[callers.seven]
auth = { connectwise = "env:AT_OLD" }
may = ["request"]
"#,
        expect![[r#"
            gatehouse.toml:10: callers.one.auth: refers to the same secret as caller `Two`: they could not be told apart
            gatehouse.toml:10: warning: callers.one.auth.api_key[1]: is in the list already
            gatehouse.toml:11: warning: callers.one.may: is empty: the caller may do nothing
            gatehouse.toml:12: callers.one.customers[0]: no customer has this name: there is no such file in customers/
              hint: did you mean `contoso`?
            gatehouse.toml:13: callers.Two: is not a name: 1 to 64 of the characters a-z, 0-9, - and _
            gatehouse.toml:15: warning: callers.Two.may[1]: is in the list already
            gatehouse.toml:16: warning: callers.Two.customers: is empty: it may name no customer
              hint: leave it out for all customers
            gatehouse.toml:18: callers.three.auth.entra: must name an `app_id` or a `role`: the tenant alone lets in everybody there
            gatehouse.toml:21: callers.four.auth: asks the same of a token as caller `five`: they could not be told apart
            gatehouse.toml:27: callers.six.auth: refers to the same secret as caller `seven`: they could not be told apart
        "#]],
    );
}

#[test]
fn channels_are_of_one_kind_and_named_where_they_exist() {
    check_program(
        r#"
[channels.ops]
teams = "env:TEAMS"
pagerduty = "env:PD"
[channels.nothing]
url = "https://x.example"
[channels.broken]
teams = "secret"
[[escalation]]
channels = ["op", "broken", "nobody"]
[[escalation]]
channels = []
[notices]
held = ["ops", "somebody else"]
"#,
        expect![[r#"
            gatehouse.toml:9: channels.ops: names several services (teams, pagerduty): make a channel of each
            gatehouse.toml:12: channels.nothing: names no service
              hint: one of teams, slack, pagerduty, webhook, mail, smtp, jsm, sns, twilio, servicenow
            gatehouse.toml:15: channels.broken.teams: must say where the secret is, not what it is
              hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
            gatehouse.toml:17: escalation[0].channels[0]: there is no such channel
              hint: did you mean `ops`?
            gatehouse.toml:17: escalation[0].channels[2]: there is no such channel
              hint: describe it in a table [channels.<name>]
            gatehouse.toml:19: escalation[1].channels: must not be empty
            gatehouse.toml:21: notices.held[1]: there is no such channel
              hint: describe it in a table [channels.<name>]
        "#]],
    );
}
