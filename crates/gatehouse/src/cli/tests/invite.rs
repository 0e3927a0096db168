//! `invite` as people type it, and the files of wishes.

use super::Terminal;
use super::requests::{WALID, json};
use crate::cli::wishes::{CSV_BYTES_MAX, ROWS_MAX, hours};
use expect_test::expect;

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
        ("fabrikam security walid --for 8h --reason x", "MAIL: not a mail address"),
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
        wishes.csv:3: mail: not a mail address
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

#[test]
fn times_are_whole_hours() {
    for (text, read) in [("1h", 1), ("24h", 24), ("1d", 24), ("366d", 8784), ("99999999999h", u32::MAX)] {
        assert_eq!(hours(text), Ok(read), "{text}");
    }
    for text in ["", "h", "8", "0h", "0d", "90m", "-1h", "1.5h", "8 h", "٨h", "1h1h"] {
        assert!(hours(text).is_err(), "{text}");
    }
}
