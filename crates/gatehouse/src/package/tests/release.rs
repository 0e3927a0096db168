//! What is written in more than one place about a release.

use super::*;

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// The rest of the one line that starts so.
fn after<'t>(text: &'t str, start: &str) -> &'t str {
    let rest: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(start)).collect();
    let [rest] = rest[..] else { panic!("{start}: {rest:?}") };
    rest
}

#[test]
fn a_release_is_linked_for_the_glibc_that_both_clouds_have() {
    let build = text("infra/build");
    let max = Host::Azure.glibc_max();
    assert_eq!(after(&build, "glibc="), max.to_string());
    assert!(max <= Host::Lambda.glibc_max());
    assert!(build.contains(r#"--target "$target.$glibc""#) && build.contains("--locked --package gatehouse"));
}

#[test]
fn a_release_is_checked_with_what_the_tests_check() {
    let pinned = |path: &str| {
        let text = text(path);
        let start = text.find("cyclonedx-python-lib[").unwrap();
        text[start..].split('\'').next().unwrap().to_owned()
    };
    assert_eq!(pinned("infra/build"), pinned("tests/tools"));
}
