//! The configuration folder: `gatehouse.toml`, `customers/*.toml`, `profiles/*.toml`.
//!
//! Pure: the host reads the disk and hands over a [`Folder`]; [`load`] returns every problem that it found, at once,
//! and what it could build. A file goes through four rooms:
//!
//! 1. `read` parses the text and walks it along the schema of its kind: what is unknown, missing or of a wrong
//!    type is a problem with its line, and is left out of what goes on;
//! 2. `files` holds the types of what people write, and so the schemas; `words` the texts with a grammar of their
//!    own (durations, domains, references to secrets);
//! 3. `checks` looks at the meaning, within a file and across them;
//! 4. `resolve` merges profiles, narrows limits, fills in defaults, and yields the [`Config`] of `model`.

mod apps;
mod arm;
mod break_glass;
mod channels;
mod checks;
mod field_path;
mod files;
mod folder;
mod limits;
mod model;
mod notices;
mod places;
mod problem;
mod published;
mod read;
mod reference;
mod requests;
mod resolve;
mod schema;
mod secrets;
mod shape;
mod store;
#[cfg(test)]
mod tests;
mod tickets;
mod words;

pub use apps::{DEFAULT_APP, Granted, Rights};
pub use break_glass::{Attested, BreakGlass, BreakGlassAccount, EscalationStep, Guarded, Paging, Workspace};
pub use channels::{Channel, NoticeKind, RecordAuth, Service, SlackApp, Smtp, SmtpSecurity};
pub use field_path::{FieldSource, FieldStep};
pub use folder::{FILE_BYTES_MAX, Folder, Loaded, load};
pub use model::*;
pub use notices::notices;
pub use problem::{ConfigProblem, Severity};
pub use published::unpublishable;
pub use reference::reference;
pub use requests::{Approver, CallbackAuth, Field, Format, Native, ReadBack, Requests, Stage, When};
pub use schema::{Kind, schema};
pub use secrets::secrets;
pub use store::{StoreAccess, StoreCredential, StorePlace};
pub use tickets::{Desk, DeskSystem, ServiceNowAuth, TicketEvent, ZendeskStatus};
