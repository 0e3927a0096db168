use super::azure::{EXECUTABLE, HOST_JSON};
use super::*;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of its own for each test, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gatehouse-package-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn program(&self, machine: u8) -> PathBuf {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18] = machine;
        let path = self.0.join(format!("program-{machine}"));
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

const X86_64: u8 = 62;
const AARCH64: u8 = 183;

fn tree(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            names.extend(tree(&entry.path()).iter().map(|below| format!("{name}/{below}")));
        } else {
            names.push(name);
        }
    }
    names.sort();
    names
}

fn expected() -> Vec<String> {
    let mut names = vec![EXECUTABLE.to_owned(), "host.json".to_owned()];
    names.extend(functions::all().iter().map(|function| format!("{}/function.json", function.name)));
    names.sort();
    names
}

#[test]
fn the_folder_holds_host_json_a_folder_for_each_function_and_the_program_with_its_mode_bits() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("whole");
    let out = scratch.0.join("deep/out");
    let next = azure(&out, &scratch.program(X86_64)).unwrap();
    assert_eq!(tree(&out), expected());
    assert_eq!(fs::metadata(out.join(EXECUTABLE)).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_to_string(out.join("host.json")).unwrap(), HOST_JSON);
    assert!(next.contains(&out.display().to_string()), "{next}");
}

#[test]
fn a_package_of_ours_is_replaced_and_functions_that_are_gone_go() {
    let scratch = Scratch::new("again");
    let out = scratch.0.join("out");
    azure(&out, &scratch.program(X86_64)).unwrap();
    fs::create_dir(out.join("of_yesterday")).unwrap();
    fs::write(out.join("of_yesterday/function.json"), "{}").unwrap();
    azure(&out, &scratch.program(X86_64)).unwrap();
    assert_eq!(tree(&out), expected());
}

#[test]
fn a_folder_of_somebody_elses_is_left_alone() {
    let check = |name: &str, ours_first: bool, file: &str, text: &str| {
        let scratch = Scratch::new(name);
        let out = scratch.0.join("out");
        if ours_first {
            azure(&out, &scratch.program(X86_64)).unwrap();
        }
        fs::create_dir_all(out.join(file).parent().unwrap()).unwrap();
        fs::write(out.join(file), text).unwrap();
        let before = tree(&out);
        let error = azure(&out, &scratch.program(X86_64)).unwrap_err();
        assert!(error.contains("name a new or an empty folder"), "{error}");
        assert_eq!(tree(&out), before);
    };
    check("notes", false, "notes.txt", "mine");
    check("other-app", false, "host.json", r#"{"version":"2.0"}"#);
    check("local-settings", true, "local.settings.json", "{}");
    check("script", true, "health/index.js", "");
}

#[test]
fn a_program_that_azure_cannot_run_is_not_packaged() {
    let scratch = Scratch::new("machine");
    let out = scratch.0.join("out");
    let script = scratch.0.join("script.sh");
    fs::write(&script, "#!/bin/sh\nexec something-else-entirely\n").unwrap();
    for program in [scratch.program(AARCH64), script, scratch.0.join("missing")] {
        azure(&out, &program).unwrap_err();
        assert!(!out.exists());
    }
}

#[test]
fn host_json_says_what_the_hosts_rely_on() {
    let host: serde_json::Value = serde_json::from_str(HOST_JSON).unwrap();
    assert_eq!(host["extensions"]["http"]["routePrefix"], functions::PREFIX.trim_matches('/'));
    assert_eq!(host["extensions"]["queues"]["maxDequeueCount"], crate::hosts::local::ATTEMPTS_MAX);
    assert_eq!(host["extensions"]["queues"]["visibilityTimeout"], "00:00:30");
    // A run begins nothing new after 80 % of it, and an invocation is given up at 90 %.
    assert_eq!(host["functionTimeout"], "00:10:00");
    assert_eq!(host["customHandler"]["enableForwardingHttpRequest"], true);
    assert_eq!(host["customHandler"]["enableProxyingHttpRequest"], true);
}
