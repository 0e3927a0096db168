//! `requests` and `invite` as people type them.

use super::{Ended, Terminal};
use crate::cli::wishes::{CSV_BYTES_MAX, ROWS_MAX, hours};
use expect_test::expect;
use serde_json::Value;
use std::fs;
use std::time::Duration;

/// Walid for the security team, asked for by Dora.
const WALID: &str = "invite fabrikam security walid@northwind.example --for 8h --ticket INC0012345 --reason firewall \
                     --by dora@northwind.example";
const LEAD: &str = "--by lead@northwind.example";

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap()
}

impl Terminal {
    /// Invites Walid and returns the first digits of the request.
    async fn walid(&self) -> String {
        let asked = self.check(&format!("{WALID} --format json"), 0).await;
        json(&asked)["rows"][0]["request"]["id"].as_str().unwrap()[..8].to_owned()
    }

    /// How many requests there are.
    async fn requests(&self) -> usize {
        json(&self.check("requests --format json", 0).await)["invitations"].as_array().unwrap().len()
    }

    fn file(&self, text: &str) -> String {
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
    let approved = terminal.check(&format!("requests approve {id} {LEAD} --comment agreed"), 0).await;
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
    let ended = terminal.check(&format!("requests cancel {id} {LEAD} --comment done"), 0).await;
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
        error: is none of those who approve now (forbidden)
        approve ID5531 --by lead
        error: --by lead: not an e-mail address
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
async fn the_same_wish_is_the_same_request_and_under_another_key_another_one() {
    let terminal = Terminal::new();
    let id = terminal.walid().await;
    let again = terminal.check(WALID, 0).await;
    assert_eq!(again.err, "asked for before, at 2026-03-02T08:00:00Z: it is the same request\n");
    assert!(again.out.starts_with(&format!("request {id}: ")), "{}", again.out);
    let longer = terminal.check(&WALID.replace("8h", "9h"), 1).await;
    assert!(longer.err.contains("asked for before, for 8 hours: extend"), "{}", longer.err);
    terminal.check(&format!("{WALID} --key second"), 0).await;
    terminal.check(&format!("{WALID} --key second"), 0).await;
    let other = terminal.check(&format!("{} --key second", WALID.replace("8h", "9h")), 1).await;
    assert!(other.err.contains("(idempotency_key_reused)"), "{}", other.err);
    assert_eq!(terminal.requests().await, 2);
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
    terminal.check(&format!("requests reject {second} {LEAD} --comment no"), 0).await;
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
    terminal.check(&format!("requests extend {id} --for 72h --by dora@northwind.example"), 0).await;
}

#[tokio::test(start_paused = true)]
async fn everything_for_which_the_policy_refuses_is_told_at_once() {
    let terminal = Terminal::new();
    let line = "fabrikam security eve@southridge.example --for 73h --reason x --by dora@northwind.example";
    for dry in ["", " --dry-run"] {
        let refused = terminal.check(&format!("invite {line}{dry}"), 1).await;
        expect![[r#"
            error: MAIL: the mail domain is not one of those that may be invited to this customer (domain_not_allowed)
            error: --for: must be a whole number from 1 to 72 (duration_too_long)
            error: --ticket: this package is given on a ticket only: name its number (ticket_required)

            hint: nothing was asked for; [packages.requests] in the customer's file says who may ask for what,
                  how long
        "#]]
        .assert_eq(&refused.err);
    }
    for (line, said) in [
        ("nobody security walid@northwind.example --for 8h --reason x", "CUSTOMER: there is no such customer"),
        ("fabrikam none walid@northwind.example --for 8h --reason x", "PACKAGE: the customer has no package"),
        ("fabrikam operations walid@northwind.example --for 8h --reason x", "PACKAGE: nobody can ask for this package"),
        ("fabrikam security walid --for 8h --reason x", "MAIL: not an e-mail address"),
        (
            "fabrikam security walid@northwind.example --for 8 --reason x",
            "--for: whole hours or days, such as 8h or 2d",
        ),
        ("fabrikam security walid@northwind.example --for 8h", "the following required arguments"),
        ("fabrikam security --for 8h --reason x", "the following required arguments"),
        ("fabrikam security walid@northwind.example --csv x --for 8h --reason x", "cannot be used with"),
    ] {
        let refused = terminal.check(&format!("invite {line} --by dora@northwind.example"), 1).await;
        assert!(refused.err.contains(said), "{line}: {}", refused.err);
    }
    let allowed = terminal.check(&format!("{WALID} --dry-run"), 0).await;
    assert_eq!(allowed.out, "allowed by the policy; nothing was asked for\n");
    assert!(!terminal.home.folder.join("state/requests").exists(), "nothing was asked for");
    assert!(terminal.home.world.sim.effects().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_file_of_wishes_has_a_result_for_each_line() {
    let terminal = Terminal::new();
    terminal.walid().await;
    let file = terminal.file(
        "customer,package,mail,for,ticket,reason,given_name\n\
         fabrikam,security,walid@northwind.example,8h,INC0012345,firewall,\n\
         fabrikam,security,xenia@northwind.example,2d,INC0012346,\"a firewall,\nand its rules\",Xenia\n\n\
         fabrikam,security,eve@southridge.example,8h,,firewall,\n\
         fabrikam,operations,yusuf@northwind.example,8h,INC0012345,firewall,\n",
    );
    let command = format!("invite --csv {file} --by dora@northwind.example");
    let dry = terminal.check(&format!("{command} --dry-run"), 1).await;
    expect![[r#"
        LINE  RESULT   REQUEST   CUSTOMER  PACKAGE     WHO
           2  allowed  -         fabrikam  security    walid@northwind.example
           3  allowed  -         fabrikam  security    xenia@northwind.example
           6  refused  -         fabrikam  security    eve@southridge.example
              ! mail: the mail domain is not one of those that may be invited to this customer
                (domain_not_allowed)
              ! ticket: this package is given on a ticket only: name its number (ticket_required)
           7  refused  -         fabrikam  operations  yusuf@northwind.example
              ! package: nobody can ask for this package: it has no [packages.requests] (not_requestable)
        4 wishes: 2 allowed by the policy, 2 refused
    "#]]
    .assert_eq(&dry.out);
    assert_eq!(terminal.requests().await, 1);
    let asked = terminal.check(&command, 1).await;
    expect![[r#"
        LINE  RESULT   REQUEST   CUSTOMER  PACKAGE     WHO
           2  again    eb0e7531  fabrikam  security    walid@northwind.example
              ? waiting_approval: waits for 1 approval by lead@northwind.example, until 2026-03-09 08:00 UTC
           3  made     3cd2a626  fabrikam  security    xenia@northwind.example
              ? waiting_approval: waits for 1 approval by lead@northwind.example, until 2026-03-09 08:00 UTC
           6  refused  -         fabrikam  security    eve@southridge.example
              ! mail: the mail domain is not one of those that may be invited to this customer
                (domain_not_allowed)
              ! ticket: this package is given on a ticket only: name its number (ticket_required)
           7  refused  -         fabrikam  operations  yusuf@northwind.example
              ! package: nobody can ask for this package: it has no [packages.requests] (not_requestable)
        4 wishes: 1 made, 1 asked before, 2 refused
    "#]]
    .assert_eq(&asked.out);
    let again = json(&terminal.check(&format!("{command} --format json"), 1).await);
    let results: Vec<_> = again["rows"].as_array().unwrap().iter().map(|row| (&row["line"], &row["result"])).collect();
    expect![[r#"[(Number(2), String("again")), (Number(3), String("again")), (Number(6), String("refused")), (Number(7), String("refused"))]"#]].assert_eq(&format!("{results:?}"));
    assert_eq!(again["rows"][1]["request"]["invitee"]["givenName"], "Xenia");
    assert_eq!(again["rows"][2]["reasons"][0]["part"], "mail");
    assert_eq!(terminal.requests().await, 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for_while_any_line_of_a_file_cannot_be_read() {
    let terminal = Terminal::new();
    let good = "fabrikam,security,walid@northwind.example,8h,INC0012345,firewall";
    let head = "customer,package,mail,for,ticket,reason";
    let mut told = String::new();
    for text in [
        String::new(),
        format!("{head}\n"),
        format!("{good}\n"),
        format!("customer;package;mail;for;ticket;reason\n{}\n", good.replace(',', ";")),
        format!("{head},reason\n{good},x\n"),
        format!("{head}\n{good}\n{good},x\n"),
        format!("{head}\n{good}\n,security,walid,8,INC0012345,\n"),
        format!("{head}\n{good}\nfabrikam,security,xenia@northwind.example,0h,INC1,\u{202e}x\n"),
    ] {
        let file = terminal.file(&text);
        let ended = terminal.check(&format!("invite --csv {file} --by dora@northwind.example"), 1).await;
        assert_eq!(ended.out, "");
        let lines = ended.err.lines().filter(|line| line.starts_with(&file));
        lines.for_each(|line| told.push_str(&format!("{}\n", line.replace(&file, "wishes.csv"))));
        told.push('\n');
    }
    expect![[r#"
        wishes.csv:1: none of the columns is named
        wishes.csv:1: the first line names the columns, with commas in between: customer,package,mail,for,ticket,reason; and perhaps given_name,surname

        wishes.csv:1: nothing below the names of the columns

        wishes.csv:1: none of the columns is named
        wishes.csv:1: the first line names the columns, with commas in between: customer,package,mail,for,ticket,reason; and perhaps given_name,surname

        wishes.csv:1: none of the columns is named
        wishes.csv:1: the first line names the columns, with commas in between: customer,package,mail,for,ticket,reason; and perhaps given_name,surname

        wishes.csv:1: reason: this column is named twice
        wishes.csv:1: the first line names the columns, with commas in between: customer,package,mail,for,ticket,reason; and perhaps given_name,surname

        wishes.csv:3: 7 cells, and the first line names 6 columns (quote what holds a comma)

        wishes.csv:3: customer: is missing
        wishes.csv:3: mail: not an e-mail address
        wishes.csv:3: reason: is missing
        wishes.csv:3: for: whole hours or days, such as 8h or 2d

        wishes.csv:3: reason: holds characters that cannot be seen
        wishes.csv:3: for: at least one hour

    "#]].assert_eq(&told);
    assert_eq!(terminal.requests().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_up_to_its_limits_and_with_a_byte_order_mark() {
    let terminal = Terminal::new();
    let head = "customer,package,mail,for,ticket,reason";
    let row = "fabrikam,security,walid@northwind.example,8h,INC0012345,firewall\n";
    let command = |file: String| format!("invite --csv {file} --by dora@northwind.example --dry-run");
    let late = terminal.file(&format!("\u{feff}{head}\r\n\r\n\r\n{}", row.replace("8h", "8")));
    let late = terminal.check(&command(late), 1).await;
    assert!(late.err.contains("wishes.csv:4: for: "), "{}", late.err);
    let most = terminal.check(&command(terminal.file(&format!("\u{feff}{head}\n{}", row.repeat(ROWS_MAX)))), 0).await;
    assert!(most.out.ends_with("1000 wishes: 1000 allowed by the policy\n"), "{}", &most.out[most.out.len() - 100..]);
    let more = terminal.check(&command(terminal.file(&format!("{head}\n{}", row.repeat(ROWS_MAX + 1)))), 1).await;
    assert!(more.err.contains("more than 1000 wishes: split the file"), "{}", more.err);
    let padded = |bytes: usize| {
        let text = format!("{head}\n{row}");
        format!("{text}{}", "\n".repeat(bytes - text.len()))
    };
    terminal.check(&command(terminal.file(&padded(CSV_BYTES_MAX))), 0).await;
    let large = terminal.check(&command(terminal.file(&padded(CSV_BYTES_MAX + 1))), 1).await;
    assert!(large.err.contains("is larger than 1048576 bytes: split it"), "{}", large.err);
    let missing = terminal.check(&command("/nowhere.csv".into()), 1).await;
    assert!(missing.err.starts_with("error: the file /nowhere.csv cannot be read: "), "{}", missing.err);
}

#[tokio::test(start_paused = true)]
async fn comments_and_keys_have_a_length() {
    let terminal = Terminal::new();
    let id = terminal.walid().await;
    let comment = |length: usize| format!("requests cancel {id} {LEAD} --comment {}", "x".repeat(length));
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
    terminal.check(&format!("requests cancel {id} {LEAD} --comment done"), 0).await;
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
    let rejected = terminal.check(&format!("requests reject {id} {LEAD} --comment \u{1b}[2Jgone"), 0).await;
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

#[test]
fn times_are_whole_hours() {
    for (text, read) in [("1h", 1), ("24h", 24), ("1d", 24), ("366d", 8784), ("99999999999h", u32::MAX)] {
        assert_eq!(hours(text), Ok(read), "{text}");
    }
    for text in ["", "h", "8", "0h", "0d", "90m", "-1h", "1.5h", "8 h", "٨h", "1h1h"] {
        assert!(hours(text).is_err(), "{text}");
    }
}
