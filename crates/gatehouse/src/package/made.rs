//! A package in memory: judged once, written as often as wanted.

use super::program::SIZE_MAX;
use super::{Host, Program, archive, folder};
use std::path::Path;

/// A program with what its host wants beside it.
pub struct Package {
    host: Host,
    program: Program,
    warnings: Vec<String>,
}

/// One file of a package.
pub(super) struct File<'p> {
    /// With `/` between folders.
    pub(super) path: String,
    /// What is in it.
    pub(super) bytes: &'p [u8],
    /// Whether it is the program.
    pub(super) is_executable: bool,
}

impl File<'_> {
    /// The mode bits that everybody gets, whatever the mask of the process.
    pub(super) const fn mode(&self) -> u32 {
        if self.is_executable { 0o755 } else { 0o644 }
    }
}

impl Package {
    /// A package of this program for this host.
    ///
    /// The error says that the program needs a newer glibc than the host is known to have, which symbols that are, and
    /// what to do. With `any_glibc` that is a warning.
    pub fn new(host: Host, program: Program, any_glibc: bool) -> Result<Self, String> {
        let mut warnings = Vec::new();
        if let Some(above) = program.needs.above(host.glibc_max()) {
            let text = format!(
                "{} needs more of glibc than the {} that {} is known to have: {above}",
                program.path.display(),
                host.glibc_max(),
                host.name(),
            );
            if !any_glibc {
                return Err(format!(
                    "{text}. Build it with infra/build, which links for 2.26; --any-glibc packages it as it is"
                ));
            }
            warnings.push(text);
        }
        let size = program.bytes.len();
        if size > SIZE_MAX {
            warnings.push(format!(
                "{} has {:.1} MB, more than the {} MB at which a new machine starts it quickly",
                program.path.display(),
                size as f64 / 1e6,
                SIZE_MAX / 1_000_000,
            ));
        }
        Ok(Self { host, program, warnings })
    }

    /// What was let pass although it may not be meant.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Writes the folder. One that holds anything else is left alone; one that an earlier call made is replaced,
    /// functions that no longer exist included. The error says what could not be written and why.
    pub fn write_folder(&self, out: &Path) -> Result<(), String> {
        folder::write(self.host, &self.files(), out)
    }

    /// Writes the zip of it to where [`Host::zip`] says; its bytes depend on the program alone. A file there that is no
    /// package of ours is left alone. The error says what could not be written and why.
    pub fn write_zip(&self, out: &Path) -> Result<(), String> {
        archive::write(self.host, &self.files(), &self.host.zip(out)?)
    }

    /// What was written to `out`, and what to do next, in words.
    pub fn next(&self, out: &Path) -> Result<String, String> {
        let zip = self.host.zip(out)?;
        let size = std::fs::metadata(&zip).map_err(|error| format!("cannot look at {}: {error}", zip.display()))?.len();
        let glibc = match self.program.needs.highest() {
            Some(version) => format!("needs glibc {version}"),
            None => "needs no glibc".into(),
        };
        Ok(format!(
            "The package for {} is in {}, and as it is deployed in {} ({:.1} MB; the program has {:.1} MB and {glibc}).\n{}",
            self.host.name(),
            out.display(),
            zip.display(),
            size as f64 / 1e6,
            self.program.bytes.len() as f64 / 1e6,
            self.host.next(&zip)
        ))
    }

    /// All files, sorted by path.
    fn files(&self) -> Vec<File<'_>> {
        let program = File { path: self.host.executable().to_owned(), bytes: &self.program.bytes, is_executable: true };
        let beside = self.host.files().into_iter();
        let beside = beside.map(|(path, text)| File { path, bytes: text.as_bytes(), is_executable: false });
        let mut files: Vec<_> = std::iter::once(program).chain(beside).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }
}
