//! The program under test, packaged as it is deployed.

use gatehouse::package::{Host, Package, Program};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The package that all tests of this process share.
///
/// It is written once, before anybody starts a process from it: a process that is started while another thread still
/// has the executable open for writing would make the system refuse to run it ("text file busy").
pub(crate) struct Packaged(&'static Path);

impl Packaged {
    /// Packages the program, which is built when it is not up to date.
    pub(crate) fn new() -> Self {
        static FOLDER: OnceLock<PathBuf> = OnceLock::new();
        Self(FOLDER.get_or_init(|| {
            let executable = executable();
            let folder = executable.with_file_name("packaged-for-tests");
            // Unlinked first: a process of an earlier test run may still be running it.
            drop(std::fs::remove_dir_all(&folder));
            // The program of a test is linked for this machine, which is where it runs.
            let package = Package::new(Host::Azure, Program::read(&executable).unwrap(), true).unwrap();
            package.write_folder(&folder).unwrap();
            folder
        }))
    }

    /// The program itself, for a host of our own.
    pub(crate) fn program(&self) -> PathBuf {
        self.0.join("gatehouse")
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        self.0
    }
}

/// The program, in the folder into which this test was built. Cargo builds the library of another crate for a test, but
/// not its program, so that is asked for here.
fn executable() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let profile = here.ancestors().nth(2).unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "gatehouse", "--bin", "gatehouse", "--target-dir"]);
    build.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success(), "{build:?}");
    profile.join("gatehouse")
}
