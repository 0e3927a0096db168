//! Commands that a named person gives, as they are typed.

use super::Terminal;
use expect_test::expect;
use std::fs;

const ADATUM: &str = "77777777-7777-4777-8777-777777777777";

/// Who decides, and why.
const LEAD: &str = "--by lead@northwind.example --reason agreed";

impl Terminal {
    /// Changes a file of the configuration.
    pub(super) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.home.folder.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn every_command_teaches_by_its_help() {
    let terminal = Terminal::new();
    for command in ["adopt", "undo", "unveto", "forget", "offboard", "report", "journal rebuild"] {
        let help = terminal.check(&format!("{command} --help"), 0).await;
        assert!(help.out.contains("Example") && help.err.is_empty(), "{command}\n{}", help.out);
        assert!(help.out.lines().all(|line| line.chars().count() <= 110), "{command}\n{}", help.out);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_decided_without_a_name_and_a_reason() {
    let terminal = Terminal::new();
    terminal.check("sync adatum", 0).await;
    let commands = [
        "adopt adatum",
        "undo r1 --customer adatum",
        "unveto adatum paula@northwind.example",
        "forget adatum",
        "offboard adatum",
        "journal rebuild adatum",
    ];
    for command in commands {
        for given in ["", "--by lead@northwind.example", "--reason why"] {
            let confirmed = if command.contains("journal") { "--yes" } else { "--confirm 1" };
            let ended = terminal.check(&format!("{command} {confirmed} {given}"), 1).await;
            assert!(ended.err.contains("a named person and a reason"), "{command}: {}", ended.err);
        }
        terminal.check(&format!("{command} --yes --confirm 1"), 1).await;
    }
    let ended = terminal.check(&format!("offboard adatum --yes {LEAD}"), 1).await;
    assert!(ended.err.contains("--confirm N"), "{}", ended.err);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_named_by_its_number_and_taken_back() {
    let terminal = Terminal::new();
    let synced = terminal.check("sync adatum", 0).await;
    assert!(synced.out.contains("(run r1)"), "{}", synced.out);
    let journal = terminal.check("journal adatum", 0).await;
    assert!(journal.out.lines().all(|line| line.contains("  adatum  r1  ")), "{}", journal.out);
    let look = terminal.check("undo r1 --customer adatum", 0).await;
    expect![[r#"
        undo r1 in adatum: nothing to do
        left as it is:
          . 20 times: the configuration still wants what the run did, so the next run would do it again;
            change the configuration or pause the customer first, or say --anyway
              remove_member yusuf@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member xenia@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member walid@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member vera@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member umar@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member tessa@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member samir@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member rosa@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member quentin@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              remove_member paula@northwind.example (group:bbbbbbbb-0000-4000-8000-000000000071),
              disable_guest yusuf@northwind.example, disable_guest xenia@northwind.example, disable_guest
              walid@northwind.example, disable_guest vera@northwind.example, disable_guest
              umar@northwind.example, disable_guest tessa@northwind.example, disable_guest
              samir@northwind.example, disable_guest rosa@northwind.example, disable_guest
              quentin@northwind.example, disable_guest paula@northwind.example
    "#]]
    .assert_eq(&look.out);
    terminal.edit("customers/adatum.toml", "mode = \"enforce\"", "mode = \"paused\"");
    let look = terminal.check("undo 1 --customer adatum --format json", 0).await;
    let look: serde_json::Value = serde_json::from_str(&look.out).unwrap();
    assert_eq!((&look["command"], look.get("done")), (&"undo r1".into(), None));
    let digest = look["digest"].as_str().unwrap();
    let wrong = terminal.check(&format!("undo r1 --customer adatum --release {digest} --confirm 99 {LEAD}"), 1).await;
    assert!(wrong.err.contains("nothing was changed"), "{}", wrong.err);
    let done = terminal.check(&format!("undo r1 --customer adatum --release {digest} --yes {LEAD}"), 0).await;
    expect![[r#"
        undo r1 in adatum: 10 people, 20 steps done (run r4)
          - remove 10 people from group bbbbbbbb-0000-4000-8000-000000000071 (second-line): run r1 did
            add_member
              paula@northwind.example, quentin@northwind.example, rosa@northwind.example,
              samir@northwind.example, tessa@northwind.example, umar@northwind.example,
              vera@northwind.example, walid@northwind.example, xenia@northwind.example,
              yusuf@northwind.example
          - disable 10 people (second-line): run r1 did invite_guest
              the same people
    "#]]
    .assert_eq(&done.out);
    terminal.check("undo twelve --customer adatum", 1).await;
    let unknown = terminal.check("undo r9 --customer adatum", 1).await;
    assert!(unknown.err.contains("gatehouse journal adatum"), "{}", unknown.err);
    let journal = terminal.check("journal adatum", 0).await;
    assert!(journal.out.contains("undo r1 by lead@northwind.example: agreed"), "{}", journal.out);
}

#[tokio::test(start_paused = true)]
async fn a_customer_is_offboarded_reported_and_forgotten() {
    let terminal = Terminal::new();
    terminal.check("sync adatum", 0).await;
    let look = terminal.check("offboard adatum", 0).await;
    expect![[r#"
        offboard in adatum would concern 10 people:
          - remove 10 people from group bbbbbbbb-0000-4000-8000-000000000071 (second-line): the customer is
            being offboarded
              paula@northwind.example, quentin@northwind.example, rosa@northwind.example,
              samir@northwind.example, tessa@northwind.example, umar@northwind.example,
              vera@northwind.example, walid@northwind.example, xenia@northwind.example,
              yusuf@northwind.example
          - disable 10 people (second-line): guest of ours, and needed no more
              the same people
        note: by hand, by an administrator of A. Datum Corporation: delete the enterprise application of app
              22222222-2222-4222-8222-222222222222 (that ends the consent), and the Azure Lighthouse
              delegations to Northwind Managed Services; then take customers/adatum.toml out of the
              configuration and run: gatehouse forget 77777777-7777-4777-8777-777777777777
        Nothing was changed. To do it, say the same with --by WHO --reason TEXT --confirm 10
    "#]]
    .assert_eq(&look.out);
    terminal.check(&format!("offboard adatum --confirm 1 {LEAD}"), 1).await;
    terminal.edit("customers/adatum.toml", "mode = \"enforce\"", "mode = \"offboard\"");
    let synced = terminal.check("sync adatum", 3).await;
    expect![[r#"
        adatum: nothing to do, 0 memberships as they should be, 20 steps held
          ! held by offboarding (second-line): Everything of ours is to go, from 10 people. gatehouse
            offboard adatum shows it and does it.
          ! held by never_empty (second-line): group:bbbbbbbb-0000-4000-8000-000000000071 would be left
            without members (10 of 10 go).
            - remove 10 people from group bbbbbbbb-0000-4000-8000-000000000071 (second-line): the customer is
              being offboarded
                paula@northwind.example, quentin@northwind.example, rosa@northwind.example,
                samir@northwind.example, tessa@northwind.example, umar@northwind.example,
                vera@northwind.example, walid@northwind.example, xenia@northwind.example,
                yusuf@northwind.example
            - disable 10 people (second-line): guest of ours, and needed no more
                the same people
            Look at them; to let exactly these steps through:
              gatehouse sync --release sha256:11133a8694a779cac94bccb9e45df100ec42f81110df6862ec09a9757f646a5b --by YOU
    "#]]
    .assert_eq(&synced.out);
    let people =
        serde_json::from_str::<serde_json::Value>(&terminal.check("offboard adatum --format json", 0).await.out)
            .unwrap()["people"]
            .clone();
    let done = terminal.check(&format!("offboard adatum --confirm {people} {LEAD}"), 0).await;
    assert!(done.out.starts_with(&format!("offboard in adatum: {people} ")), "{}", done.out);
    let again = terminal.check("offboard adatum", 0).await;
    assert!(again.out.starts_with("offboard in adatum: nothing to do\n"), "{}", again.out);

    for format in ["text", "markdown", "json", "csv"] {
        let report = terminal.check(&format!("report adatum --format {format}"), 0).await;
        assert!(report.out.contains("paula@northwind.example"), "{format}\n{}", report.out);
        assert!(report.out.contains("the customer is being offboarded"), "{format}\n{}", report.out);
    }
    let before = terminal.check("report adatum --to 2020-01-01 --format csv", 0).await;
    assert_eq!(before.out.lines().count(), 1, "{}", before.out);
    terminal.check("report adatum --from 2026-02-01 --to 2026-01-01", 1).await;
    terminal.check("report adatum --from yesterday", 1).await;

    terminal.check("forget adatum", 1).await;
    let file = terminal.home.folder.join("customers/adatum.toml");
    let text = fs::read_to_string(&file).unwrap();
    // A file with an error leaves a customer out, too; that is no reason to forget anybody.
    fs::write(&file, text.replace("mode =", "mod =")).unwrap();
    let broken = terminal.check(&format!("forget {ADATUM}"), 1).await;
    assert!(broken.err.contains("nothing was done"), "{}", broken.err);
    fs::remove_file(&file).unwrap();
    let look = terminal.check(&format!("forget {ADATUM}"), 0).await;
    assert!(look.out.contains("nothing is written to Microsoft"), "{}", look.out);
    terminal.check(&format!("forget {ADATUM} --yes {LEAD}"), 0).await;
    assert!(!terminal.home.folder.join(format!("state/customers/{ADATUM}/body")).exists());
    assert!(terminal.check("journal verify", 0).await.out.contains(&format!("tenant {ADATUM}: ok")));
}

#[tokio::test(start_paused = true)]
async fn a_lost_body_is_rebuilt_from_the_journal() {
    let terminal = Terminal::new();
    terminal.check("sync adatum", 0).await;
    let whole = terminal.check("journal rebuild adatum", 0).await;
    assert!(whole.out.ends_with("; the stored state is what the journal says\n"), "{}", whole.out);
    fs::remove_file(terminal.home.folder.join(format!("state/customers/{ADATUM}/body"))).unwrap();
    let lost = terminal.check("journal rebuild adatum", 0).await;
    assert!(lost.out.contains("~ there is no stored ledger"), "{}", lost.out);
    let done = terminal.check(&format!("journal rebuild --all --yes {LEAD}"), 0).await;
    assert!(done.out.contains("stored as the journal says"), "{}", done.out);
    let plan = terminal.check("plan adatum --detailed-exitcode", 0).await;
    assert!(plan.out.starts_with("plan: nothing to do"), "{}", plan.out);
    let block = terminal.home.folder.join(format!("state/journal/{ADATUM}/000000000001"));
    let text = fs::read_to_string(&block).unwrap().replacen("paula", "peter", 1);
    fs::write(&block, text).unwrap();
    let broken = terminal.check("journal rebuild adatum", 1).await;
    assert!(broken.err.contains("nothing is rebuilt from it"), "{}", broken.err);
    terminal.check("journal rebuild", 1).await;
}

#[tokio::test(start_paused = true)]
async fn adopting_and_lifting_vetoes_are_shown_first() {
    let terminal = Terminal::new();
    terminal.check("sync fabrikam", 0).await;
    let look = terminal.check("adopt fabrikam", 0).await;
    expect![[r#"
        adopt in fabrikam: nothing to do
        left as it is:
          . bianca@southridge.example in group:bbbbbbbb-0000-4000-8000-000000000051: stands for nobody of
            the partner whom the configuration's groups know
    "#]]
    .assert_eq(&look.out);
    let none = terminal.check("unveto fabrikam bianca@northwind.example", 0).await;
    assert!(none.out.contains(": nothing to do\n"), "{}", none.out);
    terminal.check("unveto fabrikam bianca@northwind.example --target elsewhere", 1).await;
}
