//! `incidents` and `page --test` as people type them, and what the journal keeps of both.

use super::Terminal;
use super::requests::json;
use crate::demo::{BG1, sign_in};
use expect_test::expect;
use serde_json::Value;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

pub(super) const LEAD: &str = "--by lead@northwind.example";

/// The second account that Contoso's file declares.
pub(super) const BG2: (&str, &str) = ("eeeeeeee-0000-4000-8000-000000000042", "bg2@contoso.onmicrosoft.com");

impl Terminal {
    /// Somebody signs in, and the alert comes in: the first digits of its incident.
    pub(super) async fn signs_in(&self, account: (&str, &str), id: &str) -> String {
        let (status, answer) = sign_in(&self.home.place(), None, account, id).await.unwrap();
        assert_eq!(status.as_u16(), 202, "{answer}");
        answer["incidents"][0].as_str().unwrap()[..8].to_owned()
    }

    /// What the duty engineer heard since, a line each.
    pub(super) fn heard(&self) -> Vec<String> {
        let line = |told: &Value| {
            let data = &told["data"];
            let label = match (&data["test"], &data["drill"]) {
                (Value::Bool(true), _) => "TEST ",
                (_, Value::Bool(true)) => "DRILL ",
                _ => "",
            };
            let said = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
            format!("{label}{}, {}: {}", said("state"), said("severity"), said("title"))
        };
        self.home.duty.heard().iter().map(line).collect()
    }

    /// The minute timer.
    pub(super) async fn minute(&self) -> Vec<String> {
        self.home.place().build().await.unwrap().engine.follow_incidents().await.unwrap()
    }

    /// Pages go to a second channel as well, at which nobody is.
    pub(super) fn with_a_dead_channel(&self) {
        let path = self.home.folder.join("gatehouse.toml");
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("channels = [\"duty\"]", "channels = [\"duty\", \"pager\"]");
        let webhook = "webhook = { url = \"https://nobody.sim.example/x\", secret = \"file:duty-secret\" }";
        fs::write(path, format!("{text}\n[channels.pager]\n{webhook}\n")).unwrap();
    }

