//! What a release says of itself: what the program is made of, and under which licences.

use crate::servers::tool;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra")
}

/// Runs Python with the library that reads licences and CycloneDX.
fn python(arguments: &[&str]) -> Output {
    let mut python = Command::new(tool("bom/bin/python"));
    python.args(arguments).current_dir(infra()).env("PYTHONDONTWRITEBYTECODE", "1");
    python.env("CARGO", env!("CARGO")).env("SOURCE_DATE_EPOCH", "1700000000").output().unwrap()
}

#[test]
fn the_bill_of_materials_names_what_is_in_the_program_and_nothing_else() {
    let out = std::env::temp_dir().join(format!("gatehouse-bill-{}", std::process::id()));
    std::fs::create_dir_all(&out).unwrap();
    let made = python(&[
        "bill_of_materials.py",
        "--target=x86_64-unknown-linux-gnu",
        "--linker=some-linker==1.2.3",
        // Any bytes will do: only their digest is told.
        "--program=../host.json",
        &format!("--out={}", out.display()),
    ]);
    // It refuses what its schema refuses, and licences that are not allowed.
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let bill: Value = serde_json::from_slice(&std::fs::read(out.join("gatehouse.cdx.json")).unwrap()).unwrap();
    let licences = std::fs::read_to_string(out.join("LICENSES.md")).unwrap();
    std::fs::remove_dir_all(&out).unwrap();

    let components = bill["components"].as_array().unwrap();
    let names: BTreeSet<_> = components.iter().map(|part| part["name"].as_str().unwrap()).collect();
    for linked in ["access", "aws-lc-sys", "rustls", "serde", "some-linker", "std", "tokio"] {
        assert!(names.contains(linked), "{linked} is in the program");
    }
    // Of tests, of builds, macros, of other systems, and the program itself.
    for not_linked in ["expect-test", "proptest", "scenarios", "cc", "serde_derive", "windows-sys", "gatehouse"] {
        assert!(!names.contains(not_linked), "{not_linked} is not a part of the program");
    }
    assert_eq!(bill["metadata"]["component"]["name"], "gatehouse");
    assert_eq!(bill["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
    for part in components {
        let (name, is_crate) =
            (&part["name"], part["purl"].as_str().is_some_and(|purl| purl.starts_with("pkg:cargo/")));
        assert_eq!(
            is_crate,
            part["hashes"][0]["content"].is_string(),
            "{name}: who is from the registry has its digest"
        );
        assert!(licences.contains(part["version"].as_str().unwrap()) && licences.contains(name.as_str().unwrap()));
    }
    assert!(licences.contains("Permission is hereby granted, free of charge"), "the texts are there");
    let ours = bill["dependencies"].as_array().unwrap().iter().find(|uses| uses["ref"] == "ours/access@0.1.0").unwrap();
    assert!(
        ours["dependsOn"].as_array().unwrap().iter().any(|part| part.as_str().unwrap().starts_with("pkg:cargo/serde@"))
    );
}

#[test]
fn a_licence_that_is_not_allowed_stops_a_release() {
    let allowed = [
        "MIT",
        "MIT/Apache-2.0",
        "Apache-2.0 / MIT",
        "GPL-3.0-only OR MIT",
        "MIT AND (ISC OR LGPL-2.1-only)",
        "Apache-2.0 WITH LLVM-exception",
    ];
    let refused = [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR ISC) AND (MPL-2.0 OR AGPL-3.0-only)",
        "MIT WITH Classpath-exception-2.0",
        "Whatever I like",
        "MIT OR",
    ];
    let script = "
import sys, bill_of_materials as bill
for expression in sys.argv[1:]:
    try:
        bill.judge([{'name': 'part', 'version': '1.0.0', 'license': bill.normalised(expression)}])
        print('allowed')
    except bill.Refused as refused:
        print('refused:', *str(refused).splitlines()[1:])
";
    // One process: it takes a second to read what licences there are.
    let judged = python(&[&["-c", script], &allowed[..], &refused[..]].concat());
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    let judged = String::from_utf8(judged.stdout).unwrap();
    let expected = refused.map(|expression| {
        format!("refused:   part 1.0.0: {}", if expression.is_empty() { "no licence" } else { expression })
    });
    let expected = [&allowed.map(|_| "allowed".to_owned())[..], &expected[..]].concat();
    assert_eq!(judged.lines().collect::<Vec<_>>(), expected);
}
