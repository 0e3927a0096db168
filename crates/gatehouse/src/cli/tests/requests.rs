//! `requests` as people type it, and what `why` tells of them.

use super::{Ended, Terminal};
use expect_test::expect;
use serde_json::Value;
use std::fs;
use std::time::Duration;

/// Walid for the security team, asked for by Dora.
pub(super) const WALID: &str = "invite fabrikam security walid@northwind.example --for 8h --ticket INC0012345 --reason firewall \
                     --by dora@northwind.example";
const LEAD: &str = "--by lead@northwind.example";

pub(super) fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap()
}

impl Terminal {
    /// Invites Walid and returns the first digits of the request.
    pub(super) async fn walid(&self) -> String {
        let asked = self.check(&format!("{WALID} --format json"), 0).await;
        json(&asked)["rows"][0]["request"]["id"].as_str().unwrap()[..8].to_owned()
    }

    /// How many requests there are.
    pub(super) async fn requests(&self) -> usize {
        json(&self.check("requests --format json", 0).await)["invitations"].as_array().unwrap().len()
    }

    pub(super) fn file(&self, text: &str) -> String {
        let path = self.home.folder.join("wishes.csv");
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

#[tokio::test(start_paused = true)]
async fn a_wish_becomes_a_request_that_the_lead_approves_and_ends() {
    let terminal = Terminal::new();
    terminal.check("sync fabrikam", 0).await;
    let asked = terminal.check(WALID, 0).await;
    expect![[r#"
        request eb0e7531: walid@northwind.example in security of fabrikam for 8 hours
          waiting_approval: waits for 1 approval by lead@northwind.example, until 2026-03-09 08:00 UTC
          gatehouse requests approve eb0e7531 --by MAIL
          gatehouse requests reject eb0e7531 --by MAIL
          gatehouse requests cancel eb0e7531 --by MAIL
    "#]]
    .assert_eq(&asked.out);
    let id = terminal.walid().await;
    let listed = terminal.check("requests", 0).await;
    expect![[r#"
        REQUEST   STATUS            CUSTOMER  PACKAGE   WHO                      UNTIL
        eb0e7531  waiting_approval  fabrikam  security  walid@northwind.example  for 8 h
          ? waits for 1 approval by lead@northwind.example, until 2026-03-09 08:00 UTC
        1 request: 1 waiting_approval
    "#]]
    .assert_eq(&listed.out);
    let approved = terminal.check(&format!("requests approve {id} {LEAD} --reason agreed"), 0).await;
    expect![[r#"
        request eb0e7531: walid@northwind.example in security of fabrikam until 2026-03-02 16:00 UTC
          active: in all of the package's places
    "#]]
    .assert_eq(&approved.out);
    terminal.home.world.sim.settle();
    let shown = terminal.check(&format!("requests show {id}"), 0).await;
    expect![[r#"
        request eb0e75317c86d5da57ca1b3837c63d99

          status     active: in all of the package's places
          who        walid@northwind.example
          what       package security in fabrikam
          how long   8 hours: 2026-03-02 08:00 UTC to 2026-03-02 16:00 UTC
          asked by   dora@northwind.example, through cli, 2026-03-02 08:00 UTC
          ticket     INC0012345
          reason     firewall

        what happened
          2026-03-02 08:00:00 UTC asked for by dora@northwind.example, as the caller says: firewall
          2026-03-02 08:00:00 UTC accepted by lead@northwind.example, as the caller says: agreed
          2026-03-02 08:00:00 UTC carrying it out began
          2026-03-02 08:00:00 UTC active: in all of the package's places

        what can be done
          gatehouse requests extend eb0e7531 --for HOURS --by MAIL
          gatehouse requests cancel eb0e7531 --by MAIL
    "#]]
    .assert_eq(&shown.out);
    let ended = terminal.check(&format!("requests cancel {id} {LEAD} --reason done"), 0).await;
    expect![[r#"
        request eb0e7531: walid@northwind.example in security of fabrikam until 2026-03-02 08:00 UTC
          active: cancelled by lead@northwind.example; no survey shows yet that the access is gone
    "#]]
    .assert_eq(&ended.out);
    terminal.check("requests --status cancelled --customer fabrikam", 0).await;
    let journal = terminal.check("journal fabrikam", 0).await;
    assert!(journal.out.contains("accepted by lead@northwind.example, as the caller says: agreed"), "{}", journal.out);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_decide_is_told_so_and_nothing_changes() {
    let terminal = Terminal::new();
    let id = terminal.walid().await;
    let mut told = String::new();
    for line in [
        format!("approve {id} --by dora@northwind.example"),
        format!("approve {id} --by walid+x@northwind.example"),
        format!("approve {id} --by stranger@northwind.example"),
        format!("approve {id} --by lead"),
        format!("extend {id} --for 9h {LEAD}"),
        format!("extend {id} --for 90m {LEAD}"),
        format!("approve 000000 {LEAD}"),
        format!("approve {} {LEAD}", &id[..5]),
        format!("approve {id}zz {LEAD}"),
    ] {
        let ended = terminal.check(&format!("requests {line}"), 1).await;
        assert_eq!(ended.out, "", "{line}");
        let error = ended.err.lines().next().unwrap().replace(&id[..5], "ID5");
        told.push_str(&format!("{}\n{error}\n", line.replace(&id[..5], "ID5")));
    }
    expect![[r#"
        approve ID5531 --by dora@northwind.example
        error: nobody decides about what they asked for (own_request)
        approve ID5531 --by walid+x@northwind.example
        error: nobody decides about access for themselves (own_request)
        approve ID5531 --by stranger@northwind.example
        error: stranger@northwind.example is none of those who approve now (forbidden)
        approve ID5531 --by lead
        error: --by lead: not a mail address
        extend ID5531 --for 9h --by lead@northwind.example
        error: only what is accepted and not over yet can last longer (wrong_state)
        extend ID5531 --for 90m --by lead@northwind.example
        error: invalid value '90m' for '--for <HOURS>': whole hours or days, such as 8h or 2d
        approve 000000 --by lead@northwind.example
        error: there is no request 000000 (not_found)
        approve ID5 --by lead@northwind.example
        error: "ID5" does not name a request: its id, or the first digits of it, at least 6
        approve ID5531zz --by lead@northwind.example
        error: "ID5531zz" does not name a request: its id, or the first digits of it, at least 6
    "#]]
    .assert_eq(&told);
    assert_eq!(
        json(&terminal.check(&format!("requests show {id} --format json"), 0).await)["status"],
        "waiting_approval"
    );
}

#[tokio::test(start_paused = true)]
async fn six_digits_name_a_request_and_those_of_two_name_none() {
    let terminal = Terminal::new();
    let id = terminal.walid().await;
    terminal.check(&format!("requests show {}", &id[..6]), 0).await;
    terminal.check(&format!("requests show {}", id[..6].to_uppercase()), 0).await;
    let folder = terminal.home.folder.join("state/requests");
    let whole = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    let twin = format!("{}{}", &whole[..31], if whole.ends_with('0') { '1' } else { '0' });
    let text = fs::read_to_string(folder.join(&whole)).unwrap();
    fs::write(folder.join(&twin), text.replace(&whole, &twin)).unwrap();
    let two = terminal.check(&format!("requests show {id}"), 1).await;
    assert!(two.err.starts_with(&format!("error: {id} begins more than one id: ")), "{}", two.err);
    terminal.check(&format!("requests show {whole}"), 0).await;
    let listed = terminal.check("requests", 0).await;
    assert!(listed.out.contains(&whole) && listed.out.contains(&twin), "{}", listed.out);
}

#[tokio::test(start_paused = true)]
async fn the_same_decision_by_the_same_person_again_is_no_mistake() {
    let terminal = Terminal::new();
    terminal.check("sync fabrikam", 0).await;
    let id = terminal.walid().await;
    terminal.check(&format!("requests approve {id} {LEAD}"), 0).await;
    let again = terminal.check(&format!("requests approve {id} {LEAD}"), 0).await;
    assert_eq!(again.err, "already approved by lead@northwind.example at 2026-03-02T08:00:00Z\n");
    terminal.check(&format!("requests reject {id} {LEAD}"), 1).await;
    terminal.check(&format!("requests cancel {id} {LEAD}"), 0).await;
    terminal.check(&format!("requests cancel {id} {LEAD}"), 0).await;
    terminal.check(&format!("{WALID} --key second"), 0).await;
    let list = json(&terminal.check("requests --status waiting_approval --format json", 0).await);
    let second = list["invitations"][0]["id"].as_str().unwrap();
    terminal.check(&format!("requests reject {second} {LEAD} --reason no"), 0).await;
    let again = terminal.check(&format!("requests reject {second} {LEAD}"), 0).await;
    assert_eq!(again.err, "already rejected by lead@northwind.example at 2026-03-02T08:00:00Z\n");
    terminal.check(&format!("requests reject {second} --by other@northwind.example"), 1).await;
}

#[tokio::test(start_paused = true)]
async fn an_extension_is_the_new_total_and_needs_an_approver() {
    let terminal = Terminal::new();
    terminal.check("sync fabrikam", 0).await;
    let id = terminal.walid().await;
    terminal.check(&format!("requests approve {id} {LEAD}"), 0).await;
    let extended = terminal.check(&format!("requests extend {id} --for 1d {LEAD} --format json"), 0).await;
    let extended = json(&extended);
    assert_eq!((&extended["durationHours"], &extended["endsAt"]), (&24.into(), &"2026-03-03T08:00:00Z".into()));
    for (time, code) in [("73h", "duration_too_long"), ("23h", "invalid_body")] {
        let refused = terminal.check(&format!("requests extend {id} --for {time} {LEAD}"), 1).await;
        assert!(refused.err.contains(code), "{time}: {}", refused.err);
    }
    terminal.check(&format!("requests extend {id} --for 72h {LEAD}"), 0).await;
    terminal.check(&format!("requests extend {id} --for 72h --by dora@northwind.example"), 1).await;
}

#[tokio::test(start_paused = true)]
async fn comments_and_keys_have_a_length() {
    let terminal = Terminal::new();
    let id = terminal.walid().await;
    let comment = |length: usize| format!("requests cancel {id} {LEAD} --reason {}", "x".repeat(length));
    terminal.check(&comment(1001), 1).await;
    terminal.check(&comment(1000), 0).await;
    let key = |length: usize| format!("{WALID} --key {}", "x".repeat(length));
    terminal.check(&key(256), 1).await;
    terminal.check(&key(255), 0).await;
}

#[tokio::test(start_paused = true)]
async fn why_tells_of_a_request_from_its_wish_to_its_end() {
    let terminal = Terminal::new();
    terminal.check("sync fabrikam", 0).await;
    let id = terminal.walid().await;
    let why = async || terminal.check("why fabrikam walid@northwind.example", 0).await.out;
    let waiting = why().await;
    expect![[r#"
        walid@northwind.example in fabrikam

        now
          walid@northwind.example is enabled at the partner
          package operations: not in any of its partner groups (gives group "Northwind operations")
          package security: not in any of its partner groups (gives group
          bbbbbbbb-0000-4000-8000-000000000051)
          package security: request eb0e75317c86d5da57ca1b3837c63d99 for 8 hours waits for 1 approval by
          lead@northwind.example

        the next run would do
          nothing

        what happened
          2026-03-02 08:00:00 UTC request eb0e75317c86d5da57ca1b3837c63d99: security asked for by
          dora@northwind.example, as the caller says: firewall
    "#]]
    .assert_eq(&waiting);
    terminal.check(&format!("requests approve {id} {LEAD}"), 0).await;
    terminal.doors.clock.sleep(Duration::from_secs(3600)).await;
    terminal.check(&format!("requests cancel {id} {LEAD} --reason done"), 0).await;
    terminal.check("sync fabrikam", 0).await;
    expect![[r#"
        walid@northwind.example in fabrikam

        now
          walid@northwind.example is enabled at the partner
          package operations: not in any of its partner groups (gives group "Northwind operations")
          package security: not in any of its partner groups (gives group
          bbbbbbbb-0000-4000-8000-000000000051)
          stands in the customer's tenant as guest 62ecb994-3c32-4c42-a90c-4be5a2569daa, invited by
          Gatehouse

        the next run would do
          nothing

        what happened
          2026-03-02 08:00:00 UTC request eb0e75317c86d5da57ca1b3837c63d99: security asked for by
          dora@northwind.example, as the caller says: firewall
          2026-03-02 08:00:00 UTC request eb0e75317c86d5da57ca1b3837c63d99: accepted by
          lead@northwind.example, as the caller says: approved
          2026-03-02 08:00:00 UTC request eb0e75317c86d5da57ca1b3837c63d99: carrying it out began
          2026-03-02 08:00:00 UTC granted security until 2026-03-02 16:00 UTC by request
          eb0e75317c86d5da57ca1b3837c63d99 (INC0012345), approved by lead@northwind.example
          2026-03-02 08:00:00 UTC invite_guest: not in the customer's tenant yet
          2026-03-02 08:00:00 UTC invite_guest: invited as guest 62ecb994-3c32-4c42-a90c-4be5a2569daa
          2026-03-02 08:00:00 UTC add_member group:bbbbbbbb-0000-4000-8000-000000000051: granted security
          until 2026-03-02 16:00 UTC by request eb0e75317c86d5da57ca1b3837c63d99
          2026-03-02 08:00:00 UTC add_member: done
          2026-03-02 08:00:00 UTC request eb0e75317c86d5da57ca1b3837c63d99: active: in all of the package's
          places
          2026-03-02 09:00:00 UTC request eb0e75317c86d5da57ca1b3837c63d99: ended before its time by
          lead@northwind.example, as the caller says: done
          2026-03-02 09:00:00 UTC request eb0e75317c86d5da57ca1b3837c63d99 ends at 2026-03-02 09:00 UTC
          instead, by lead@northwind.example: done
          2026-03-02 09:00:00 UTC stands as guest 62ecb994-3c32-4c42-a90c-4be5a2569daa (ours)
          2026-03-02 09:00:00 UTC remove_member group:bbbbbbbb-0000-4000-8000-000000000051: the grant has
          ended
          2026-03-02 09:00:00 UTC remove_member: done
          2026-03-02 09:00:00 UTC request eb0e75317c86d5da57ca1b3837c63d99 is over: a survey shows them in
          none of its places
    "#]]
    .assert_eq(&why().await);
    let nobody = terminal.check("why fabrikam xenia@northwind.example", 0).await;
    assert!(!nobody.out.contains(&id), "{}", nobody.out);
}

#[tokio::test(start_paused = true)]
async fn a_comment_cannot_give_orders_to_a_terminal() {
    let terminal = Terminal::new();
    let id = terminal.walid().await;
    let rejected = terminal.check(&format!("requests reject {id} {LEAD} --reason \u{1b}[2Jgone"), 0).await;
    let shown = terminal.check(&format!("requests show {id}"), 0).await;
    let why = terminal.check("why fabrikam walid@northwind.example", 0).await;
    for text in [rejected.out, shown.out, why.out] {
        assert!(text.contains("\u{fffd}[2Jgone") && !text.contains('\u{1b}'), "{text:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_nobody_knows_has_no_list() {
    let terminal = Terminal::new();
    assert_eq!(terminal.check("requests", 0).await.out, "no requests\n");
    assert_eq!(terminal.check("requests --customer adatum", 0).await.out, "no requests\n");
    let unknown = terminal.check("requests --customer nobody", 1).await;
    assert!(unknown.err.contains("there is no customer named \"nobody\""), "{}", unknown.err);
    terminal.check("requests --status gone", 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_file_keeps_nobody_in_and_lets_nobody_in() {
    let terminal = Terminal::new();
    let id = terminal.walid().await;
    let file = terminal.home.folder.join("customers/adatum.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("mode =", "mod =")).unwrap();
    for line in [format!("requests approve {id} {LEAD}"), WALID.to_owned()] {
        let refused = terminal.check(&line, 1).await;
        assert!(refused.err.contains("hint: nothing was done"), "{}", refused.err);
    }
    terminal.check(&format!("requests cancel {id} {LEAD}"), 0).await;
}