    /// The entries of this kind in the program's journal.
    pub(super) async fn journalled(&self, kind: &str) -> Vec<Value> {
        let journal = json(&self.check("journal --format json", 0).await);
        let blocks = journal["program"].as_array().unwrap().clone();
        let entries = blocks.iter().flat_map(|block| block["entries"].as_array().unwrap().clone());
        entries.filter(|entry| entry["entry"] == kind).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn an_incident_is_listed_shown_answered_and_judged() {
    let terminal = Terminal::new();
    assert_eq!(terminal.check("incidents", 0).await.out, "no incidents\n");
    let first = terminal.signs_in(BG1, "sign-in-1").await;
    terminal.doors.clock.sleep(Duration::from_secs(60)).await;
    let second = terminal.signs_in(BG2, "sign-in-2").await;
    let listed = terminal.check("incidents", 0).await;
    expect![[r#"
        INCIDENT  STATUS  SEVERITY  CUSTOMER  WHAT                                 OPENED
        3dd167a4  open    critical  contoso   sign_in bg2@contoso.onmicrosoft.com  2026-03-02 08:01 UTC
          ? nobody has answered; paged duty (step 1, round 1)
        9675bdde  open    critical  contoso   sign_in bg1@contoso.onmicrosoft.com  2026-03-02 08:00 UTC
          ? nobody has answered; paged duty (step 1, round 1)
        2 incidents: 2 open
    "#]]
    .assert_eq(&listed.out);
    assert_eq!(terminal.check("incidents list", 0).await.out, listed.out);
    let answered = terminal.check(&format!("incidents acknowledge {first} {LEAD} --reason calling"), 0).await;
    expect![[r#"
        incident 9675bdde: The break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd signed in
          acknowledged: lead@northwind.example looks after it; without a verdict by 2026-03-02 08:31 UTC
          people are paged again
          gatehouse incidents verdict 9675bdde drill|genuine|misuse|unknown --by MAIL
    "#]]
    .assert_eq(&answered.out);
    let judged = terminal.check(&format!("incidents verdict {first} genuine {LEAD} --reason agreed"), 0).await;
    expect![[r#"
        incident 9675bdde: The break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd signed in
          closed: genuine, says lead@northwind.example
    "#]]
    .assert_eq(&judged.out);
    let again = terminal.check(&format!("incidents verdict {first} genuine {LEAD}"), 0).await;
    expect![[r#"
        lead@northwind.example gave this verdict already, at 2026-03-02T08:01:00Z
    "#]]
    .assert_eq(&again.err);
    let shown = terminal.check(&format!("incidents show {first}"), 0).await;
    expect![[r#"
        incident 9675bddedbe22e8db2570bfcf7d61f01

          status     closed: genuine, says lead@northwind.example
          what       The break-glass account bg1@contoso.onmicrosoft.com of Contoso Ltd signed in
          kind       sign_in, critical
          customer   contoso
          account    bg1@contoso.onmicrosoft.com (eeeeeeee-0000-4000-8000-000000000041)
          sign-in    signed in (0), Azure Portal, from 203.0.113.77, id sign-in-1
          known      Rule: break-glass-sign-in
          heard      1 time: log_v2 fired at 2026-03-02 08:00:00 UTC

        pages
          2026-03-02 08:00:00 UTC page (step 1, round 1) to duty: taken
          2026-03-02 08:01:00 UTC word that somebody answered to duty: taken
          2026-03-02 08:01:00 UTC the verdict to duty: taken

        what happened
          2026-03-02 08:00:00 UTC opened
          2026-03-02 08:01:00 UTC acknowledged by lead@northwind.example: calling
          2026-03-02 08:01:00 UTC judged by lead@northwind.example: genuine: agreed
    "#]]
    .assert_eq(&shown.out);
    let open = json(&terminal.check("incidents --status open --format json", 0).await);
    let open: Vec<&str> = open["incidents"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(open.len() == 1 && open[0].starts_with(&second), "{open:?}");
    assert_eq!(terminal.check("incidents --customer fabrikam", 0).await.out, "no incidents\n");
    terminal.check("incidents --customer nobody", 1).await;
}

#[tokio::test(start_paused = true)]
async fn who_cannot_answer_is_told_so_and_nothing_changes() {
    let terminal = Terminal::new();
    let id = terminal.signs_in(BG1, "sign-in-1").await;
    terminal.check(&format!("incidents verdict {id} misuse {LEAD}"), 0).await;
    let before = terminal.check(&format!("incidents show {id}"), 0).await.out;
    let mut told = String::new();
    for line in [
        format!("acknowledge {id} {LEAD}"),
        format!("verdict {id} genuine {LEAD}"),
        format!("verdict {id} harmless {LEAD}"),
        format!("acknowledge {id} --by lead"),
        format!("acknowledge {} {LEAD}", &id[..5]),
        format!("acknowledge 000000 {LEAD}"),
        format!("show {id}zz"),
    ] {
        let ended = terminal.check(&format!("incidents {line}"), 1).await;
        assert_eq!(ended.out, "", "{line}");
        told.push_str(&format!("{line}\n  {}\n", ended.err.lines().next().unwrap()));
    }
    expect![[r#"
        acknowledge ID5dde --by lead@northwind.example
          error: the incident is closed
        verdict ID5dde genuine --by lead@northwind.example
          error: the incident is closed
        verdict ID5dde harmless --by lead@northwind.example
          error: invalid value 'harmless' for '<VERDICT>'
        acknowledge ID5dde --by lead
          error: --by lead: not a mail address
        acknowledge ID5 --by lead@northwind.example
          error: "ID5" does not name an incident: its id, or the first digits of it, at least 6
        acknowledge 000000 --by lead@northwind.example
          error: there is no incident 000000
        show ID5ddezz
          error: "ID5ddezz" does not name an incident: its id, or the first digits of it, at least 6
    "#]]
    .assert_eq(&told.replace(&id[..5], "ID5"));
    assert_eq!(terminal.check(&format!("incidents show {id}"), 0).await.out, before);
}

#[tokio::test(start_paused = true)]
async fn a_test_page_goes_through_every_channel_and_says_which_took_it() {
    let terminal = Terminal::new();
    let fine = terminal.check(&format!("page --test contoso {LEAD}"), 0).await;
    expect![[r#"
        CHANNEL  TEST PAGE
        duty     taken
        1 of 1 channel took it; kept as incident aa927257
    "#]]
    .assert_eq(&fine.out);
    assert_eq!(terminal.heard(), ["TEST triggered, info: Break-glass pages reach this channel"]);
    terminal.with_a_dead_channel();
    let broken = terminal.check("page --test", 1).await;
    expect![[r#"
        CHANNEL  TEST PAGE
        duty     taken
        pager    NOT TAKEN: nobody.sim.example could not be reached
        1 of 2 channels took it; kept as incident 53167265
    "#]]
    .assert_eq(&broken.out);
    assert_eq!(terminal.heard().len(), 1, "the other channel gets its page all the same");
    let id = broken.out.trim().rsplit(' ').next().unwrap();
    let shown = terminal.check(&format!("incidents show {id}"), 0).await;
    expect![[r#"
        incident 53167265e9def1629156e04c136a29e3

          status     closed: a test: nobody has to do anything
          what       TEST A test of the channels of Northwind Managed Services
          kind       other, info
          customer   Northwind Managed Services
          known      What: test of the channels

        pages
          2026-03-02 08:00:00 UTC page (step 1, round 1) to duty: taken
          2026-03-02 08:00:00 UTC page (step 1, round 1) to pager: given up: nobody.sim.example could not be
          reached

        what happened
          2026-03-02 08:00:00 UTC opened: somebody wanted to see whether pages arrive
    "#]]
    .assert_eq(&shown.out);
    for _ in 0..3 {
        terminal.doors.clock.sleep(Duration::from_secs(60)).await;
        terminal.minute().await;
    }
    assert_eq!(terminal.heard(), [""; 0], "nothing is tried again");
    assert_eq!(terminal.journalled("incident").await.len(), 2, "both tests are in the journal");
    terminal.check("page --test contoso --channel duty", 0).await;
    for line in ["page --test contoso --channel nobody", "page --test nobody", "page contoso"] {
        terminal.check(line, 1).await;
    }
    assert_eq!(terminal.heard().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_closed_incident_is_in_the_journal_once_however_often_somebody_looks() {
    let terminal = Terminal::new();
    let id = terminal.signs_in(BG1, "sign-in-1").await;
    terminal.minute().await;
    assert_eq!(terminal.journalled("incident").await.len(), 0, "it is not over");
    terminal.check(&format!("incidents verdict {id} drill {LEAD} --reason planned"), 0).await;
    for _ in 0..3 {
        terminal.minute().await;
    }
    terminal.check(&format!("pause contoso --until 1h {LEAD} --reason inventory"), 0).await;
    terminal.minute().await;
    let kept = terminal.journalled("incident").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["verdict"]["verdict"], "drill");
    assert!(kept[0]["history"].as_array().unwrap().iter().any(|line| line["what"] == "judged"), "{}", kept[0]);
    let verified = terminal.check("journal verify", 0).await;
    assert!(verified.out.contains("program: ok, 2 blocks, 2 entries"), "{}", verified.out);
    let read = terminal.check("journal", 0).await;
    let line = read.out.lines().find(|line| line.contains("incident")).unwrap();
    expect!["2026-03-02 08:00:00 UTC  program  incident 9675bddedbe22e8db2570bfcf7d61f01 in contoso: sign_in of bg1@contoso.onmicrosoft.com (critical), opened 2026-03-02 08:00:00 UTC, paged duty; drill by lead@northwind.example, as the caller says: planned"].assert_eq(line);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_incidents_are_copied_into_the_journal_in_a_minute_and_the_others_in_the_next() {
    let terminal = Terminal::new();
    let place = terminal.home.place();
    let engine = place.engine(Arc::new(place.load().unwrap().config.unwrap())).unwrap();
    for _ in 0..101 {
        engine.page_test(Some("contoso"), None, None, |_| ()).await.unwrap();
    }
    let mut copied = Vec::new();
    for _ in 0..3 {
        engine.follow_incidents().await.unwrap();
        copied.push(terminal.journalled("incident").await.len());
    }
    assert_eq!(copied, [100, 101, 101]);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_dies_leaves_at_most_a_copy_more_which_the_reader_folds() {
    let terminal = Terminal::new();
    let id = terminal.signs_in(BG1, "sign-in-1").await;
    terminal.check(&format!("incidents verdict {id} drill {LEAD}"), 0).await;
    // It died before it could say that it wrote the block: neither the incident nor the chain's end knows of it.
    let forget = |everything: bool| {
        let state = terminal.home.folder.join("state");
        let incident = fs::read_dir(state.join("incidents")).unwrap().next().unwrap().unwrap().path();
        let drop_part = |path: &std::path::Path, part: &str| {
            let mut document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            let found = document.as_object_mut().unwrap().remove(part).or_else(|| {
                document.as_object_mut().unwrap().values_mut().find_map(|inner| inner.as_object_mut()?.remove(part))
            });
            assert!(found.is_some(), "{}", path.display());
            fs::write(path, serde_json::to_vec(&document).unwrap()).unwrap();
        };
        drop_part(&incident, "journalled");
        if everything {
            drop_part(&state.join("orders"), "chain");
        }
        let name = incident.file_name().unwrap().to_owned();
        let marks = state.join("open/incidents");
        fs::create_dir_all(&marks).unwrap();
        fs::write(marks.join(name), br#"{"v":1,"at":"2026-03-02T08:00:00Z"}"#).unwrap();
    };
    forget(true);
    assert_eq!(terminal.minute().await, [""; 0]);
    assert_eq!(terminal.journalled("incident").await.len(), 1, "the block after the recorded end is known");
    // It died later, and somebody else recorded the end meanwhile.
    forget(false);
    assert_eq!(terminal.minute().await, [""; 0]);
    assert_eq!(terminal.journalled("incident").await.len(), 2, "a copy more");
    let read = terminal.check("journal", 0).await;
    assert_eq!(read.out.matches("incident ").count(), 1, "{}", read.out);
    terminal.check("journal verify", 0).await;
}
