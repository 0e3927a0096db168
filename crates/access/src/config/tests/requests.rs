//! Stages of approval, and the map of a ticketing system's fields.

use super::{CONTOSO, PROGRAM, check_package, check_program, config};
use crate::config::{Approver, FieldSource, FieldStep, Format, ReadBack, Requests, Stage};
use expect_test::expect;
use jiff::SignedDuration;

fn requests(more: &str) -> Requests {
    let contoso = format!("{CONTOSO}[packages.requests]\nduration_max = \"8h\"\n{more}");
    let config = config(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", &contoso)]);
    config.customers[0].packages[0].requests.clone().expect("people can ask for it")
}

#[test]
fn one_approval_is_needed_unless_another_number_or_stages_are_named() {
    let stage = |approvals, approvers| Stage { approvals, approvers };
    assert_eq!(requests("").stages, [stage(1, None)]);
    assert_eq!(requests("approvals = 0").stages, []);
    assert_eq!(requests("approvals = 2").stages, [stage(2, None)]);
    let lead = Approver::Mail("lead@northwind.example".into());
    let group = Approver::Group("aaaaaaaa-0000-4000-8000-000000000003".parse().unwrap());
    let stages = r#"
[[packages.requests.stages]]
approvers = ["lead@NORTHWIND.example"]
[[packages.requests.stages]]
approvals = 2
approvers = ["AAAAAAAA-0000-4000-8000-000000000003"]
"#;
    let both = requests(stages).stages;
    assert_eq!(both, [stage(1, Some([lead].into())), stage(2, Some([group].into()))]);
}

#[test]
fn approvers_are_reminded_after_a_day_and_given_up_after_a_week_unless_said_otherwise() {
    let times = |more| (requests(more).remind_after.as_hours(), requests(more).unanswered_after.as_hours());
    assert_eq!(times(""), (24, 7 * 24));
    assert_eq!(times("remind_after = \"1h\"\nunanswered_after = \"2h\""), (1, 2));
    assert_eq!(requests("").duration_max, SignedDuration::from_hours(8));
}

#[test]
fn stages_stand_in_place_of_the_simple_keys_and_somebody_can_pass_each() {
    check_package(
        r#"[packages.requests]
duration_max = "8h"
approvals = 2
remind_after = "59m"
unanswered_after = "30m"
[[packages.requests.stages]]
approvals = 0
[[packages.requests.stages]]
approvers = []
[[packages.requests.stages]]
approvals = 2
approvers = ["lead@northwind.example"]
"#,
        expect![[r#"
            customers/contoso.toml:11: packages[0].requests.remind_after: must be "1h" or more
            customers/contoso.toml:11: warning: packages[0].requests.remind_after: is not before `unanswered_after`: nobody is reminded
            customers/contoso.toml:12: packages[0].requests.unanswered_after: must be "1h" or more
            customers/contoso.toml:13: packages[0].requests.stages: are in place of `approvals` and `approvers`, which are there too
              hint: make them the first stage
            customers/contoso.toml:14: packages[0].requests.stages[0].approvals: must be from 1 to 10
            customers/contoso.toml:16: packages[0].requests.stages[1].approvers: is empty: nobody can approve a request
              hint: leave it out for anybody whom a caller with the right `approve` names
            customers/contoso.toml:19: packages[0].requests.stages[2].approvers: are 1 people, and a request needs 2 approvals
        "#]],
    );
    check_package(
        &format!(
            "[packages.requests]\nduration_max = \"8h\"\nremind_after = \"7d\"\n{}",
            "[[packages.requests.stages]]\n".repeat(5)
        ),
        expect![[r#"
            customers/contoso.toml:10: warning: packages[0].requests.remind_after: is not before `unanswered_after`: nobody is reminded
        "#]],
    );
    check_package(
        &format!("[packages.requests]\nduration_max = \"8h\"\n{}", "[[packages.requests.stages]]\n".repeat(6)),
        expect![[r#"
            customers/contoso.toml:10: packages[0].requests.stages: holds 6, and may hold 5
        "#]],
    );
}

#[test]
fn a_map_must_be_complete_and_for_a_known_format() {
    check_program(
        r#"
[callers.jira]
auth = { hub_signature = "env:A" }
may = ["request"]
format = "jira"
fields.invitee.email = "issue.fields.customfield_10201"
fields.customer = { tenantId = "issue.fields.a", name = "= contoso" }
[callers.halo]
auth = { basic = "env:B" }
may = ["request"]
format = "halopsa"
[callers.none]
auth = { basic = "env:C" }
may = ["request"]
fields.reason = "= because"
when = { field = "a", is = ["b"] }
[callers.typo]
auth = { basic = "env:D" }
may = ["request"]
format = "autotask"
fields = { invitee.mail = "a", reason = "a..b", customer.name = "=", access.package = "a[", access.durationHours = "a[b" }
when = { field = "a", is = [] }
"#,
        expect![[r#"
            gatehouse.toml:13: callers.jira.fields: does not say where to find access.package, access.durationHours
              hint: name the field of the ticket, or write what it always is: "= 8"
            gatehouse.toml:14: callers.jira.fields.customer: names the customer twice, by `customer.tenantId` and by `customer.name`: leave one out
            gatehouse.toml:15: callers.halo.fields: does not say where to find invitee.email, access.package, access.durationHours, customer.tenantId (or customer.name)
              hint: name the field of the ticket, or write what it always is: "= 8"
            gatehouse.toml:22: callers.none.fields: says how to read another system's bodies, and there is no `format` that says which system
            gatehouse.toml:23: callers.none.when: says how to read another system's bodies, and there is no `format` that says which system
            gatehouse.toml:28: callers.typo.fields.invitee.mail: unknown key
              hint: did you mean `email`?
            gatehouse.toml:28: callers.typo.fields.reason: does not say where in the body to look
              hint: write it as in "issue.fields.customfield_10201", "ticket.customfields[name=CFEmail].value" or "= always this"
            gatehouse.toml:28: callers.typo.fields.customer.name: does not say where in the body to look
              hint: write it as in "issue.fields.customfield_10201", "ticket.customfields[name=CFEmail].value" or "= always this"
            gatehouse.toml:28: callers.typo.fields.access.package: does not say where in the body to look
              hint: write it as in "issue.fields.customfield_10201", "ticket.customfields[name=CFEmail].value" or "= always this"
            gatehouse.toml:28: callers.typo.fields.access.durationHours: does not say where in the body to look
              hint: write it as in "issue.fields.customfield_10201", "ticket.customfields[name=CFEmail].value" or "= always this"
            gatehouse.toml:29: callers.typo.when.is: must not be empty
        "#]],
    );
}

#[test]
fn a_report_is_proven_and_a_proof_is_for_a_report() {
    check_program(
        r#"
[callers.unproven]
auth = { basic = "env:A" }
may = ["request"]
callbacks = ["example.service-now.com"]
[callers.signed]
auth = { standard_webhooks = "env:B" }
may = ["request"]
callbacks = ["example.service-now.com"]
[callers.unused]
auth = { basic = "env:C" }
may = ["request"]
callback_auth = { basic = "env:D" }
"#,
        expect![[r#"
            gatehouse.toml:12: warning: callers.unproven.callbacks: are told without a proof that it is us
              hint: add `callback_auth`
            gatehouse.toml:20: warning: callers.unused.callback_auth: is never used: `callbacks` names no host
        "#]],
    );
}

#[test]
fn a_path_goes_by_members_elements_and_what_an_element_says() {
    let read = |text: &str| crate::config::field_path::parse(text);
    let member = |name: &str| FieldStep::Member(name.into());
    let says = |member: &str, says: &str| FieldStep::Where { member: member.into(), says: says.into() };
    for (text, steps) in [
        ("ID", vec![member("ID")]),
        ("issue.fields.customfield_10201", vec![member("issue"), member("fields"), member("customfield_10201")]),
        ("labels[0]", vec![member("labels"), FieldStep::Element(0)]),
        ("a[1][2].b", vec![member("a"), FieldStep::Element(1), FieldStep::Element(2), member("b")]),
        ("a[caption=Invite e-mail].value", vec![member("a"), says("caption", "Invite e-mail"), member("value")]),
        ("a.Invite e-mail", vec![member("a"), member("Invite e-mail")]),
    ] {
        assert_eq!(read(text), Some(FieldSource::Path(steps)), "{text}");
    }
    assert_eq!(read("= contoso"), Some(FieldSource::Constant("contoso".into())));
    assert_eq!(read("=a.b[0]"), Some(FieldSource::Constant("a.b[0]".into())));
    let deep = |members: usize| vec!["a"; members].join(".");
    assert!(read(&deep(16)).is_some());
    for odd in [
        "",
        "=",
        "= ",
        ".",
        "a.",
        ".a",
        "a..b",
        "a[",
        "a[]",
        "a]",
        "a[-1]",
        "a[0]b",
        "a[=b]",
        "a[b=]",
        "a[x",
        " a",
        "a[+1]",
        &deep(17),
    ] {
        assert_eq!(read(odd), None, "{odd:?}");
    }
}

#[test]
fn a_caller_says_how_its_bodies_are_read() {
    let program = format!(
        "{PROGRAM}{}",
        r#"
[callers.connectwise]
auth = { basic = "env:A" }
may = ["request"]
format = "connectwise"
fields.invitee.email = "Entity.customFields[caption=Invite e-mail].value"
fields.access = { package = "= second-line", durationHours = "= 8" }
fields.customer.name = "= contoso"
"#
    );
    let config = config(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]);
    let native = config.callers["connectwise"].native.as_ref().expect("it has a format");
    assert_eq!((native.format, native.when.as_ref()), (Format::Connectwise, None));
    let named: Vec<_> = native.fields.keys().map(|field| field.name()).collect();
    assert_eq!(named, ["customer.name", "invitee.email", "access.package", "access.durationHours"]);
}

#[test]
fn no_caller_has_the_name_of_the_command_line() {
    check_program(
        r#"
[callers.cli]
auth = { basic = "env:A" }
may = ["request"]
[callers.clio]
auth = { basic = "env:B" }
may = ["request"]
"#,
        expect![[r#"
            gatehouse.toml:9: callers.cli: is the name of the command line itself: call it otherwise
        "#]],
    );
}

#[test]
fn tickets_are_read_where_the_caller_has_their_system_and_does_not_say_otherwise() {
    const JIRA: &str = r#"jira = { url = "https://example.atlassian.net", auth = "env:J" }"#;
    let halo = r#"halopsa = { url = "https://halo.example.com", client = "env:H" }"#;
    let read_back = |more: &str| {
        let program = format!(
            r#"{PROGRAM}
[callers.jira]
auth = {{ hub_signature = "env:A" }}
may = ["request"]
format = "jira"
fields.invitee.email = "issue.fields.a"
fields.access = {{ package = "issue.fields.b", durationHours = "= 8" }}
fields.customer.name = "= contoso"
{more}
"#
        );
        let config = config(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]);
        config.callers["jira"].native.as_ref().expect("it has a format").read_back
    };
    for (more, expected) in [
        (String::new(), ReadBack::Never),
        ("read_back = \"never\"".into(), ReadBack::Never),
        (format!("ticket = {{ {halo} }}"), ReadBack::Never),
        (format!("ticket = {{ {JIRA} }}"), ReadBack::Missing),
        (format!("read_back = \"missing\"\nticket = {{ {JIRA} }}"), ReadBack::Missing),
        (format!("read_back = \"always\"\nticket = {{ {JIRA} }}"), ReadBack::Always),
        (format!("read_back = \"never\"\nticket = {{ {JIRA} }}"), ReadBack::Never),
    ] {
        assert_eq!(read_back(&more), expected, "{more}");
    }
}

#[test]
fn whoever_wants_tickets_read_says_where() {
    check_program(
        r#"
[callers.ours]
auth = { basic = "env:A" }
may = ["request"]
read_back = "missing"
[callers.jira]
auth = { hub_signature = "env:B" }
may = ["request"]
format = "jira"
read_back = "always"
fields.invitee.email = "issue.fields.a"
fields.access = { package = "issue.fields.b", durationHours = "= 8" }
fields.customer.name = "= contoso"
ticket = { halopsa = { url = "https://halo.example.com", client = "env:H" } }
[callers.odd]
auth = { basic = "env:C" }
may = ["request"]
read_back = true
"#,
        expect![[r#"
            gatehouse.toml:12: callers.ours.read_back: says how to read another system's bodies, and there is no `format` that says which system
            gatehouse.toml:17: callers.jira.read_back: has nowhere to read tickets from: the caller has no `ticket` of the system that `format` names
              hint: add `ticket` with the system's address and how we prove ourselves there
            gatehouse.toml:25: callers.odd.read_back: must be a text, not true or false
        "#]],
    );
}

#[test]
fn who_signs_the_body_alone_decides_nothing() {
    check_program(
        r#"
[callers.jira]
auth = { hub_signature = "env:JIRA" }
may = ["request", "approve"]
[callers.cw]
auth = { connectwise = "env:CW" }
may = ["release", "read"]
[callers.at]
auth = { autotask = "env:AT" }
may = ["request", "operate"]
[callers.zendesk]
auth = { zendesk = "env:ZD" }
may = ["approve"]
[callers.hooks]
auth = { standard_webhooks = "env:SW" }
may = ["approve", "release"]
"#,
        expect![[r#"
            gatehouse.toml:11: callers.jira.may[1]: cannot be given to a caller with `hub_signature`, which signs the body alone: a recorded decision could be sent again about anything else
              hint: give the right to a caller with a key, a token or `standard_webhooks`
            gatehouse.toml:14: callers.cw.may[0]: cannot be given to a caller with `connectwise`, which signs the body alone: a recorded decision could be sent again about anything else
              hint: give the right to a caller with a key, a token or `standard_webhooks`
            gatehouse.toml:17: callers.at.may[1]: cannot be given to a caller with `autotask`, which signs the body alone: a recorded decision could be sent again about anything else
              hint: give the right to a caller with a key, a token or `standard_webhooks`
        "#]],
    );
}
