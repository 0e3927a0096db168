use super::azure::{EXECUTABLE, HOST_JSON};
use super::*;
use std::fs;
use std::path::{Path, PathBuf};

mod archive;
mod command;
mod elf;
mod folder;
mod glibc;
mod release;

/// A folder of its own for each test, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gatehouse-package-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a program's file and reads it as one.
    fn program(&self, bytes: &[u8]) -> Result<Program, String> {
        let path = self.0.join("program");
        fs::write(&path, bytes).unwrap();
        Program::read(&path)
    }

    /// A package that can be deployed.
    fn package(&self, host: Host) -> Package {
        Package::new(host, self.program(&elf::Elf::default().bytes()).unwrap(), false).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The paths of all files below a folder, sorted.
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

/// What a function app is made of.
fn app() -> Vec<String> {
    let mut names = vec![EXECUTABLE.to_owned(), "host.json".to_owned()];
    names.extend(functions::all().iter().map(|function| format!("{}/function.json", function.name)));
    names.sort();
    names
}
