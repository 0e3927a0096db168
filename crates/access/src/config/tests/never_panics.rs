//! Whatever people write, they get problems and no panic.

use super::complete::FULL;
use super::{TODAY, folder};
use crate::config::{Severity, load};
use proptest::prelude::*;

/// Pieces that TOML is made of, and our own words, so that many of the texts get far.
fn toml_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[[packages]]\n"),
        Just("[limits]\n"),
        Just("[partner]\n"),
        Just("[callers.a]\n"),
        Just("[channels.a.b]\n"),
        Just("[break_glass]\n"),
        Just("[break_glass.webhook]\n"),
        Just("[[escalation]]\n"),
        Just("name"),
        Just("members"),
        Just("tenant_id"),
        Just("groups"),
        Just("until"),
        Just("auth"),
        Just(" = "),
        Just("[]"),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(", "),
        Just("."),
        Just("\n"),
        Just("\""),
        Just("\"44444444-4444-4444-8444-444444444444\""),
        Just("\"env:A\""),
        Just("2026-12-31"),
        Just("99999999999999999999"),
        Just("0xff"),
        Just("-1"),
        Just("1.5"),
        Just("inf"),
        Just("true"),
        Just("\"\"\""),
        Just("é"),
        Just("# c\n"),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_loads(program in toml_like(), customer in toml_like(), profile in any::<String>()) {
        let loaded = load(&folder(&[("gatehouse.toml", &program), ("customers/a.toml", &customer), ("profiles/b.toml", &profile)]), TODAY);
        prop_assert!(loaded.problems.iter().all(|problem| problem.code != "unreadable"));
    }

    /// Cut, doubled or overwritten at a random place, a good folder either still loads or says what is wrong.
    #[test]
    fn a_damaged_folder_loads_or_says_why(file in 0..3usize, at in 0..3000usize, length in 0..40usize, with in "[\\[\\]{}=\",.a-z0-9\n -]{0,6}") {
        let mut files = FULL.map(|(file, text)| (file, text.to_owned()));
        let text = &mut files[file].1;
        let start = at % text.len();
        let end = (start + length).min(text.len());
        text.replace_range(start..end, &with);
        let loaded = load(&folder(&files.each_ref().map(|(file, text)| (*file, text.as_str()))), TODAY);
        let errors = loaded.problems.iter().filter(|problem| problem.severity == Severity::Error);
        prop_assert!(loaded.problems.iter().all(|problem| problem.code != "unreadable"));
        prop_assert!(errors.clone().all(|problem| problem.line.is_some() || problem.code == "missing_key"));
        let complete = loaded.config.is_some_and(|config| config.customers.len() == 1);
        prop_assert_eq!(complete, errors.count() == 0);
    }
}

#[test]
fn a_deeply_nested_value_is_refused() {
    let deep = format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(load(&folder(&[("gatehouse.toml", &deep)]), TODAY).has_errors());
    let dotted = format!("{}a = 1", "a.".repeat(100_000));
    assert!(load(&folder(&[("gatehouse.toml", &dotted)]), TODAY).has_errors());
}
