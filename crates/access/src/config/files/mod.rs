//! The files as people write them: one struct for each table, one field for each key.
//!
//! The schemas come from these types, and the reference in `docs/configuration.md` is checked against the schemas.
//! Keys of features that are still to come are read and checked like the others, so that a configuration can be written
//! once.

mod break_glass;
mod callers;
mod channels;
mod customer;
mod limits;
mod onboarding;
mod packages;
mod program;
mod services;
mod tickets;

pub(super) use break_glass::{AlertWebhookTable, BreakGlassEntry, BreakGlassTable, PagingTable, WorkspaceTable};
pub(super) use callers::{AuthTable, CallbackAuthTable, CallerTable, EntraTable, FieldsTable, Secrets};
pub(super) use channels::{ChannelTable, EscalationStep};
pub(super) use customer::{CustomerFile, ProfileFile, RightsName};
pub(super) use limits::{LowerLimits, Numbers, ProgramLimits};
pub(super) use onboarding::OnboardingTable;
pub(super) use packages::{GroupEntry, PackageTable, RequestsTable, StageTable};
pub(super) use program::{
    AppTable, CloudName, CloudTable, CredentialTable, InvitationMail, InvitationsTable, LeaversTable, ProgramFile,
    StoreCredentialTable, StoreTable,
};
pub(super) use services::{ServiceNowTable, Slack, SmtpTable, SnsTable, TwilioTable};
pub(super) use tickets::TicketTable;
