//! Every application permission that the program can make use of, with the id of its app role.
//!
//! Ids are those of the `appRoles` of Microsoft's own service principals, which are the same in every tenant and cloud
//! (page "Microsoft Graph permissions reference").

use uuid::{Uuid, uuid};

/// The API that a permission belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Microsoft Graph.
    Graph,
    /// The Log Analytics API.
    LogAnalytics,
}

impl Resource {
    /// Its application id, the same in every tenant.
    pub const fn app_id(self) -> Uuid {
        match self {
            Self::Graph => uuid!("00000003-0000-0000-c000-000000000000"),
            Self::LogAnalytics => uuid!("ca7f3f0b-7d91-482c-8e09-c5d840d0eac5"),
        }
    }

    /// As the portal calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::LogAnalytics => "Log Analytics API",
        }
    }
}

/// An application permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Such as `User.Read.All`.
    pub name: &'static str,
    /// The id of its app role.
    pub app_role: Uuid,
    /// The API that it belongs to.
    pub resource: Resource,
    /// Whether something can be changed with it.
    pub writes: bool,
}

const fn read(name: &'static str, app_role: Uuid) -> Known {
    Known { name, app_role, resource: Resource::Graph, writes: false }
}

const fn write(name: &'static str, app_role: Uuid) -> Known {
    Known { name, app_role, resource: Resource::Graph, writes: true }
}

macro_rules! known {
    ($($name:ident = $known:expr;)*) => {
        $(pub(super) const $name: Known = $known;)*

        /// All of them.
        pub(super) const ALL: &[Known] = &[$($name),*];
    };
}

known! {
    UNIT_READ = read("AdministrativeUnit.Read.All", uuid!("134fd756-38ce-4afd-ba33-e9623dbe66c2"));
    UNIT_WRITE = write("AdministrativeUnit.ReadWrite.All", uuid!("5eb59dd3-1da2-4329-8733-9dabdc435916"));
    APPLICATION_READ = read("Application.Read.All", uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"));
    AUDIT_LOG_READ = read("AuditLog.Read.All", uuid!("b0afded3-3588-46d8-8b3d-9842eff778da"));
    LOGS_READ = Known { resource: Resource::LogAnalytics, ..read("Data.Read", uuid!("e8f6e161-84d0-4cd7-9441-2d46ec9ec3d5")) };
    DIRECTORY_READ = read("Directory.Read.All", uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61"));
    DOMAIN_READ = read("Domain.Read.All", uuid!("dbb9058a-0e50-45d7-ae91-66909b5d4664"));
    GROUP_CREATE = write("Group.Create", uuid!("bf7b1a76-6e77-406b-b258-bf5c7720e98f"));
    GROUP_READ = read("Group.Read.All", uuid!("5b567255-7703-4780-807c-7be8301ae99b"));
    MEMBER_READ = read("GroupMember.Read.All", uuid!("98830695-27a2-44f7-8c18-0c3ebc9698f6"));
    MEMBER_WRITE = write("GroupMember.ReadWrite.All", uuid!("dbaae8cf-10b5-4b86-a4a1-f871c94c6695"));
    RISK_READ = read("IdentityRiskyUser.Read.All", uuid!("dc5007c0-2d7d-4c42-879c-2dab87571379"));
    MAIL_SEND = write("Mail.Send", uuid!("b633e1c5-b582-4048-a93e-9f11b44c7e96"));
    ORGANIZATION_READ = read("Organization.Read.All", uuid!("498476ce-e0fe-48b0-b801-37ba7e2685c6"));
    POLICY_READ = read("Policy.Read.All", uuid!("246dd0d5-5bd0-4def-940b-0421030a5b68"));
    DOMAIN_LIST_READ = read("Policy.Read.B2BManagementPolicy", uuid!("227900ff-df89-40f8-90e2-8157cf6995d5"));
    ROLE_READ = read("RoleManagement.Read.Directory", uuid!("483bed4a-2ad3-4361-a73b-c83ccdbdc53c"));
    ROLE_WRITE = write("RoleManagement.ReadWrite.Directory", uuid!("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"));
    USER_DELETE = write("User.DeleteRestore.All", uuid!("eccc023d-eccf-4e7b-9683-8813ab36cecc"));
    USER_ENABLE = write("User.EnableDisableAccount.All", uuid!("3011c876-62b7-4ada-afa2-506cbbecc68c"));
    USER_INVITE = write("User.Invite.All", uuid!("09850681-111b-4a89-9bed-3f2cae46d706"));
    USER_READ = read("User.Read.All", uuid!("df021288-bdef-4463-88db-98f22de89214"));
    USER_REVOKE = write("User.RevokeSessions.All", uuid!("77f3a031-c388-4f99-b373-dc68676a979e"));
    METHODS_READ = read("UserAuthenticationMethod.Read.All", uuid!("38d9df27-64da-44fd-b7c5-a6fbac20248f"));
}

/// The permission of this name; `None`: none that the program makes use of.
pub fn named(name: &str) -> Option<Known> {
    ALL.iter().copied().find(|known| known.name == name)
}
