//! The program that goes into a package, read out of its file before it is deployed.

use super::glibc::Needs;
use object::elf;
use object::read::elf::FileHeader;
use std::path::{Path, PathBuf};

/// Above this many bytes a package starts noticeably later: the cloud copies it to each new machine first.
pub(super) const SIZE_MAX: usize = 25_000_000;

/// A program for 64-bit Linux on x86-64, in memory.
pub struct Program {
    /// Where it was read.
    pub(super) path: PathBuf,
    /// Its file.
    pub(super) bytes: Vec<u8>,
    /// What it asks of the C library.
    pub(super) needs: Needs,
}

impl Program {
    /// Reads a program's file, 22 MB as a rule.
    ///
    /// The error says why it cannot be deployed: it cannot be read, it is for another machine, or what it needs there
    /// cannot be told.
    pub fn read(path: &Path) -> Result<Self, String> {
        let at = path.display();
        let bytes = std::fs::read(path).map_err(|error| format!("cannot read the program {at}: {error}"))?;
        // Deployed, another program would only show as a host that never becomes ready.
        let header = elf::FileHeader64::<object::LittleEndian>::parse(&*bytes);
        let fits =
            header.is_ok_and(|header| header.endian().is_ok_and(|endian| header.e_machine(endian) == elf::EM_X86_64));
        if !fits {
            return Err(format!(
                "{at} is not a program for 64-bit Linux on x86-64, which is what packages are made for; \
                 package on such a machine, or name one with --program"
            ));
        }
        let needs = Needs::read(&bytes)
            .map_err(|error| format!("what {at} needs of the machine that runs it cannot be told: {error}"))?;
        Ok(Self { path: path.to_owned(), bytes, needs })
    }
}
