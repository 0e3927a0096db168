//! The audit log: what was done in the directory, and by whom.

use super::TenantHandle;
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// Something that was done.
#[derive(Debug, Clone)]
pub struct Audit {
    /// What, such as `Reset user password`.
    pub activity: String,
    /// Such as `UserManagement`.
    pub category: String,
    /// When.
    pub at: Timestamp,
    /// Whether it worked.
    pub success: bool,
    /// The user who did it; `None` for an application.
    pub actor: Option<Uuid>,
    /// That user's sign-in name, or the application's name.
    pub actor_name: String,
    /// Where from.
    pub ip: String,
    /// What it was done to.
    pub targets: Vec<Audited>,
}

/// An object that something was done to.
#[derive(Debug, Clone)]
pub struct Audited {
    /// Its id.
    pub id: Uuid,
    /// `User`, `Group`, `Role`, `Policy`, …
    pub kind: String,
    /// A user's sign-in name, anything else's display name.
    pub name: String,
    /// Properties with their values before and after, as JSON in text.
    pub changes: Vec<(String, Option<String>, Option<String>)>,
}

impl Audited {
    fn new(id: Uuid, kind: &str, name: &str) -> Self {
        Self { id, kind: kind.to_owned(), name: name.to_owned(), changes: Vec::new() }
    }

    fn with(mut self, property: &str, old: Option<&str>, new: Option<&str>) -> Self {
        self.changes.push((property.to_owned(), old.map(str::to_owned), new.map(str::to_owned)));
        self
    }
}

/// An audit in the log.
#[derive(Debug, Clone)]
pub(crate) struct LoggedAudit {
    pub(crate) audit: Audit,
    pub(crate) visible: Duration,
    /// When it happened, by the simulator's monotonic clock.
    pub(crate) happened: Duration,
}

impl TenantHandle {
    /// Puts something into the audit log, which shows it after the latency of sign-ins, a workspace after its own. Nothing
    /// else happens. Returns the id of the log entry.
    pub fn audit(&self, audit: Audit) -> String {
        let happened = self.sim.now();
        let visible = happened + self.sim.options().sign_in_latency;
        self.with(|tenant| {
            let id = tenant.fresh_log_id(audit.at);
            tenant.audits.insert(id, LoggedAudit { audit, visible, happened });
            audit_id(id)
        })
    }

    /// An administrator gives the user a new password. Returns the id of the log entry, as do the following.
    pub fn reset_password(&self, user: Uuid, by: Uuid) -> String {
        self.done_to_user("Reset user password", "UserManagement", (user, by), |target| target)
    }

    /// An administrator registers a method of the second factor for the user.
    pub fn add_method(&self, user: Uuid, by: Uuid) -> String {
        self.done_to_user("Admin registered security info", "UserManagement", (user, by), |target| {
            target.with("StrongAuthenticationMethod", Some("[]"), Some("[{\"MethodType\":6,\"Default\":true}]"))
        })
    }

    /// An administrator gives the user a directory role, or takes it. The directory itself does not change.
    pub fn change_role(&self, user: Uuid, role: &str, given: bool, by: Uuid) -> String {
        let quoted = format!("\"{role}\"");
        let (activity, old, new) = match given {
            true => ("Add member to role", None, Some(quoted.as_str())),
            false => ("Remove member from role", Some(quoted.as_str()), None),
        };
        self.done_to_user(activity, "RoleManagement", (user, by), |target| target.with("Role.DisplayName", old, new))
    }

    /// Blocks the user's sign-in or allows it, and says so in the log.
    pub fn switch_user(&self, user: Uuid, enabled: bool, by: Uuid) -> String {
        if enabled {
            self.enable_user(user);
        } else {
            self.disable_user(user);
        }
        let (activity, old, new) =
            if enabled { ("Enable account", "[false]", "[true]") } else { ("Disable account", "[true]", "[false]") };
        self.done_to_user(activity, "UserManagement", (user, by), |target| {
            target.with("AccountEnabled", Some(old), Some(new))
        })
    }

    /// Puts the user into a group, and says so in the log: the user is the first target, the group the second.
    pub fn add_to_group(&self, user: Uuid, group: Uuid, by: Uuid) -> String {
        self.add_member(group, user);
        let name = self.name_of(user);
        let user = Audited::new(user, "User", &name).with("Group.ObjectID", None, Some(&format!("\"{group}\"")));
        let targets = vec![user, Audited::new(group, "Group", "group")];
        self.done("Add member to group", "GroupManagement", targets, by)
    }

    /// An administrator changes a Conditional Access policy. The policy itself does not change.
    pub fn change_policy(&self, policy: Uuid, by: Uuid) -> String {
        let target = Audited::new(policy, "Policy", "policy").with("ConditionalAccessPolicy", Some("{}"), Some("{}"));
        self.done("Update conditional access policy", "Policy", vec![target], by)
    }

    fn done_to_user(
        &self,
        activity: &str,
        category: &str,
        (user, by): (Uuid, Uuid),
        change: impl FnOnce(Audited) -> Audited,
    ) -> String {
        let target = Audited::new(user, "User", &self.name_of(user));
        self.done(activity, category, vec![change(target)], by)
    }

    fn done(&self, activity: &str, category: &str, targets: Vec<Audited>, by: Uuid) -> String {
        self.audit(Audit {
            activity: activity.to_owned(),
            category: category.to_owned(),
            at: self.sim.wall(),
            success: true,
            actor: Some(by),
            actor_name: self.name_of(by),
            ip: "203.0.113.9".to_owned(),
            targets,
        })
    }

    /// The sign-in name of a user, or nothing.
    fn name_of(&self, user: Uuid) -> String {
        self.with(|tenant| tenant.directory.users.get(&user).map(|found| tenant.upn_of(found)).unwrap_or_default())
    }
}

/// The id as the log shows it, which is no GUID.
pub(crate) fn audit_id(id: Uuid) -> String {
    format!("Directory_{id}")
}
