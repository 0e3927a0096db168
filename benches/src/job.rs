//! What a contender is told: where the cloud is, and whom to keep equal to whom.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use uuid::Uuid;

/// The app's id in every world, and its secret.
pub const APP: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
/// See [`APP`].
pub const SECRET: &str = "correct horse battery staple";
/// The domain of the partner's people.
pub const DOMAIN: &str = "northwind.example";

/// The name of the file that holds the work.
pub const JOB: &str = "job.json";

/// The work, as a file that every contender reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// The base of the login service.
    pub login: String,
    /// The base of Graph, without the version.
    pub graph: String,
    /// The root certificate to trust, a PEM file.
    pub ca_file: PathBuf,
    /// The app's client id.
    pub app: Uuid,
    /// Its secret.
    pub secret: String,
    /// The partner's tenant.
    pub partner: Uuid,
    /// The customers.
    pub customers: Vec<Customer>,
    /// Tenants of which the customers are twins, one for each source group, if they are.
    #[serde(default)]
    pub models: Vec<Customer>,
    /// Where a contender may keep state.
    pub state: PathBuf,
    /// How long each operation of the store takes besides its own time, in milliseconds.
    pub store_ms: u64,
}

/// One customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Customer {
    /// A label.
    pub name: String,
    /// The tenant.
    pub tenant: Uuid,
    /// The partner's group.
    pub source: Uuid,
    /// The customer's group that is kept equal to it.
    pub target: Uuid,
}

/// How a contender fared, by its own account.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Account {
    /// How long it took.
    pub seconds: f64,
    /// Processor time, all threads.
    pub cpu_seconds: f64,
    /// The most memory that was resident at once since the process began.
    pub peak_mib: f64,
}
