//! The clouds that a package can be for, and what each wants of it.

use super::glibc::Version;
use super::{azure, lambda};
use std::path::{Path, PathBuf};

/// The cloud that a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Azure Functions, as a custom handler.
    Azure,
    /// AWS Lambda, on the runtime `provided.al2023`.
    Lambda,
}

impl Host {
    /// The name that people know it by.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Azure => "Azure Functions",
            Self::Lambda => "AWS Lambda",
        }
    }

    /// The newest glibc that a program may need there.
    ///
    /// Azure promises no version for its images, so this is one of 2017 that all of them had in years. Amazon Linux
    /// 2023, which `provided.al2023` is, has 2.34 for its whole life.
    pub(super) const fn glibc_max(self) -> Version {
        match self {
            Self::Azure => Version(2, 26),
            Self::Lambda => Version(2, 34),
        }
    }

    /// The program's name in the package.
    pub(super) const fn executable(self) -> &'static str {
        match self {
            Self::Azure => azure::EXECUTABLE,
            Self::Lambda => lambda::EXECUTABLE,
        }
    }

    /// What lies beside the program: paths with `/`, and texts.
    pub(super) fn files(self) -> Vec<(String, &'static str)> {
        match self {
            Self::Azure => azure::files(),
            Self::Lambda => Vec::new(),
        }
    }

    /// Where the zip of the package in the folder `out` belongs: beside the folder for Azure, whose folder is the app
    /// itself; in it for Lambda.
    ///
    /// The error says that `out` has no name to call the zip by.
    pub fn zip(self, out: &Path) -> Result<PathBuf, String> {
        match self {
            Self::Azure => azure::zip(out),
            Self::Lambda => Ok(out.join(lambda::ZIP)),
        }
    }

    /// Says what is not ours among these names, out of a folder or a zip; `None` where all of them can be of an
    /// earlier package. `host_json` is the text of the file of that name, where there is one.
    pub(super) fn foreign(self, names: &[String], host_json: Option<&str>) -> Option<String> {
        match self {
            Self::Azure => azure::foreign(names, host_json),
            Self::Lambda => lambda::foreign(names),
        }
    }

    /// What to do with the package, in words.
    pub(super) fn next(self, zip: &Path) -> String {
        match self {
            Self::Azure => azure::next(zip),
            Self::Lambda => lambda::next(zip),
        }
    }
}
