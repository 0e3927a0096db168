//! The program under test, packaged as it is deployed.

use outside::{Random, SystemRandom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A package in a folder of its own, removed when dropped.
pub(crate) struct Packaged(PathBuf);

impl Packaged {
    /// Packages the program, which is built when it is not up to date.
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("gatehouse-azure-host-{}", SystemRandom.id()));
        gatehouse::package::azure(&folder, executable()).unwrap();
        Self(folder)
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Packaged {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// The program, in the folder into which this test was built. Cargo builds the library of another crate for a test, but
/// not its program, so that is asked for here.
fn executable() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
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
    })
}
