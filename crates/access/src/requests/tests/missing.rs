//! Whose word a request waits for, in words.

use super::{FREE, after, by, config, now, request};
use crate::requests::{Event, missing};

fn words(rules: &str, approvers: &[&str]) -> Option<String> {
    let config = config(rules);
    let request = approvers.iter().fold(request(&config), |request, email| {
        after(&config, &request, &Event::Approve(by(email)), now()).expect("they may approve")
    });
    let package = &config.customers[0].packages[1];
    missing(&request, package.requests.as_ref().expect("it can be asked for")).map(|missing| missing.to_string())
}

#[test]
fn what_is_missing_names_how_many_and_who() {
    const LEAD: &str = "lead@partner.example.com";
    const BOSS: &str = "boss@partner.example.com";
    let named = r#"duration_max = "24h"
approvals = 2
approvers = ["lead@partner.example.com", "boss@partner.example.com", "aaaaaaaa-0000-4000-8000-000000000003"]
"#;
    let stages = r#"duration_max = "24h"
[[packages.requests.stages]]
approvers = ["lead@partner.example.com"]
[[packages.requests.stages]]
approvals = 1
"#;
    let people = "somebody in group aaaaaaaa-0000-4000-8000-000000000003 or boss@partner.example.com or \
                  lead@partner.example.com";
    for (rules, approvers, said) in [
        (FREE, &[][..], None),
        (named, &[], Some(format!("2 approvals by {people}"))),
        (named, &[LEAD], Some(format!("1 approval by {people}"))),
        (named, &[LEAD, BOSS], None),
        (stages, &[], Some(format!("1 approval by {LEAD} (stage 1 of 2)"))),
        (stages, &[LEAD], Some("1 approval by anybody else (stage 2 of 2)".into())),
        (stages, &[LEAD, BOSS], None),
    ] {
        assert_eq!(words(rules, approvers), said, "{rules} {approvers:?}");
    }
}
