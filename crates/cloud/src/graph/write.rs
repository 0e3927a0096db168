//! The writes that can be sent to Graph.

use jiff::Timestamp;
use uuid::Uuid;

/// The most users that one request can add to a group (page "Add members").
pub const BIND_MAX: usize = 20;

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Makes a guest. Never repeated after an unclear end. For the address of a guest that is there, the service gives
    /// that guest.
    Invite {
        /// The address.
        mail: String,
        /// Name as shown to people.
        display_name: Option<String>,
        /// Where the person ends up after accepting.
        redirect_url: String,
        /// Whether Microsoft sends the mail.
        send_mail: bool,
    },
    /// Has Microsoft mail the invitation of a guest once more. It is the same request, and the service has been observed to
    /// give that guest back for the guest's own address; should it make another one, that is an error of kind
    /// [`WrongGuest`](crate::Kind::WrongGuest). Never repeated after an unclear end.
    InviteAgain {
        /// The guest.
        user: Uuid,
        /// The address that the guest was invited by.
        mail: String,
        /// Where the person ends up after accepting.
        redirect_url: String,
    },
    /// Adds 1 to [`BIND_MAX`] users to a group: all or nobody.
    AddMembers {
        /// The group.
        group: Uuid,
        /// The users, each once.
        users: Vec<Uuid>,
    },
    /// Takes a user out of a group.
    RemoveMember {
        /// The group.
        group: Uuid,
        /// The user.
        user: Uuid,
    },
    /// Adds a user to an administrative unit.
    AddToUnit {
        /// The unit.
        unit: Uuid,
        /// The user.
        user: Uuid,
    },
    /// Takes a user out of an administrative unit.
    RemoveFromUnit {
        /// The unit.
        unit: Uuid,
        /// The user.
        user: Uuid,
    },
    /// Gives a user a directory role within an administrative unit.
    GrantRole {
        /// The role's definition.
        role: Uuid,
        /// The unit.
        unit: Uuid,
        /// The user.
        user: Uuid,
    },
    /// Takes a directory role within an administrative unit from a user.
    RevokeRole {
        /// The assignment's id, as a listing gave it; it is not a GUID.
        assignment: String,
        /// The unit.
        unit: Uuid,
        /// The user.
        user: Uuid,
    },
    /// Lets an account sign in, or stops it.
    SetEnabled {
        /// The user.
        user: Uuid,
        /// Whether it may sign in.
        enabled: bool,
    },
    /// Ends the user's sessions in this tenant.
    RevokeSessions {
        /// The user.
        user: Uuid,
    },
    /// Puts a user into the bin, from which it can be restored for 30 days.
    DeleteUser {
        /// The user.
        user: Uuid,
    },
    /// Takes a user out of the bin.
    RestoreUser {
        /// The user.
        user: Uuid,
    },
    /// Asks to be told of changes. The service sends a token to the address before it answers, which has to come back.
    /// Never repeated after an unclear end: list what there is.
    Subscribe {
        /// `/users` or `/groups`.
        resource: String,
        /// Where notifications go, those about the subscription itself too: https, and public.
        url: String,
        /// The secret that they carry, at most 128 characters.
        client_state: String,
        /// Until when: at most 41,760 minutes from now.
        expires: Timestamp,
    },
    /// Goes on being told. This also answers a request to reauthorize.
    RenewSubscription {
        /// The subscription.
        id: Uuid,
        /// Until when.
        expires: Timestamp,
    },
    /// Ends a subscription.
    Unsubscribe {
        /// The subscription.
        id: Uuid,
    },
    /// Makes a security group. Never repeated after an unclear end: look for its unique name.
    CreateGroup {
        /// Name as shown to people.
        display_name: String,
        /// What it is for.
        description: String,
        /// The name that finds it again.
        unique_name: String,
    },
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It was made, or an earlier attempt of the same call had made it.
    Done,
    /// The state was there before the first attempt: somebody else made it.
    AlreadyThere,
    /// What should go was not there before the first attempt.
    NotThere,
    /// The guest.
    Invited {
        /// The guest's object id.
        guest: Uuid,
        /// `PendingAcceptance`, `Completed`, `InProgress` or `Error`.
        status: String,
    },
    /// A new object.
    Created {
        /// Its id.
        id: Uuid,
    },
}
