//! Users and their addresses.

use super::{Change, Directory, User};
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

impl Directory {
    /// Puts a new user in.
    pub(crate) fn insert_user(&mut self, id: Uuid, user: User) {
        for address in addresses(&user) {
            self.addresses.insert((address, id));
        }
        self.users.insert(id, user);
    }

    /// Changes a user and keeps the address index right.
    pub(crate) fn change_user(&mut self, id: Uuid, change: impl FnOnce(&mut User)) {
        let Some(user) = self.users.get_mut(&id) else { return };
        let before = addresses(user);
        change(user);
        let after = addresses(user);
        for address in before {
            self.addresses.remove(&(address, id));
        }
        for address in after {
            self.addresses.insert((address, id));
        }
    }

    /// Soft-deletes a user. Memberships stay.
    pub(crate) fn delete_user(&mut self, id: Uuid, at: Timestamp) -> Option<Change> {
        let user = self.users.get_mut(&id).filter(|user| user.deleted.is_none())?;
        user.deleted = Some(at);
        Some(Change::UserDeleted { user: id })
    }

    /// Brings a soft-deleted user back.
    pub(crate) fn restore_user(&mut self, id: Uuid) -> Option<Change> {
        let user = self.users.get_mut(&id).filter(|user| user.deleted.is_some())?;
        user.deleted = None;
        Some(Change::UserRestored { user: id })
    }

    /// Removes a user for good, out of every group and unit.
    pub(crate) fn purge_user(&mut self, id: Uuid) -> Vec<Change> {
        let Some(user) = self.users.remove(&id) else { return Vec::new() };
        for address in addresses(&user) {
            self.addresses.remove(&(address, id));
        }
        let mut changes = self.forget_everywhere(id);
        changes.push(Change::UserPurged { user: id });
        changes
    }
}

fn addresses(user: &User) -> Vec<Arc<str>> {
    let fold = |text: &Arc<str>| {
        // Most addresses are lower case already, and then the index shares them.
        if text.chars().any(char::is_uppercase) { text.to_lowercase().into() } else { text.clone() }
    };
    let mut all: Vec<Arc<str>> = user.mail.iter().chain(&user.upn).map(fold).collect();
    if let Some(rare) = &user.rare {
        all.extend(rare.other_mails.iter().map(fold));
        all.extend(rare.proxy_addresses.iter().flatten().map(fold));
    }
    all
}
