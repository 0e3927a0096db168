//! The program under test, packaged as it is deployed.

use gatehouse::package::{Host, Package, Program};
use gatehouse::settings::{Lookup, Process};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use zip::ZipArchive;

/// The variable that names a zip for Azure which is tested instead of what is checked out, such as a release: an
/// absolute path.
const RELEASE: &str = "GATEHOUSE_TEST_RELEASE";

/// The package that all tests of this process share.
///
/// It is written once, before anybody starts a process from it: a process that is started while another thread still
/// has the executable open for writing would make the system refuse to run it ("text file busy").
pub(crate) struct Packaged(&'static Path);

impl Packaged {
    /// Packages the program, which is built when it is not up to date; or unpacks what [`RELEASE`] names, as Azure does.
    pub(crate) fn new() -> Self {
        static FOLDER: OnceLock<PathBuf> = OnceLock::new();
        Self(FOLDER.get_or_init(|| {
            let folder = built().with_file_name("packaged-for-tests");
            // Unlinked first: a process of an earlier test run may still be running it.
            drop(std::fs::remove_dir_all(&folder));
            if let Some(release) = Process.get(RELEASE) {
                let zip = File::open(&release).unwrap_or_else(|error| panic!("{RELEASE}={release}: {error}"));
                ZipArchive::new(zip).unwrap().extract(&folder).unwrap();
            } else {
                // The program of a test is linked for this machine, which is where it runs.
                let program = Program::read(&executable()).unwrap();
                Package::new(Host::Azure, program, true).unwrap().write_folder(&folder).unwrap();
            }
            folder
        }))
    }

    /// The program itself, for a host of our own.
    pub(crate) fn program(&self) -> PathBuf {
        self.0.join("gatehouse")
    }

    /// What `gatehouse package lambda` makes of the program, for Lambda's emulator.
    pub(crate) fn bootstrap() -> PathBuf {
        static FOLDER: OnceLock<PathBuf> = OnceLock::new();
        let folder = FOLDER.get_or_init(|| {
            let folder = built().with_file_name("packaged-for-lambda-tests");
            drop(std::fs::remove_dir_all(&folder));
            let program = Program::read(&executable()).unwrap();
            Package::new(Host::Lambda, program, true).unwrap().write_folder(&folder).unwrap();
            folder
        });
        folder.join("bootstrap")
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        self.0
    }
}

/// Where cargo puts the program, in the folder into which this test was built.
fn built() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("gatehouse")
}

/// The program, up to date. Cargo builds the library of another crate for a test, but not its program, so that is asked
/// for here.
fn executable() -> PathBuf {
    let built = built();
    let profile = built.parent().unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "gatehouse", "--bin", "gatehouse", "--target-dir"]);
    build.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success(), "{build:?}");
    built
}
