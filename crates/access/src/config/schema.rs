//! The JSON Schemas of the three kinds of file, from the same types that read them.

use super::files::{CustomerFile, ProfileFile, ProgramFile};
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The kinds of file in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `gatehouse.toml`
    Program,
    /// `customers/<name>.toml`
    Customer,
    /// `profiles/<name>.toml`
    Profile,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Program, Self::Customer, Self::Profile];

    /// A short name, for file names and titles.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Program => "gatehouse",
            Self::Customer => "customer",
            Self::Profile => "profile",
        }
    }
}

/// The JSON Schema (draft 2020-12) of one kind of file, for editors and for other tools.
///
/// The keyword `x-word` names a grammar of ours; every other keyword is the standard's.
pub fn schema(kind: Kind) -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = match kind {
        Kind::Program => generator.into_root_schema_for::<ProgramFile>(),
        Kind::Customer => generator.into_root_schema_for::<CustomerFile>(),
        Kind::Profile => generator.into_root_schema_for::<ProfileFile>(),
    };
    schema.to_value()
}
