//! Microsoft's login service, Graph v1.0, Log Analytics and Azure Resource Manager, simulated at the wire.
//!
//! A [`Sim`] is a cloud of many tenants in one process. Clients reach it as an [`outside::Transport`] or over TLS, and
//! meet what the real services do: paging with opaque links, delta queries, batches, replication lag, throttling, every
//! refusal of an invitation, and, as [`Fault`]s, answers that get lost. Tests build the world and look at it through
//! [`TenantHandle`]s, and watch the wire with [`Sim::requests`] and [`Sim::effects`].
//!
//! It has types of its own and shares none with the client under test: its answers are held against the published
//! OpenAPI description instead. The same seed, clock and requests give the same answers.

mod azure;
mod directory;
mod door;
mod fault;
mod graph;
mod hook;
mod login;
mod notify;
mod options;
mod recorder;
mod seal;
mod sim;
mod state;
mod tenant;
#[cfg(test)]
mod tests;
mod throttle;
mod tls;
mod twin;

pub use directory::{Actor, Change};
pub use fault::{Fault, What, When};
pub use graph::PERMISSIONS;
pub use hook::{Hook, Treatment};
pub use login::{Administrator, AppHandle, make_certificate};
pub use options::{Quota, Quotas, SimOptions};
pub use recorder::{Effect, Recorded};
pub use sim::Sim;
pub use tenant::{
    AccessPolicy, Audit, Audited, Demand, DomainRules, GroupSettings, Inbound, InvitesFrom, MethodRules, NewUser,
    RoleTerms, SignIn, SignInMethod, Targets, TenantHandle, Workspace,
};
pub use tls::{TlsSim, serve};
