//! What a program needs of glibc, by the names of the versions of its symbols.
//!
//! The loader refuses a program as a whole when one version that it names is newer than the machine's library, so a
//! package that needs too much would only show as a host that never becomes ready.

use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{LittleEndian, elf};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

/// Names shown for each version; a program of ours has a dozen.
const SYMBOLS_SHOWN_MAX: usize = 5;
/// What loads a program that is linked to glibc, on x86-64.
const LOADER: &[u8] = b"/lib64/ld-linux-x86-64.so.2";

/// A version of glibc, such as 2.26. A third number, which only 2.2 and its like have, is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Version {
    /// Reads `GLIBC_2.26`. `None` for the names that are no numbers: `GLIBC_PRIVATE`, which belongs to one library
    /// alone, and `GLIBC_ABI_DT_RELR` and its like, which stand for features of newer ones.
    fn read(name: &str) -> Option<Self> {
        let mut numbers = name.strip_prefix("GLIBC_")?.split('.').map(str::parse);
        Some(Self(numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// What a program needs under the name of one version.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// As the program's file has it, such as `GLIBC_2.34`.
    name: String,
    /// The symbols of that version.
    symbols: Vec<String>,
}

impl Need {
    fn is_above(&self, max: Version) -> bool {
        Version::read(&self.name).is_none_or(|version| version > max)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.symbols.is_empty() {
            return Ok(());
        }
        let shown = &self.symbols[..self.symbols.len().min(SYMBOLS_SHOWN_MAX)];
        write!(f, " ({}", shown.join(", "))?;
        match self.symbols.len() - shown.len() {
            0 => f.write_str(")"),
            more => write!(f, " and {more} more)"),
        }
    }
}

/// The versions of glibc that a program needs, the newest first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Needs(Vec<Need>);

impl Needs {
    /// Reads a file of 64-bit little-endian ELF; what it may be besides is the caller's concern. Empty for a program that
    /// is linked statically.
    ///
    /// The error says what is not as it should be. That includes a program that is loaded by something else than
    /// glibc's loader, and one that names versions nowhere in its sections: nothing found is not nothing needed.
    pub(super) fn read(program: &[u8]) -> Result<Self, Box<dyn Error>> {
        let header = elf::FileHeader64::<LittleEndian>::parse(program)?;
        let endian = header.endian()?;
        let mut has_versions = false;
        for segment in header.program_headers(endian, program)? {
            if segment.interpreter(endian, program)?.is_some_and(|loader| loader != LOADER) {
                return Err("it is not loaded by glibc, which is the C library there".into());
            }
            let tags = segment.dynamic(endian, program)?.unwrap_or_default();
            has_versions |= tags.iter().any(|tag| tag.d_tag(endian) == elf::DT_VERNEED);
        }
        let sections = header.sections(endian, program)?;
        let Some((mut libraries, link)) = sections.gnu_verneed(endian, program)? else {
            return if has_versions {
                Err("its section headers were taken out, and with them the versions that it needs of glibc".into())
            } else {
                Ok(Self(Vec::new()))
            };
        };
        let strings = sections.strings(endian, program, link)?;
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some((_, mut versions)) = libraries.next()? {
            while let Some(version) = versions.next()? {
                let name = String::from_utf8_lossy(version.name(endian, strings)?).into_owned();
                // Of other libraries, such as GCC_3.0 of libgcc_s: older than any of the machines.
                if name.starts_with("GLIBC_") {
                    found.entry(name).or_default();
                }
            }
        }
        let symbols = sections.symbols(endian, program, elf::SHT_DYNSYM)?;
        if let Some(table) = sections.versions(endian, program)? {
            for (index, symbol) in symbols.enumerate() {
                let Some(version) = table.version(table.version_index(endian, index).index())? else { continue };
                if let Some(names) = found.get_mut(&*String::from_utf8_lossy(version.name())) {
                    names.push(String::from_utf8_lossy(symbols.symbol_name(endian, symbol)?).into_owned());
                }
            }
        }
        let mut needs: Vec<_> = found.into_iter().map(|(name, symbols)| Need { name, symbols }).collect();
        // A name without a number comes before all numbers: what it stands for is newer than they tell.
        needs.sort_by_key(|need| Reverse(Version::read(&need.name).map_or((1, Version(0, 0)), |version| (0, version))));
        Ok(Self(needs))
    }

    /// The newest version with a number.
    pub(super) fn highest(&self) -> Option<Version> {
        self.0.iter().filter_map(|need| Version::read(&need.name)).max()
    }

    /// What is newer than this, in words.
    pub(super) fn above(&self, max: Version) -> Option<String> {
        let above: Vec<_> = self.0.iter().filter(|need| need.is_above(max)).map(Need::to_string).collect();
        (!above.is_empty()).then(|| above.join(", "))
    }
}
