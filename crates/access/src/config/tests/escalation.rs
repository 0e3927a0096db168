//! `[[escalation]]`, a customer's own channels, and that somebody is paged.

use super::{CONTOSO, PROGRAM, check, check_program, config, loaded};
use crate::config::{EscalationStep, Paging, SecretRef, Service};
use expect_test::{Expect, expect};
use jiff::SignedDuration;

/// Accounts, and a way for alerts about them.
const WATCHED: &str = r#"
[break_glass]
accounts = [{ id = "eeeeeeee-0000-4000-8000-000000000001", upn = "bg1@contoso.onmicrosoft.com" }, { id = "eeeeeeee-0000-4000-8000-000000000002", upn = "bg2@contoso.onmicrosoft.com" }]
webhook = { key = "env:KEY" }
"#;

const SHARED: &str = r#"
[channels.duty]
pagerduty = "env:PD"
[channels.ops]
teams = "env:TEAMS"
"#;

fn check_both(program: &str, customer: &str, expect: Expect) {
    let (program, customer) = (format!("{PROGRAM}{program}"), format!("{CONTOSO}{customer}"));
    check(&[("gatehouse.toml", &program), ("customers/contoso.toml", &customer)], expect);
}

fn step(channels: &[&str], minutes: i64) -> EscalationStep {
    let channels = channels.iter().map(|channel| (*channel).to_owned()).collect();
    EscalationStep { channels, wait: SignedDuration::from_mins(minutes) }
}

#[test]
fn a_customers_own_steps_replace_the_programs_and_name_its_own_channels_first() {
    let program = format!(
        r#"{PROGRAM}{SHARED}
[[escalation]]
channels = ["duty", "ops", "duty"]
[[escalation]]
channels = ["ops"]
wait = "15m"
"#
    );
    let fabrikam = format!(
        r#"{}{}
[channels.duty]
teams = "env:THEIRS"
[[escalation]]
channels = ["duty", "ops"]
wait = "1m"
"#,
        CONTOSO.replace('4', "5"),
        WATCHED.replace("env:KEY", "env:OTHER")
    );
    let contoso = format!("{CONTOSO}{WATCHED}");
    let files =
        [("gatehouse.toml", &*program), ("customers/contoso.toml", &*contoso), ("customers/fabrikam.toml", &*fabrikam)];
    let mut loaded = loaded(&files);
    loaded.problems.retain(|problem| problem.code != "repeated");
    assert_eq!(loaded.problems, []);
    let config = loaded.config.expect("there are no problems");
    let shared = [step(&["duty", "ops"], 5), step(&["ops"], 15)];
    assert_eq!(config.escalation, shared);
    assert_eq!(config.customers[0].break_glass.escalation, shared);
    assert_eq!(config.customers[1].break_glass.escalation, [step(&["fabrikam/duty", "ops"], 1)]);
    assert_eq!(config.channels.keys().collect::<Vec<_>>(), ["duty", "fabrikam/duty", "ops"]);
    assert_eq!(config.channels["fabrikam/duty"].service, Service::Teams(SecretRef::Env("THEIRS".into())));
}

