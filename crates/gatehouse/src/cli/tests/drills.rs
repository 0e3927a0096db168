//! `drill` as people type it, in virtual time.

use super::incidents::{BG2, LEAD};
use super::requests::json;
use super::{Ended, Terminal};
use crate::demo::BG1;
use cloud_sim::{Fault, What, When};
use expect_test::expect;
use std::time::Duration;

const DRILL: &str = "drill contoso --announce 30m --account bg1@contoso.onmicrosoft.com --by dora@northwind.example \
                     --with lead@northwind.example";

impl Terminal {
    async fn wait(&self, seconds: u64) {
        self.doors.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// What the two do while the command waits: one signs in, the other answers and judges.
    async fn as_agreed(&self, verdict: &str) {
        self.wait(60).await;
        let id = self.signs_in(BG1, "sign-in-1").await;
        self.wait(20).await;
        self.check(&format!("incidents acknowledge {id} {LEAD}"), 0).await;
        self.wait(100).await;
        self.check(&format!("incidents verdict {id} {verdict} {LEAD}"), 0).await;
    }

    /// Seconds that the command took, and how it ended.
    async fn timed(&self, line: &str) -> (u64, Ended) {
        let begun = self.doors.clock.monotonic();
        let ended = self.run(line).await;
        ((self.doors.clock.monotonic() - begun).as_secs(), ended)
    }
}

#[tokio::test(start_paused = true)]
async fn a_drill_that_goes_as_it_should_tells_each_stage_and_is_kept() {
    let terminal = Terminal::new();
    let (ended, ()) = tokio::join!(terminal.check(DRILL, 0), terminal.as_agreed("drill"));
    expect![[r#"
        the drill is announced until 2026-03-02 08:30:00 UTC; told: duty
        now sign in once with bg1@contoso.onmicrosoft.com, as dora@northwind.example or lead@northwind.example
        2026-03-02 08:01:00 UTC  alert received
        2026-03-02 08:01:00 UTC  first page taken, 0.0 s later
        2026-03-02 08:01:20 UTC  acknowledged, 20 s later, by lead@northwind.example
        2026-03-02 08:03:00 UTC  verdict, 1 min 40 s later: drill, by lead@northwind.example
    "#]]
    .assert_eq(&ended.err);
    expect![[r#"
        drill of contoso with bg1@contoso.onmicrosoft.com: passed
          announced         2026-03-02 08:00:00 UTC, by dora@northwind.example and lead@northwind.example,
                            until 2026-03-02 08:30 UTC
          told beforehand   duty
          sign-in           not said by the alert
          alert received    2026-03-02 08:01:00 UTC
          first page taken  2026-03-02 08:01:00 UTC, 0.0 s later
          acknowledged      2026-03-02 08:01:20 UTC, 20 s later, by lead@northwind.example
          verdict           2026-03-02 08:03:00 UTC, 1 min 40 s later: drill, by lead@northwind.example
          paged             duty
          incident          gatehouse incidents show 9675bdde
    "#]]
    .assert_eq(&ended.out);
    // The drill's end and the incident's are told at the same moment, by two processes.
    let mut heard = terminal.heard();
    heard
        .iter()
        .position(|line| line.starts_with("DRILL resolved"))
        .into_iter()
        .for_each(|first| heard[first..].sort());
    expect![[r#"
        DRILL triggered, info: Announced: one sign-in with the break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd, until 2026-03-02 08:30 UTC
        DRILL triggered, warning: The break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd signed in
        DRILL acknowledged, warning: The break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd signed in
        DRILL resolved, info: The drill with the break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd passed
        DRILL resolved, warning: The break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd signed in"#]].assert_eq(&heard.join("\n"));
    assert_eq!(terminal.check("drill contoso", 0).await.out, ended.out);
    let shown = json(&terminal.check("drill contoso --show --format json", 0).await);
    let drill = &shown["drills"][0];
    assert_eq!((&drill["passed"], drill["seconds"]["pageToAcknowledgement"].as_f64()), (&true.into(), Some(20.0)));
    let tenant = terminal.home.place().load().unwrap().config.unwrap().customers[1].tenant_id;
    let place = terminal.home.place();
    let engine = place.engine(std::sync::Arc::new(place.load().unwrap().config.unwrap())).unwrap();
    let passed = engine.last_drill(tenant).await.unwrap().unwrap();
    assert_eq!(passed.to_string(), drill["ended"]["at"].as_str().unwrap());
    terminal.minute().await;
    terminal.minute().await;
    let kept = terminal.journalled("drill").await;
    assert_eq!((kept.len(), &kept[0]["id"]), (1, &drill["id"]));
    assert_eq!(terminal.journalled("incident").await.len(), 1);
    terminal.check("journal verify", 0).await;
    // With a drill on record nothing is known to be wrong of a tenant that shuts us out: unknown is not failed.
    let shut = Fault::new("POST /*/oauth2/v2.0/token", When::Every, What::SignIn(700016));
    terminal.home.world.sim.fault(shut);
    let audited = terminal.check("audit break-glass contoso", 2).await;
    assert!(audited.out.contains("27 are unknown"), "{}", audited.out);
}

#[tokio::test(start_paused = true)]
async fn a_drill_at_which_nothing_comes_fails_at_the_end_of_its_window_and_says_where_to_look() {
    let terminal = Terminal::new();
    let (seconds, ended) = terminal.timed(DRILL).await;
    assert_eq!((ended.status, seconds), (1, 1800));
    expect![[r#"
        the drill is announced until 2026-03-02 08:30:00 UTC; told: duty
        now sign in once with bg1@contoso.onmicrosoft.com, as dora@northwind.example or lead@northwind.example
        the drill of contoso FAILED: no alert came, and the sign-in log was not seen to show a sign-in either
    "#]]
    .assert_eq(&ended.err);
    expect![[r#"
        drill of contoso with bg1@contoso.onmicrosoft.com: FAILED: no alert came, and the sign-in log was
        not seen to show a sign-in either
          announced         2026-03-02 08:00:00 UTC, by dora@northwind.example and lead@northwind.example,
                            until 2026-03-02 08:30 UTC
          told beforehand   duty
          sign-in           -
          alert received    -
          first page taken  -
          acknowledged      -
          verdict           -

        what to look at
          - whether bg1@contoso.onmicrosoft.com signed in at all: the customer's sign-in log
          - the export: the customer's diagnostic setting sends SignInLogs to its workspace
          - the alert rule (none is named in the customer's file): enabled, looking at least every 5
            minutes, its query holding the object id eeeeeeee-0000-4000-8000-000000000041
          - the action group (none is named in the customer's file): enabled, named by the rule, and not
            silenced by an alert processing rule
          - its webhook: POST to /api/v1/alerts/contoso, with the key or audience of [break_glass.webhook];
            a call that was turned away is in this program's log and makes an incident
          - watch_sign_ins: it did not see the sign-in either; this program's log says whether it may read
            that log
    "#]]
    .assert_eq(&ended.out);
    let (seconds, again) = terminal.timed("drill contoso --wait").await;
    assert_eq!((again.status, seconds), (1, 0), "it is over");
    terminal.wait(1).await;
    let late = terminal.signs_in(BG1, "sign-in-1").await;
    let shown = json(&terminal.check(&format!("incidents show {late} --format json"), 0).await);
    assert_eq!((&shown["drill"], &shown["severity"]), (&false.into(), &"critical".into()), "the window is closed");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_announced_is_refused_and_nobody_is_told() {
    let terminal = Terminal::new();
    let mut told = String::new();
    for (from, to) in [
        ("lead@northwind.example", "Dora+drill@Northwind.example"),
        ("lead@northwind.example", "lead"),
        ("bg1@", "bg3@"),
        ("contoso --", "fabrikam --"),
        ("contoso --", "nobody --"),
        ("30m", "4m"),
        ("30m", "241m"),
        ("30m", "30"),
        ("--with lead@northwind.example", ""),
    ] {
        let line = DRILL.replacen(from, to, 1);
        let ended = terminal.check(&line, 1).await;
        let error = ended.err.lines().take(2).collect::<Vec<_>>().join(" ");
        told.push_str(&format!("{from} -> {to}\n  {error}\n"));
    }
    expect![[r#"
        lead@northwind.example -> Dora+drill@Northwind.example
          error: dora@northwind.example and Dora+drill@northwind.example may be one person: a drill has two, so that nobody can use an account and call it a drill 
        lead@northwind.example -> lead
          error: lead is not a mail address; a drill has two named persons 
        bg1@ -> bg3@
          error: bg3@contoso.onmicrosoft.com is no break-glass account of contoso: bg1@contoso.onmicrosoft.com, bg2@contoso.onmicrosoft.com 
        contoso -- -> fabrikam --
          error: fabrikam has no break-glass accounts: declare them in its file, [break_glass] 
        contoso -- -> nobody --
          error: there is no customer named "nobody" in the configuration 
        30m -> 4m
          error: a drill's window is at least 5 minutes and at most 4 hours 
        30m -> 241m
          error: a drill's window is at least 5 minutes and at most 4 hours 
        30m -> 30
          error: invalid value '30' for '--announce <DURATION>': whole minutes or hours, such as 30m or 2h 
        --with lead@northwind.example -> 
          error: the following required arguments were not provided:   --with <MAIL>
    "#]].assert_eq(&told);
    assert_eq!(terminal.heard(), [""; 0]);
    assert_eq!(terminal.check("drill contoso", 0).await.out, "no drills\n");
    let nothing = terminal.check("drill contoso --wait", 1).await;
    assert!(nothing.err.starts_with("error: no drill was ever announced for contoso\n"), "{}", nothing.err);
    for fit in ["5m", "240m", "4h"] {
        terminal.check(&format!("{} --no-wait --again", DRILL.replace("30m", fit)), 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_drill_waits_for_the_first_or_takes_its_place() {
    let terminal = Terminal::new();
    terminal.check(&format!("{DRILL} --no-wait"), 0).await;
    terminal.heard();
    let second = DRILL.replace("bg1@", "bg2@");
    let refused = terminal.check(&second, 1).await;
    expect![[r#"
        error: a drill with bg1@contoso.onmicrosoft.com goes on until 2026-03-02 08:30 UTC, announced by dora@northwind.example and lead@northwind.example; --again announces another one in its place

        hint: nothing was announced
    "#]].assert_eq(&refused.err);
    assert_eq!(terminal.heard(), [""; 0]);
    terminal.check(&format!("{second} --again --no-wait"), 0).await;
    expect![[r#"
        DRILL resolved, info: The drill with the break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd FAILED
        DRILL triggered, info: Announced: one sign-in with the break-glass account bg2@contoso.onmicrosoft.com of Contoso Ltd, until 2026-03-02 08:30 UTC"#]].assert_eq(&terminal.heard().join("\n"));
    let first = terminal.signs_in(BG1, "sign-in-1").await;
    let other = terminal.signs_in(BG2, "sign-in-2").await;
    let further = terminal.signs_in(BG2, "sign-in-3").await;
    let mut severities = Vec::new();
    for id in [first, other, further] {
        let shown = json(&terminal.check(&format!("incidents show {id} --format json"), 0).await);
        severities.push((shown["drill"].as_bool().unwrap(), shown["severity"].as_str().unwrap().to_owned()));
    }
    let real = || (false, "critical".to_owned());
    assert_eq!(severities, [real(), (true, "warning".to_owned()), real()], "one account, one sign-in");
    assert_eq!(terminal.heard().len(), 3, "everybody is paged for each of them");
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_was_not_told_is_a_loud_warning() {
    let terminal = Terminal::new();
    terminal.with_a_dead_channel();
    let ended = terminal.check(&format!("{DRILL} --no-wait"), 0).await;
    expect![[r#"
        WARNING: channel pager was not told of the drill (nobody.sim.example could not be reached): whoever is behind it will take it for real
        the drill is announced until 2026-03-02 08:30:00 UTC; told: duty
        now sign in once with bg1@contoso.onmicrosoft.com, as dora@northwind.example or lead@northwind.example
    "#]].assert_eq(&ended.err);
    let shown = json(&terminal.check("drill contoso --show --format json", 0).await);
    let told: Vec<_> = shown["drills"][0]["told"].as_array().unwrap().iter().map(|one| one["taken"].clone()).collect();
    assert_eq!(told, [true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_drill_goes_on_without_the_command_and_is_come_back_to() {
    let terminal = Terminal::new();
    terminal.check(&format!("{DRILL} --no-wait"), 0).await;
    let (ended, ()) = tokio::join!(terminal.check("drill contoso --wait", 0), terminal.as_agreed("drill"));
    assert!(ended.out.starts_with("drill of contoso with bg1@contoso.onmicrosoft.com: passed\n"), "{}", ended.out);
    terminal.check(&format!("{DRILL} --no-wait"), 0).await;
    terminal.heard();
    terminal.wait(1799).await;
    assert_eq!(terminal.minute().await, [""; 0]);
    terminal.wait(1).await;
    expect!["the drill of contoso is over: no alert came, and the sign-in log was not seen to show a sign-in either"]
        .assert_eq(&terminal.minute().await.join("\n"));
    expect![
        "DRILL resolved, info: The drill with the break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd FAILED"
    ]
    .assert_eq(&terminal.heard().join("\n"));
    assert_eq!(terminal.minute().await, [""; 0], "once");
    let shown = terminal.check("drill contoso", 0).await;
    let earlier = shown.out.split("\nearlier\n").nth(1).unwrap();
    assert_eq!(earlier, "  2026-03-02 08:00 UTC bg1@contoso.onmicrosoft.com passed, page to answer 20 s\n");
}

#[tokio::test(start_paused = true)]
async fn a_drill_that_was_judged_to_be_something_else_fails_at_once() {
    let terminal = Terminal::new();
    let (ended, ()) = tokio::join!(terminal.check(DRILL, 1), terminal.as_agreed("misuse"));
    assert!(ended.err.ends_with("the drill of contoso FAILED: the verdict is that it was no drill\n"), "{}", ended.err);
}

#[tokio::test(start_paused = true)]
async fn the_last_twenty_drills_are_kept() {
    let terminal = Terminal::new();
    for _ in 0..21 {
        terminal.check(&format!("{DRILL} --no-wait --again"), 0).await;
    }
    let shown = json(&terminal.check("drill contoso --format json", 0).await);
    let drills = shown["drills"].as_array().unwrap();
    assert_eq!(drills.len(), 20);
    assert_eq!(drills.iter().filter(|drill| drill["ended"]["missing"] == "replaced").count(), 19);
    terminal.home.place().build().await.unwrap().engine.follow_incidents().await.unwrap();
    assert_eq!(terminal.journalled("drill").await.len(), 20, "none is lost to the journal");
}
