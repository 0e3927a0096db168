//! What tests say about users and groups.

/// A user to be made in a tenant. The user principal name is `name` at the tenant's initial domain unless given.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The display name.
    pub display_name: String,
    /// The user principal name; derived from `mail` or `display_name` when `None`.
    pub upn: Option<String>,
    /// The mail address, if there is one.
    pub mail: Option<String>,
    /// Further addresses.
    pub other_mails: Vec<String>,
    /// Whether the account is a `Guest` by type (without being external).
    pub guest: bool,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// Whether it is mastered on premises.
    pub on_premises: bool,
}

impl NewUser {
    /// An enabled member of this name, without a mail address.
    pub fn named(display_name: &str) -> Self {
        Self { display_name: display_name.to_owned(), ..Self::default() }
    }

    /// An enabled member with this mail address, which is the user principal name too.
    pub fn with_mail(mail: &str) -> Self {
        let display_name = mail.split('@').next().unwrap_or(mail).to_owned();
        Self { display_name, upn: Some(mail.to_owned()), mail: Some(mail.to_owned()), ..Self::default() }
    }
}

/// The properties of a group that decide what can be done with it.
#[derive(Debug, Clone)]
pub struct GroupSettings {
    /// The display name.
    pub display_name: String,
    /// The description.
    pub description: Option<String>,
    /// `Unified` makes a Microsoft 365 group, `DynamicMembership` one that a rule fills.
    pub group_types: Vec<String>,
    /// Whether it can receive mail.
    pub mail_enabled: bool,
    /// Whether it can be used for access.
    pub security_enabled: bool,
    /// The part of its address before the `@`.
    pub mail_nickname: String,
    /// Its address, which cannot be invited.
    pub mail: Option<String>,
    /// A key for creating it only once.
    pub unique_name: Option<String>,
    /// Whether it is mastered on premises.
    pub on_premises: bool,
    /// Whether roles can be assigned to it, which restricts who may change it.
    pub assignable_to_role: bool,
    /// Whether it is in a restricted administrative unit.
    pub management_restricted: bool,
    /// The rule of a dynamic group.
    pub membership_rule: Option<String>,
    /// SKU ids of licences that its members get.
    pub licences: Vec<uuid::Uuid>,
    /// `Team` when there is one.
    pub provisioning_options: Vec<String>,
    /// `Private`, `Public` or `HiddenMembership`.
    pub visibility: Option<String>,
}

impl GroupSettings {
    /// An ordinary security group.
    pub fn named(display_name: &str) -> Self {
        let nickname = display_name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Self {
            display_name: display_name.to_owned(),
            description: None,
            group_types: Vec::new(),
            mail_enabled: false,
            security_enabled: true,
            mail_nickname: nickname,
            mail: None,
            unique_name: None,
            on_premises: false,
            assignable_to_role: false,
            management_restricted: false,
            membership_rule: None,
            licences: Vec::new(),
            provisioning_options: Vec::new(),
            visibility: None,
        }
    }

    /// Whether it is a Microsoft 365 group.
    pub fn is_unified(&self) -> bool {
        self.group_types.iter().any(|kind| kind == "Unified")
    }

    /// Whether a rule fills it.
    pub fn is_dynamic(&self) -> bool {
        self.group_types.iter().any(|kind| kind == "DynamicMembership")
    }
}