#[test]
fn how_people_are_paged_has_limits_and_defaults() {
    let paging = |more: &str| {
        let program = format!("{PROGRAM}[break_glass]\n{more}");
        config(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]).paging
    };
    let minutes = SignedDuration::from_mins;
    assert_eq!(paging(""), Paging { rounds_max: 5, verdict_within: minutes(30), heartbeat: None });
    let heartbeat = Some(SecretRef::Env("HEARTBEAT".into()));
    assert_eq!(
        paging("rounds = 1\nverdict_within = \"5m\"\nheartbeat = \"env:HEARTBEAT\"\n"),
        Paging { rounds_max: 1, verdict_within: minutes(5), heartbeat }
    );
    assert_eq!(
        paging("rounds = 10\nverdict_within = \"24h\"\n"),
        Paging { rounds_max: 10, verdict_within: minutes(24 * 60), heartbeat: None }
    );
    check_program(
        "[break_glass]\nrounds = 0\nverdict_within = \"299s\"\n",
        expect![[r#"
        gatehouse.toml:9: break_glass.rounds: must be from 1 to 10
        gatehouse.toml:10: break_glass.verdict_within: must be from "5m" to "24h"
    "#]],
    );
    check_program(
        "[break_glass]\nrounds = 11\nverdict_within = \"1441m\"\n",
        expect![[r#"
        gatehouse.toml:9: break_glass.rounds: must be from 1 to 10
        gatehouse.toml:10: break_glass.verdict_within: must be from "5m" to "24h"
    "#]],
    );
    check_program(
        "[break_glass]\nheartbeat = \"https://beats.example/secret\"\n",
        expect![[r#"
        gatehouse.toml:9: break_glass.heartbeat: must say where the secret is, not what it is
          hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
    "#]],
    );
}

#[test]
fn a_step_waits_from_a_minute_to_a_day_and_ten_steps_are_enough() {
    let waits = |wait: &str| format!("[[escalation]]\nchannels = [\"duty\"]\nwait = \"{wait}\"\n");
    let fine = [waits("60s"), waits("24h")].concat();
    check_both(&format!("{SHARED}{fine}"), &format!("{WATCHED}{fine}"), expect![[""]]);
    let wrong = [waits("59s"), waits("1441m")].concat();
    check_both(
        &format!("{SHARED}{wrong}"),
        &format!("{WATCHED}{wrong}"),
        expect![[r#"
        customers/contoso.toml:14: escalation[0].wait: must be from "1m" to "24h"
        customers/contoso.toml:17: escalation[1].wait: must be from "1m" to "24h"
        gatehouse.toml:15: escalation[0].wait: must be from "1m" to "24h"
        gatehouse.toml:18: escalation[1].wait: must be from "1m" to "24h"
    "#]],
    );
    check_both(&format!("{SHARED}{}", waits("5m").repeat(10)), "", expect![[""]]);
    check_both(
        &format!("{SHARED}{}", waits("5m").repeat(11)),
        "",
        expect![[r#"
        gatehouse.toml:13: escalation: holds 11, and may hold 10
    "#]],
    );
}

#[test]
fn accounts_that_page_nobody_are_an_error() {
    let page = "[[escalation]]\nchannels = [\"duty\"]\n";
    check_both(&format!("{SHARED}{page}"), WATCHED, expect![[""]]);
    check_both(SHARED, &format!("{WATCHED}{page}"), expect![[""]]);
    check_both(
        SHARED,
        WATCHED,
        expect![[r#"
        customers/contoso.toml:10: break_glass.accounts: would page nobody: there is no [[escalation]], here or in gatehouse.toml
          hint: write an [[escalation]] with the `channels` that are told
    "#]],
    );
    check_both(
        SHARED,
        "[break_glass]\nwebhook = { key = \"env:KEY\" }\n",
        expect![[r#"
        customers/contoso.toml:8: warning: break_glass: names no `accounts`: no account is watched here
        customers/contoso.toml:9: break_glass.webhook: would page nobody: there is no [[escalation]], here or in gatehouse.toml
          hint: write an [[escalation]] with the `channels` that are told
    "#]],
    );
    // Nobody needs to be paged about a customer without accounts and alerts.
    check_both(SHARED, "", expect![[""]]);
}

/// A channel that cannot be sent to is no channel, whoever's it is.
#[test]
fn steps_without_a_channel_that_can_be_sent_to_page_nobody() {
    let empty = "[channels.empty]\nurl = \"https://x.example\"\n";
    let page = "[[escalation]]\nchannels = [\"empty\"]\n";
    check_both(
        &format!("{SHARED}{empty}{page}"),
        WATCHED,
        expect![[r#"
        customers/contoso.toml:10: break_glass.accounts: would page nobody: no channel of [[escalation]] can be sent to
          hint: write an [[escalation]] with the `channels` that are told
        gatehouse.toml:13: channels.empty: names no service
          hint: one of teams, slack, pagerduty, webhook, mail, smtp, jsm, sns, twilio, servicenow
    "#]],
    );
    check_both(
        SHARED,
        &format!("{WATCHED}{empty}{page}"),
        expect![[r#"
        customers/contoso.toml:10: break_glass.accounts: would page nobody: no channel of [[escalation]] can be sent to
          hint: write an [[escalation]] with the `channels` that are told
        customers/contoso.toml:12: channels.empty: names no service
          hint: one of teams, slack, pagerduty, webhook, mail, smtp, jsm, sns, twilio, servicenow
    "#]],
    );
    let with_another = "[[escalation]]\nchannels = [\"empty\", \"ops\"]\n";
    check_both(
        SHARED,
        &format!("{WATCHED}{empty}{with_another}"),
        expect![[r#"
        customers/contoso.toml:12: channels.empty: names no service
          hint: one of teams, slack, pagerduty, webhook, mail, smtp, jsm, sns, twilio, servicenow
    "#]],
    );
}

#[test]
fn a_customers_steps_name_channels_that_exist_and_its_channels_are_named() {
    check_both(
        SHARED,
        &format!(
            r#"{WATCHED}
[channels.soc]
teams = "env:SOC"
[channels.Spare]
teams = "env:SPARE"
[channels.broken]
teams = "a secret"
[[escalation]]
channels = ["sok", "dutty", "broken", "nobody", "ops"]
"#
        ),
        expect![[r#"
            customers/contoso.toml:13: warning: channels.soc: is told nothing: no [[escalation]] of this customer names it
            customers/contoso.toml:15: channels.Spare: is not a name: 1 to 64 of the characters a-z, 0-9, - and _
            customers/contoso.toml:15: warning: channels.Spare: is told nothing: no [[escalation]] of this customer names it
            customers/contoso.toml:18: channels.broken.teams: must say where the secret is, not what it is
              hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
            customers/contoso.toml:20: escalation[0].channels[0]: there is no such channel, here or in gatehouse.toml
              hint: did you mean `soc`?
            customers/contoso.toml:20: escalation[0].channels[1]: there is no such channel, here or in gatehouse.toml
              hint: did you mean `duty`?
            customers/contoso.toml:20: escalation[0].channels[3]: there is no such channel, here or in gatehouse.toml
              hint: describe it in a table [channels.<name>]
        "#]],
    );
}

#[test]
fn whoever_may_raise_alerts_that_page_nobody_is_told() {
    let caller = |customers: &str| {
        format!("{SHARED}[callers.monitor]\nauth = {{ api_key = \"env:M\" }}\nmay = [\"alert\"]\n{customers}")
    };
    let own = "[[escalation]]\nchannels = [\"duty\"]\n";
    check_both(
        &caller(""),
        own,
        expect![[r#"
        gatehouse.toml:15: warning: callers.monitor.may: may raise alerts that would page nobody: there is no [[escalation]]
          hint: write an [[escalation]] with the `channels` that are told
    "#]],
    );
    check_both(&caller("customers = [\"contoso\"]"), own, expect![[""]]);
    check_both(
        &caller("customers = [\"contoso\"]"),
        "",
        expect![[r#"
        gatehouse.toml:15: warning: callers.monitor.may: may raise alerts that would page nobody: there is no [[escalation]]
          hint: write an [[escalation]] with the `channels` that are told
    "#]],
    );
    check_both(&format!("{}{own}", caller("")), "", expect![[""]]);
}
