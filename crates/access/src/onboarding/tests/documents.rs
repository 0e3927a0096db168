//! The page for administrators says what the program does.

use crate::onboarding::{PROBES, Stage, Verdict};

const PAGE: &str = include_str!("../../../../../docs/onboarding.md");

#[test]
fn the_page_has_every_probe_with_what_it_asks_and_its_fix() {
    let mut table = String::from(
        "| | probe | what should be true | what is asked | keys that need it | |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let mut fixes = String::new();
    for probe in &PROBES {
        let (number, name, title) = (probe.number, probe.name, probe.title);
        let advised = if probe.advised { "advised" } else { "needed" };
        table.push_str(&format!("| {number} | `{name}` | {title} | {} | {} | {advised} |\n", probe.asks, probe.keys));
        let fix = probe.fix.replace(['{', '}'], "*");
        fixes.push_str(&format!("* **{number} `{name}`**: {fix}.\n"));
    }
    for wanted in [table, fixes] {
        assert!(PAGE.contains(&wanted), "docs/onboarding.md must have:\n{wanted}");
    }
}

#[test]
fn the_page_explains_every_stage_and_verdict() {
    for stage in Stage::ALL {
        let wanted = format!("| `{}` | {} |\n", stage.name(), stage.words());
        assert!(PAGE.contains(&wanted), "docs/onboarding.md must have: {wanted}");
    }
    for verdict in [Verdict::Ok, Verdict::Missing, Verdict::Licence, Verdict::Unknown] {
        assert!(PAGE.contains(&format!("`{}`", verdict.name())), "{verdict:?}");
    }
}
