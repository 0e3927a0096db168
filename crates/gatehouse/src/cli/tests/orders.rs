//! `leave`, `unbar`, `pause` and `resume` as people type them.

use super::Terminal;
use expect_test::expect;

const ORDER: &str = "--by lead@northwind.example --reason dismissed";

#[tokio::test(start_paused = true)]
async fn leaving_prints_what_is_true_in_every_customer_and_ends_with_what_it_came_to() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    let left = terminal.check(&format!("leave bianca@northwind.example {ORDER}"), 0).await;
    assert_eq!(left.err, "bianca@northwind.example is barred: no run puts them anywhere from now on\n");
    expect![[r#"
        CUSTOMER  STATE   MEMBERSHIPS LEFT  GUEST
        fabrikam  gone                   0  disabled
        bianca@northwind.example: gone from everything of ours; read in 1 customer; 4 customers never had
        anything of ours for them
    "#]]
    .assert_eq(&left.out);
    let json = terminal.check(&format!("leave bianca@northwind.example {ORDER} --format json"), 0).await;
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&json["proven"], &json["customers"][0]["state"]), (&true.into(), &"gone".into()));
    terminal.check("sync", 0).await;
    let why = terminal.check("why fabrikam bianca@northwind.example", 0).await;
    assert!(why.out.contains("barred by lead@northwind.example since 2026-03-02 08:00 UTC (dismissed)"), "{}", why.out);
    terminal.check(&format!("unbar bianca@northwind.example {ORDER}"), 0).await;
    terminal.check(&format!("unbar bianca@northwind.example {ORDER}"), 1).await;
    assert!(terminal.check("sync fabrikam", 0).await.out.contains("fabrikam: 2 steps done"));
}

#[tokio::test(start_paused = true)]
async fn leaving_where_nothing_may_be_written_is_not_proven() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    let file = terminal.home.folder.join("customers/fabrikam.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("mode = \"enforce\"", "mode = \"observe\"");
    std::fs::write(file, text).unwrap();
    let left = terminal.check(&format!("leave bianca@northwind.example --wait 0 {ORDER}"), 3).await;
    expect![[r#"
        CUSTOMER  STATE   MEMBERSHIPS LEFT  GUEST
        fabrikam  LEFT                   1  ENABLED
          ! still in group:bbbbbbbb-0000-4000-8000-000000000051
          ? the customer is in mode observe: take them out by hand
        bianca@northwind.example: something is left; read in 1 customer; 4 customers never had anything of
        ours for them
    "#]]
    .assert_eq(&left.out);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_refused_whole_when_it_is_not_clear_who_what_why_or_until_when() {
    let terminal = Terminal::new();
    for line in [
        "leave bianca@northwind.example --by lead@northwind.example",
        "leave bianca@northwind.example --reason dismissed",
        "leave --by lead@northwind.example --reason dismissed",
        "leave nobody@northwind.example --by lead@northwind.example --reason dismissed",
        "leave bianca@northwind.example --wait 3601 --by lead@northwind.example --reason dismissed",
        "unbar bianca@northwind.example --by lead@northwind.example --reason back",
        "pause --until 4h --by lead@northwind.example --reason incident",
        "pause nobody --until 4h --by lead@northwind.example --reason incident",
        "pause fabrikam --all --until 4h --by lead@northwind.example --reason incident",
        "pause fabrikam --by lead@northwind.example --reason incident",
        "pause fabrikam --until 91d --by lead@northwind.example --reason incident",
        "pause fabrikam --until soon --by lead@northwind.example --reason incident",
        "resume fabrikam --by lead@northwind.example --reason over",
        "resume --all --by lead@northwind.example --reason over",
    ] {
        let ended = terminal.check(line, 1).await;
        assert_eq!(ended.out, "", "{line}");
    }
    assert!(!terminal.home.folder.join("state/orders").exists(), "nothing was ordered");
}

#[tokio::test(start_paused = true)]
async fn a_paused_customer_is_shown_as_paused_until_somebody_resumes_it() {
    let terminal = Terminal::new();
    let paused = terminal.check(&format!("pause adatum --until 4h {ORDER}"), 0).await;
    expect![[r#"
        adatum: paused until 2026-03-02 12:00 UTC; only people who must go are taken out
        to go on before: gatehouse resume adatum --by YOU --reason WHY
    "#]]
    .assert_eq(&paused.out);
    let plan = terminal.check("plan adatum --detailed-exitcode", 3).await;
    expect![[r#"
        adatum  (enforce)
          ! held by paused (second-line): 20 steps wait: paused by lead@northwind.example until 2026-03-02
            12:00 UTC (dismissed): only people who must go are taken out. To go on before: gatehouse resume
            adatum --by YOU --reason WHY.
            + invite 10 people (second-line): not in the customer's tenant yet
                paula@northwind.example, quentin@northwind.example, rosa@northwind.example,
                samir@northwind.example, tessa@northwind.example, umar@northwind.example,
                vera@northwind.example and 3 more
            + add 10 people to group bbbbbbbb-0000-4000-8000-000000000071 (second-line): in the partner groups
              of second-line
                the same people

        plan: nothing to do, 20 held; compared 1 customer, and 0 memberships are as they should be
    "#]]
    .assert_eq(&plan.out);
    terminal.check("sync adatum", 3).await;
    assert!(terminal.home.world.sim.effects().is_empty());
    terminal.check(&format!("resume adatum {ORDER}"), 0).await;
    terminal.check("sync adatum", 0).await;
}

#[tokio::test(start_paused = true)]
async fn orders_are_in_a_journal_of_their_own_that_is_verified_with_the_others() {
    let terminal = Terminal::new();
    terminal.check(&format!("pause fabrikam adatum --until 2d {ORDER}"), 0).await;
    terminal.check(&format!("pause --all --until 4h --everything {ORDER}"), 0).await;
    terminal.check(&format!("resume --all {ORDER}"), 0).await;
    let journal = terminal.check("journal", 0).await;
    expect![[r#"
        2026-03-02 08:00:00 UTC  program  fabrikam, adatum paused by lead@northwind.example until 2026-03-04 08:00 UTC: dismissed
        2026-03-02 08:00:00 UTC  program  all customers paused by lead@northwind.example until 2026-03-02 12:00 UTC, everything: dismissed
        2026-03-02 08:00:00 UTC  program  all customers resumed by lead@northwind.example: dismissed
    "#]].assert_eq(&journal.out);
    let json = terminal.check("journal --format json", 0).await;
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["program"][1]["entries"][0]["order"], "paused");
    assert!(terminal.check("journal verify", 0).await.out.ends_with("program: ok, 3 blocks, 3 entries\n"));
    std::fs::remove_file(terminal.home.folder.join("state/journal/program/000000000003")).unwrap();
    let cut = terminal.check("journal verify", 1).await;
    assert!(cut.out.contains("program: block 3: the end is cut off"), "{}", cut.out);
}
