//! Every permission that a request names is in the page that customers consent by.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../../../docs/permissions.md");
const SOURCES: [&str; 3] =
    [include_str!("../compose.rs"), include_str!("../order.rs"), include_str!("../fitness/compose.rs")];

#[test]
fn every_permission_is_explained() {
    let words = SOURCES.into_iter().flat_map(|text| text.split('"').skip(1).step_by(2));
    let is_permission = |word: &&str| {
        word.contains('.')
            && word.split('.').all(|part| part.starts_with(|one: char| one.is_ascii_uppercase()))
            && word.chars().all(|one| one.is_ascii_alphabetic() || one == '.')
    };
    let named: BTreeSet<&str> = words.filter(is_permission).collect();
    assert!(named.len() > 10, "{named:?}");
    let missing: Vec<&str> = named.into_iter().filter(|name| !PAGE.contains(&format!("`{name}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
