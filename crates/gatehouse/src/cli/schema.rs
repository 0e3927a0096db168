//! `gatehouse schema`: JSON Schemas of the configuration files.

use super::console::{Console, Failure};
use access::config::{Kind, schema};
use clap::ValueEnum;

/// Print the JSON Schema of a configuration file
#[derive(Debug, clap::Args)]
#[command(after_help = "Editors complete and check TOML with it. Without a name, all three are printed as one object.

Example:
  gatehouse schema customer > customer.schema.json")]
pub(super) struct Args {
    /// Which file
    #[arg(value_enum, value_name = "FILE")]
    file: Option<File>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum File {
    /// gatehouse.toml
    Gatehouse,
    /// customers/NAME.toml
    Customer,
    /// profiles/NAME.toml
    Profile,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<u8, Failure> {
    let kind = args.file.map(|file| match file {
        File::Gatehouse => Kind::Program,
        File::Customer => Kind::Customer,
        File::Profile => Kind::Profile,
    });
    match kind {
        Some(kind) => console.json(&schema(kind))?,
        None => {
            let all = Kind::ALL.into_iter().map(|kind| (kind.name().to_owned(), schema(kind)));
            console.json(&serde_json::Value::Object(all.collect()))?;
        }
    }
    Ok(0)
}
