//! What people mistype: keys, types, words, and texts with a grammar.

use super::{CONTOSO, PROGRAM, check, check_customer, check_package, check_program, loaded};
use crate::config::words;
use expect_test::expect;

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_known_one() {
    check_customer(
        r#"tenant_id = "44444444-4444-4444-8444-444444444444"
domains = ["northwind.example"]
colour = "blue"
[[packages]]
name = "desk"
mebmers = ["aaaaaaaa-0000-4000-8000-000000000001"]
"#,
        expect![[r#"
            customers/contoso.toml:3: colour: unknown key
              hint: the nearest known key is `mode`; known here: `app`, `break_glass`, `channels`, `deny`, `display_name`, `domains`, `escalation`, `limits`, `mode`, `packages`, `profile`, `rights`, `scoped_to`, `tenant_id`
            customers/contoso.toml:6: packages[0].mebmers: unknown key
              hint: did you mean `members`?
        "#]],
    );
}

#[test]
fn every_problem_of_every_file_is_reported_at_once() {
    check(
        &[
            ("gatehouse.toml", "[partner]\nname = 7\n[sync]\nevery = 5\n"),
            ("customers/contoso.toml", "mode = \"obsrve\"\ndomains = \"northwind.example\"\n"),
            ("customers/fabrikam.toml", "tenant_id = \n"),
            ("profiles/standard.toml", "[[packages]]\nname = \"a\"\nname = \"b\"\n"),
        ],
        expect![[r#"
            customers/contoso.toml:1: tenant_id: missing
            customers/contoso.toml:1: mode: must be one of `observe`, `enforce`, `paused`, `offboard`
              hint: did you mean `observe`?
            customers/contoso.toml:2: domains: must be a list, not a text
            customers/fabrikam.toml:1: string values must be quoted, expected literal string
            gatehouse.toml:1: app: missing
            gatehouse.toml:1: partner.tenant_id: missing
            gatehouse.toml:2: partner.name: must be a text, not a whole number
            gatehouse.toml:4: sync.every: must be a text, not a whole number
            profiles/standard.toml:3: duplicate key
        "#]],
    );
}

#[test]
fn what_is_wrong_in_one_element_hides_nothing_of_the_others() {
    check_customer(
        r#"
tenant_id = "44444444-4444-4444-8444-444444444444"
domains = ["*.northwind.example", "northwind.example", "NORTHWIND.example"]
[[packages]]
members = ["<partner group id>"]
[[packages]]
name = "desk"
members = ["aaaaaaaa-0000-4000-8000-000000000001", "00000000-0000-0000-0000-000000000000"]
except = ["short", "aaaaaaaa-0000-4000-8000-000000000001"]
groups = [{ name = "Desk" }, 7, { name = "Desk", create = false }]
"#,
        expect![[r#"
            customers/contoso.toml:3: domains[0]: must be an exact domain: there are no wildcards
            customers/contoso.toml:3: warning: domains[2]: is in the list already
            customers/contoso.toml:4: packages[0].name: missing
            customers/contoso.toml:5: packages[0].members[0]: is not an id
              hint: an object id has 32 hexadecimal digits and four dashes, as the Entra admin center shows it
            customers/contoso.toml:8: packages[1].members[1]: is the id of nothing (all zeros)
            customers/contoso.toml:9: packages[1].except[0]: is not an id
              hint: an object id has 32 hexadecimal digits and four dashes, as the Entra admin center shows it
            customers/contoso.toml:9: packages[1].except[1]: is in `members` too: nobody would ever come from it
            customers/contoso.toml:10: packages[1].groups[0].create: missing
            customers/contoso.toml:10: packages[1].groups[1]: must be a text or a table, not a whole number
            customers/contoso.toml:10: packages[1].groups[2].create: must be true: an existing group is taken by its id, never by its name
        "#]],
    );
}

#[test]
fn a_table_that_must_hold_one_of_several_keys_says_which() {
    check_program(
        r#"
[callers.none]
auth = {}
may = ["read"]
[callers.two]
auth = { api_key = "env:A", basic = "env:B" }
may = ["read"]
[callers.typo]
auth = { apikey = "env:C" }
may = ["reed"]
[callers.list]
auth = { api_key = ["env:D", "env:E", "env:F"] }
may = ["read"]
[callers.text]
auth = "env:G"
may = ["read"]
[callers.empty]
auth = { api_key = [] }
may = ["read"]
"#,
        expect![[r#"
            gatehouse.toml:10: callers.none.auth: must hold exactly one of `api_key`, `standard_webhooks`, `hub_signature`, `zendesk`, `basic`, `connectwise`, `autotask`, `entra`
            gatehouse.toml:13: callers.two.auth: must hold exactly one of `api_key`, `standard_webhooks`, `hub_signature`, `zendesk`, `basic`, `connectwise`, `autotask`, `entra`
            gatehouse.toml:16: callers.typo.auth.apikey: unknown key
              hint: did you mean `api_key`?
            gatehouse.toml:17: callers.typo.may[0]: must be one of `request`, `approve`, `alert`, `operate`, `release`, `read`
              hint: did you mean `read`?
            gatehouse.toml:19: callers.list.auth.api_key: holds 3, and may hold 2
            gatehouse.toml:22: callers.text.auth: must be a table, not a text
            gatehouse.toml:25: callers.empty.auth.api_key: must not be empty
        "#]],
    );
}

#[test]
fn a_secret_in_the_wrong_place_is_refused_and_never_repeated() {
    let secret = "hunter2hunter2";
    let program = PROGRAM.replace("env:CERTIFICATE", secret)
        + &format!(
            r#"
[callers.a]
auth = {{ api_key = ["{secret}", "env:"] }}
may = ["{secret}"]
[callers.b]
auth = {{ basic = "file:" }}
may = ["read"]
[channels.a]
teams = "https://flow.example/{secret}"
[channels.b]
smtp = {{ host = "smtp.example", password = "{secret}" }}
[notices]
held = ["{secret}"]
[cloud]
name = "{secret}"
login = "{secret}"
[store]
url = "{secret}"
"#
        );
    let files = [("gatehouse.toml", program.as_str()), ("customers/contoso.toml", CONTOSO)];
    for problem in loaded(&files).problems {
        assert!(!format!("{problem} {problem:?}").contains(secret), "{}", problem.key);
    }
    check(
        &files,
        expect![[r#"
            gatehouse.toml:7: app.credential.certificate: must say where the secret is, not what it is
              hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
            gatehouse.toml:10: callers.a.auth.api_key[0]: must say where the secret is, not what it is
              hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
            gatehouse.toml:10: callers.a.auth.api_key[1]: does not name an environment variable after `env:`
            gatehouse.toml:11: callers.a.may[0]: must be one of `request`, `approve`, `alert`, `operate`, `release`, `read`
            gatehouse.toml:13: callers.b.auth.basic: does not name a file after `file:`
            gatehouse.toml:16: channels.a.teams: must say where the secret is, not what it is
              hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
            gatehouse.toml:18: channels.b.smtp.from: missing
            gatehouse.toml:18: channels.b.smtp.to: missing
            gatehouse.toml:18: channels.b.smtp.password: must say where the secret is, not what it is
              hint: write "env:NAME" or "file:PATH"; if a secret stood here, change it: the file may have been copied
            gatehouse.toml:22: cloud.name: must be one of `public`, `us-government`, `china`, `custom`
            gatehouse.toml:23: cloud.login: is not a URL
            gatehouse.toml:25: store.url: is not a place for state
              hint: one of file:PATH, memory:, az://ACCOUNT/CONTAINER/PREFIX, s3://BUCKET/PREFIX
        "#]],
    );
}

#[test]
fn numbers_have_a_range() {
    check_program("[limits]\nremovals_percent_max = 100\nremovals_max = 4294967295\n", expect![[""]]);
    check_program(
        "[limits]\nremovals_percent_max = 101\nremovals_max = 4294967296\n",
        expect![[r#"
        gatehouse.toml:9: limits.removals_percent_max: must be from 0 to 100
        gatehouse.toml:10: limits.removals_max: must be from 0 to 4294967295
    "#]],
    );
    check_program(
        "[limits]\nremovals_percent_max = -1\nremovals_max = 1.5\n",
        expect![[r#"
        gatehouse.toml:9: limits.removals_percent_max: must be from 0 to 100
        gatehouse.toml:10: limits.removals_max: must be a whole number, not a fraction
    "#]],
    );
}

#[test]
fn a_day_may_be_written_as_text_or_as_a_date() {
    let limits =
        |until: &str| format!("[packages.limits]\nadditions_max = 300\nreason = \"merger\"\nuntil = {until}\n");
    check_package(&limits("2026-12-31"), expect![[""]]);
    check_package(&limits("\"2026-12-31\""), expect![[""]]);
    check_package(
        &limits("2026-12-31T10:00:00Z"),
        expect![[r#"
        customers/contoso.toml:11: packages[0].limits.until: is not a day
          hint: write it as "2026-12-31"
    "#]],
    );
}

#[test]
fn a_file_of_more_than_one_mebibyte_is_not_read() {
    let sized = |bytes: usize| format!("{CONTOSO}#{}", "x".repeat(bytes - CONTOSO.len() - 1));
    check_customer(&sized(1024 * 1024), expect![[""]]);
    check_customer(
        &sized(1024 * 1024 + 1),
        expect![[r#"
        customers/contoso.toml: is larger than 1 MiB
    "#]],
    );
}

#[test]
fn lines_and_columns_count_characters_from_one() {
    let problems =
        loaded(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", "mode = \"enforce\"\n\"ä\" = 1\n")]).problems;
    let places: Vec<_> = problems.iter().map(|problem| (problem.key.as_str(), problem.line, problem.column)).collect();
    assert_eq!(places, [("tenant_id", Some(1), Some(1)), ("\"ä\"", Some(2), Some(1))]);
}

#[test]
fn a_key_cannot_write_to_the_terminal() {
    let customer = format!("\"\\u001b[31m\" = 1\n{} = 1\n{CONTOSO}", "x".repeat(65));
    let problems = loaded(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", &customer)]).problems;
    let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, [r#""\u{1b}[31m""#, &"x".repeat(64)]);
}

#[test]
fn problems_are_data_for_other_programs_too() {
    let problems = loaded(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", "tenant = 1")]).problems;
    let json = serde_json::to_string_pretty(&problems[1]).expect("problems are plain data");
    expect![[r#"
        {
          "file": "customers/contoso.toml",
          "line": 1,
          "column": 1,
          "key": "tenant_id",
          "severity": "error",
          "code": "missing_key",
          "text": "missing",
          "hint": null
        }"#]]
    .assert_eq(&json);
}

/// The texts on either side of each grammar.
#[test]
fn texts_with_a_grammar_are_held_to_it() {
    let long_name = "x".repeat(64);
    let too_long_name = "x".repeat(65);
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "duration",
            &["0d", "5m", "90s", "72h", "3650d"],
            &["", "m", "5", "5 m", "-5m", "+5m", "1.5h", "5M", "1w", "3651d", "99999999999999999999d", "5µ"],
        ),
        ("duration-or-never", &["never", "30d"], &["Never", "", "30"]),
        ("day", &["2026-12-31", "2028-02-29"], &["2026-02-29", "31.12.2026", "2026-12-31T00:00Z", "20261231"]),
        (
            "uuid",
            &["44444444-4444-4444-8444-444444444444", "ABCDEFAB-4444-4444-8444-444444444444"],
            &[
                "44444444444444448444444444444444",
                "{44444444-4444-4444-8444-444444444444}",
                "urn:uuid:44444444-4444-4444-8444-444444444444",
                "44444444-4444-4444-8444-44444444444g",
                "00000000-0000-0000-0000-000000000000",
            ],
        ),
        (
            "secret",
            &["env:A", "env:_a1", "file:/run/secrets/a", "file:a b"],
            &["", "env:", "env:1A", "env:A B", "env:A=b", "file:", "file: ", "ENV:A", "secret", "https://vault/x"],
        ),
        (
            "https-url",
            &["https://login.example", "https://login.example:8443/a/", "https://127.0.0.1:1"],
            &[
                "http://login.example",
                "login.example",
                "https://",
                "https://a:b@login.example",
                "https://login.example/?a",
                "https://login.example/#a",
                "file:///etc",
            ],
        ),
        (
            "store-url",
            &[
                "file:state",
                "file:/var/lib/gatehouse",
                "memory:",
                "az://account/container",
                "az://account/container/a/b",
                "s3://bucket",
                "s3://bucket/a",
            ],
            &[
                "",
                "file:",
                "state",
                "memory",
                "memory:x",
                "az://account",
                "az:///container",
                "az://account/container/../b",
                "s3://",
                "https://x",
            ],
        ),
        (
            "domain",
            &["northwind.example", "NORTHWIND.example", "bücher.example", "xn--bcher-kva.example"],
            &[
                "",
                "example",
                "*.example.com",
                "a@b.example",
                "a b.example",
                "-a.example",
                "northwind.example.",
                ".example",
                "a_b.example",
            ],
        ),
        (
            "mail-address",
            &["lead@northwind.example", "a.b+c@bücher.example"],
            &[
                "lead",
                "@northwind.example",
                "lead@",
                "lead@localhost",
                "a b@northwind.example",
                "<a>@northwind.example",
                "a@b@northwind.example",
            ],
        ),
        ("approver", &["lead@northwind.example", "44444444-4444-4444-8444-444444444444"], &["lead", "44444444"]),
        (
            "host-port",
            &["tickets.example", "tickets.example:8443", "localhost:1"],
            &[
                "",
                "https://tickets.example",
                "tickets.example:",
                "tickets.example:0",
                "tickets.example:65536",
                "tickets.example:+1",
                "tickets.example/a",
            ],
        ),
        (
            "name",
            &["a", "second-line", "tier_2", &long_name],
            &["", "Second line", "Desk", "a/b", "..", &too_long_name],
        ),
        ("pattern", &["^INC[0-9]{7}$", ""], &["(", "[", "a{2000000000}"]),
        ("text", &["x", "Contoso Ltd"], &["", "  ", "a\nb", "\u{7f}"]),
        (
            "mail-host",
            &["smtp.northwind.example", "localhost", "10.0.0.1"],
            &["", "smtp.northwind.example:587", "smtp://northwind.example", "a b", "[::1]"],
        ),
        (
            "phone-number",
            &["+1234567", "+123456789012345"],
            &["", "+123456", "+1234567890123456", "4790000000", "+04790000000", "+47 90 00 00 00"],
        ),
        (
            "topic-arn",
            &["arn:aws:sns:eu-north-1:123456789012:duty", "arn:aws-cn:sns:cn-north-1:123456789012:duty.fifo"],
            &[
                "",
                "duty",
                "arn:aws:sqs:eu-north-1:123456789012:duty",
                "arn:aws:sns::123456789012:duty",
                "arn:aws:sns:eu-north-1:12345678901:duty",
                "arn:aws:sns:eu-north-1:123456789012:",
                "arn:aws:sns:eu-north-1:123456789012:.fifo",
                "arn:aws:sns:eu.evil.example/:123456789012:duty",
                "arn:aws:sns:eu-north-1:123456789012:duty:0b0b0b0b",
            ],
        ),
    ];
    for (word, right, wrong) in cases {
        for text in *right {
            assert_eq!(words::check(word, text), Ok(()), "{word}: {text}");
        }
        for text in *wrong {
            assert!(words::check(word, text).is_err(), "{word}: {text:?} should be refused");
        }
    }
}
