//! What can go wrong, sorted by what the caller can do about it.

use crate::pipeline::call::Reply;
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

/// The most characters that are kept of a code or message from outside.
pub(crate) const MESSAGE_MAX: usize = 500;

/// Why a question has no answer or a write no outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: Kind,
    /// The HTTP status, if an answer came.
    pub status: Option<u16>,
    /// The service's own code, such as `Authorization_RequestDenied` or `AADSTS700016`; empty without an answer.
    pub code: String,
    /// The service's words, or ours where it said nothing. Never holds a secret or a token.
    pub message: String,
    /// The service's id of the request, which Microsoft's support asks for.
    pub request_id: Option<String>,
    /// What was tried, such as `read the members of group 2222…`.
    pub operation: String,
    /// The tenant that was asked.
    pub tenant: Uuid,
}

/// The sorts of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nothing left this machine. Trying later is always safe.
    NeverSent,
    /// A write that may have happened: read before doing it again.
    Unclear,
    /// The service asks for a pause longer than this call could wait.
    Throttled {
        /// How long, if it said so.
        retry_after: Option<Duration>,
    },
    /// The service did not answer, or with a fault of its own; nothing was changed by this call. Try later.
    Unavailable,
    /// The tenant has no (enabled) service principal of our app: its administrator has to consent.
    NoConsent,
    /// Our secret, certificate or federated credential was refused: the partner has to repair it.
    BadCredential,
    /// This machine has no credential of the app, and nothing left it. That says nothing of the app, or of any tenant:
    /// another machine may have one.
    NoCredential,
    /// The tenant id does not exist in this cloud.
    NoSuchTenant,
    /// The tenant lets nobody in, or not our app, whatever our credential: Microsoft has blocked it, the API that we ask for
    /// is switched off in it, or a policy of its own is in the way. Its administrator has to open it; the message says which.
    TenantClosed,
    /// The token was refused, and a fresh one as well.
    Unauthorized,
    /// A permission is missing, or the object is out of our reach.
    Forbidden {
        /// The least application permission for the operation.
        permission: &'static str,
    },
    /// The app may not read this Azure resource or workspace: it has no role there (a new one may take up to an hour to
    /// hold), or the resource is in no subscription of the tenant. What is in it is unknown.
    NoRole {
        /// The least role on the resource.
        role: &'static str,
    },
    /// The tenant has no Entra ID P1, without which Graph shows nobody its logs.
    Unlicensed,
    /// An object that the operation needs is not there (or not yet: fresh objects take a while to appear).
    Missing {
        /// The object that the service named.
        id: Option<Uuid>,
    },
    /// Something is there already: one of several additions, so that none was made (send them one by one), or a group
    /// with the same unique name.
    Conflict,
    /// The delta link is too old: start the round again and compare with what is stored.
    DeltaExpired,
    /// Microsoft has blocked invitations from this tenant as suspicious; only its support lifts that.
    InvitationsBlocked,
    /// This address cannot be invited into this tenant.
    InvitationRefused {
        /// The user of the tenant who has the address already, if the service named one.
        existing: Option<Uuid>,
    },
    /// The invitation of a guest went to another user, who may have been made by it.
    WrongGuest {
        /// That user.
        made: Uuid,
    },
    /// The service refused for another reason; the same request will be refused again.
    Refused,
    /// The answer cannot be understood or must not be trusted; it was not used.
    Garbled,
    /// The token or the answer belongs to another tenant: nothing was sent with it.
    WrongTenant,
    /// The write names a protected object: nothing was sent.
    Protected,
    /// The right to write was lost before this attempt, which was not sent.
    LeaseLost(String),
}

impl Error {
    /// A failure before any answer.
    pub(crate) fn new(kind: Kind, tenant: Uuid, operation: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            code: String::new(),
            message: message.into(),
            request_id: None,
            operation: operation.to_owned(),
            tenant,
        }
    }

    /// A failure that the service told us.
    pub(crate) fn from_reply(kind: Kind, tenant: Uuid, operation: &str, reply: &Reply) -> Self {
        let (code, message) = reply.error().unwrap_or_default();
        Self {
            kind,
            status: Some(reply.status),
            code: code.chars().take(MESSAGE_MAX).collect(),
            message: message.chars().take(MESSAGE_MAX).collect(),
            request_id: reply.request_id.clone(),
            operation: operation.to_owned(),
            tenant,
        }
    }

    /// Whether a write that failed like this may have changed something.
    pub fn may_have_happened(&self) -> bool {
        matches!(self.kind, Kind::Unclear)
    }

    /// Whether the same call can succeed later without anybody repairing anything.
    pub fn transient(&self) -> bool {
        matches!(
            self.kind,
            Kind::NeverSent | Kind::NoCredential | Kind::Unclear | Kind::Throttled { .. } | Kind::Unavailable
        )
    }

    /// What to do next, in one sentence.
    fn hint(&self) -> String {
        match &self.kind {
            Kind::NeverSent => "nothing left this machine: is there a network between here and Microsoft?".to_owned(),
            Kind::Unclear => "it may have been carried out; the next survey shows it".to_owned(),
            Kind::Throttled { retry_after: Some(wait) } => {
                format!("the service asks for a pause of {} s", wait.as_secs())
            }
            Kind::Throttled { retry_after: None } => "the service asks for a pause".to_owned(),
            Kind::Unavailable => "it is tried again later".to_owned(),
            Kind::NoConsent => "an administrator of the tenant has to consent to the app".to_owned(),
            Kind::BadCredential => "repair the app's credential in the partner tenant".to_owned(),
            Kind::NoCredential => "nothing was sent".to_owned(),
            Kind::NoSuchTenant => "check the tenant id and the cloud in the configuration".to_owned(),
            Kind::TenantClosed => {
                "an administrator of the tenant has to open it again, with Microsoft where Microsoft has blocked it"
                    .to_owned()
            }
            Kind::Unauthorized => "a fresh token was refused too; check the app in the tenant".to_owned(),
            Kind::Forbidden { permission } => {
                format!("the app needs the application permission {permission}, and the object must be in its reach")
            }
            Kind::NoRole { role } => {
                format!("the app needs the role {role} on the resource, which may take an hour to hold")
            }
            Kind::Unlicensed => "the tenant needs Entra ID P1 for its logs to be read".to_owned(),
            Kind::Missing { id: Some(id) } => format!("object {id} is not there, or not visible yet"),
            Kind::Missing { id: None } => "an object is not there, or not visible yet".to_owned(),
            Kind::Conflict => "something is there already, and nothing was changed".to_owned(),
            Kind::DeltaExpired => "a full read is needed".to_owned(),
            Kind::InvitationsBlocked => "ask Microsoft support to lift the block, then clear it here".to_owned(),
            Kind::InvitationRefused { existing: Some(id) } => format!("user {id} has this address already"),
            Kind::InvitationRefused { existing: None } => "this address cannot be invited".to_owned(),
            Kind::WrongGuest { made } => format!("look at user {made} in the tenant, and delete it if nobody needs it"),
            Kind::Refused => "the request will be refused again as it is".to_owned(),
            Kind::Garbled => "the answer was not used".to_owned(),
            Kind::WrongTenant => "nothing was sent".to_owned(),
            Kind::Protected => "the object is protected, nothing was sent".to_owned(),
            Kind::LeaseLost(_) => "the right to write was lost, nothing was sent".to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {} in tenant {}", self.operation, self.tenant)?;
        if let Some(status) = self.status {
            write!(f, ": {status}")?;
        }
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request-id {id})")?;
        }
        write!(f, "; {}", self.hint())
    }
}

impl std::error::Error for Error {}
