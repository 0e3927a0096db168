use super::elf::{AARCH64, Elf, X86_64};
use super::*;
use std::os::unix::fs::PermissionsExt;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_folder_holds_host_json_a_folder_for_each_function_and_the_program_with_its_mode_bits() {
    let scratch = Scratch::new("whole");
    let out = scratch.0.join("deep/out");
    scratch.package(Host::Azure).write_folder(&out).unwrap();
    assert_eq!(tree(&out), app());
    assert_eq!((mode(&out.join(EXECUTABLE)), mode(&out.join("host.json"))), (0o755, 0o644));
    assert_eq!(fs::read_to_string(out.join("host.json")).unwrap(), HOST_JSON);
}

#[test]
fn a_folder_for_lambda_holds_the_program_as_bootstrap_and_the_zip() {
    let scratch = Scratch::new("lambda");
    let out = scratch.0.join("out");
    let package = scratch.package(Host::Lambda);
    // Twice: what an earlier call made is replaced.
    for _ in 0..2 {
        package.write_folder(&out).unwrap();
        package.write_zip(&out).unwrap();
        assert_eq!(tree(&out), ["bootstrap", "bootstrap.zip"]);
        assert_eq!(mode(&out.join("bootstrap")), 0o755);
    }
}

#[test]
fn a_package_of_ours_is_replaced_and_functions_that_are_gone_go() {
    let scratch = Scratch::new("again");
    let out = scratch.0.join("out");
    scratch.package(Host::Azure).write_folder(&out).unwrap();
    fs::create_dir(out.join("of_yesterday")).unwrap();
    fs::write(out.join("of_yesterday/function.json"), "{}").unwrap();
    scratch.package(Host::Azure).write_folder(&out).unwrap();
    assert_eq!(tree(&out), app());
}

#[test]
fn a_folder_of_somebody_elses_is_left_alone() {
    let check = |name: &str, host: Host, ours_first: bool, file: &str, text: &str| {
        let scratch = Scratch::new(name);
        let out = scratch.0.join("out");
        let package = scratch.package(host);
        if ours_first {
            package.write_folder(&out).unwrap();
        }
        fs::create_dir_all(out.join(file).parent().unwrap()).unwrap();
        fs::write(out.join(file), text).unwrap();
        let before = tree(&out);
        let error = package.write_folder(&out).unwrap_err();
        assert!(error.contains("name a new or an empty folder"), "{error}");
        assert_eq!(tree(&out), before);
    };
    check("notes", Host::Azure, false, "notes.txt", "mine");
    check("other-app", Host::Azure, false, "host.json", r#"{"version":"2.0"}"#);
    check("local-settings", Host::Azure, true, "local.settings.json", "{}");
    check("script", Host::Azure, true, "health/index.js", "");
    check("deeper", Host::Azure, true, "health/more/function.json", "");
    check("not-lambda", Host::Lambda, true, "notes.txt", "mine");
    check("azure-for-lambda", Host::Lambda, false, "host.json", HOST_JSON);
}

#[test]
fn a_program_that_no_host_can_run_is_not_packaged() {
    let scratch = Scratch::new("machine");
    let elf = |machine| Elf { machine, ..Elf::default() }.bytes();
    assert!(scratch.program(&elf(X86_64)).is_ok());
    let script = b"#!/bin/sh\nexec something-else-entirely, and so that it is long enough for a header\n";
    for program in [&elf(AARCH64)[..], script, b"", &elf(X86_64)[..40]] {
        let error = scratch.program(program).err().unwrap();
        assert!(error.contains("not a program for 64-bit Linux on x86-64"), "{error}");
    }
    let error = Program::read(&scratch.0.join("missing")).err().unwrap();
    assert!(error.contains("cannot read the program"), "{error}");
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
