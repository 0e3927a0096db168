//! The ticketing systems that are told what becomes of requests.

use super::{CONTOSO, PROGRAM, check_program, config};
use crate::config::{Desk, DeskSystem, SecretRef, ServiceNowAuth, TicketEvent, ZendeskStatus};
use expect_test::expect;

fn desk(ticket: &str) -> Desk {
    let program =
        format!("{PROGRAM}\n[callers.desk]\nauth = {{ api_key = \"env:K\" }}\nmay = [\"request\"]\n{ticket}\n");
    let config = config(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]);
    config.callers["desk"].ticket.clone().expect("a system")
}

fn env(name: &str) -> SecretRef {
    SecretRef::Env(name.into())
}

#[test]
fn each_event_has_the_state_that_the_operator_gives_it() {
    let servicenow = desk(
        r#"ticket = { servicenow = { url = "https://example.service-now.com/", table = "sc_req_item", auth = "env:SN", states = { active = "3", expired = "4" } } }"#,
    );
    let states = [(TicketEvent::Active, "3".to_owned()), (TicketEvent::Expired, "4".to_owned())].into();
    let system = DeskSystem::ServiceNow { table: "sc_req_item".into(), auth: ServiceNowAuth::Basic(env("SN")), states };
    assert_eq!(servicenow, Desk { url: "https://example.service-now.com".into(), system });

    let zendesk = desk(
        r#"ticket = { zendesk = { url = "https://example.zendesk.com", auth = "env:ZD", states = { expired = "solved" } } }"#,
    );
    let states = [(TicketEvent::Expired, ZendeskStatus::Solved)].into();
    assert_eq!(zendesk.system, DeskSystem::Zendesk { auth: env("ZD"), states });
}

#[test]
fn comments_in_jira_are_internal_unless_somebody_says_otherwise() {
    for (said, internal) in [("", true), (", internal = false", false)] {
        let jira = desk(&format!(
            r#"ticket = {{ jira = {{ url = "https://example.atlassian.net", auth = "env:J"{said} }} }}"#
        ));
        let transitions = [].into();
        assert_eq!(jira.system, DeskSystem::Jira { auth: env("J"), internal, transitions });
    }
}

#[test]
fn every_event_can_be_named() {
    for event in TicketEvent::ALL {
        assert_eq!(TicketEvent::named(event.name()), Some(event));
    }
}

#[test]
fn what_would_never_reach_a_ticket_is_an_error() {
    check_program(
        r#"
[callers.one]
auth = { api_key = "env:ONE" }
may = ["request"]
[callers.one.ticket.servicenow]
url = "https://example.service-now.com"
table = "sc_req_item"
auth = "env:SN"
states = { actve = "3", gone = "4" }
[callers.table]
auth = { api_key = "env:TABLE" }
may = ["request"]
ticket = { servicenow = { url = "https://example.service-now.com", table = "task/../sys_user", auth = "env:SN" } }
[callers.two]
auth = { api_key = "env:TWO" }
may = ["request"]
ticket = { servicenow = { url = "http://example.service-now.com", table = "incident" }, jira = {} }
[callers.three]
auth = { api_key = "env:THREE" }
may = ["read"]
ticket = { zendesk = { url = "https://example.zendesk.com", auth = "s3cret", states = { active = "closed" } } }
[callers.four]
auth = { api_key = "env:FOUR" }
may = ["read"]
ticket = { servicenow = { url = "https://example.service-now.com", table = "incident", auth = "env:A", client = "env:B" } }
[callers.five]
auth = { api_key = "env:FIVE" }
may = ["request"]
ticket = { servicenow = { url = "https://example.service-now.com", table = "incident" } }
[callers.six]
auth = { api_key = "env:SIX" }
may = ["request"]
ticket = { servicedesk = {} }
"#,
        expect![[r#"
            gatehouse.toml:16: callers.one.ticket.servicenow.states.actve: a request never is that
              hint: did you mean `active`?
            gatehouse.toml:16: callers.one.ticket.servicenow.states.gone: a request never is that
              hint: one of waiting_approval, accepted, invited, active, ending_soon, extended, expired, rejected, cancelled, failed
            gatehouse.toml:20: callers.table.ticket.servicenow.table: is not a name: 1 to 64 of the characters a-z, 0-9, - and _
            gatehouse.toml:24: callers.two.ticket: must hold exactly one of `servicenow`, `jira`, `zendesk`, `freshservice`, `halopsa`, `connectwise`, `autotask`
            gatehouse.toml:28: callers.three.ticket.zendesk.auth: must say where the secret is, not what it is
              hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
            gatehouse.toml:28: callers.three.ticket.zendesk.states.active: must be one of `new`, `open`, `pending`, `hold`, `solved`
            gatehouse.toml:32: warning: callers.four.ticket: is never told anything: the caller may not make requests (`may` has no `request`)
            gatehouse.toml:32: callers.four.ticket.servicenow: has both `auth` and `client`: write the one that is used
            gatehouse.toml:36: callers.five.ticket.servicenow: needs `auth` (a user) or `client` (an OAuth client)
            gatehouse.toml:40: callers.six.ticket.servicedesk: unknown key
              hint: the nearest known key is `servicenow`; known here: `servicenow`, `jira`, `zendesk`, `freshservice`, `halopsa`, `connectwise`, `autotask`
        "#]],
    );
}
