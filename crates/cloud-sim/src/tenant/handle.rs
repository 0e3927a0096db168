//! A tenant as a test sees it: the portal, in which a person makes and changes things, and a look at what is there.

use super::{InvitesFrom, NewUser, Tenant, born_visible};
use crate::directory::{Actor, Change, External, RareUser, User};
use crate::{Administrator, Sim};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// One tenant of a [`Sim`]. Changes act as a person's in the portal: at once, and seen by delta queries and subscriptions.
#[derive(Clone)]
pub struct TenantHandle {
    pub(super) sim: Sim,
    pub(super) id: Uuid,
}

impl TenantHandle {
    pub(crate) fn new(sim: Sim, id: Uuid) -> Self {
        Self { sim, id }
    }

    /// The tenant id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Makes a user and returns its object id.
    pub fn add_user(&self, user: NewUser) -> Uuid {
        let id = self.with(|tenant| tenant.fresh_id());
        self.add_user_with_id(id, user)
    }

    /// Makes a user with this object id.
    pub fn add_user_with_id(&self, id: Uuid, new: NewUser) -> Uuid {
        let born = born_visible(self.sim.wall());
        self.with(|tenant| {
            let upn = new.upn.clone().unwrap_or_else(|| {
                let name = new.display_name.to_lowercase().replace(' ', ".");
                format!("{name}@{}", tenant.domain)
            });
            let rare = (!new.other_mails.is_empty() || new.on_premises).then(|| {
                let other_mails = new.other_mails.iter().map(|mail| mail.as_str().into()).collect();
                Box::new(RareUser { other_mails, on_premises: new.on_premises, ..RareUser::default() })
            });
            let user = User {
                display_name: new.display_name.as_str().into(),
                mail: new.mail.as_deref().map(Into::into),
                upn: Some(upn.into()),
                guest: new.guest,
                external: None,
                enabled: !new.disabled,
                born,
                deleted: None,
                rare,
            };
            tenant.directory.insert_user(id, user);
            tenant.note(Actor::Portal, Change::UserCreated { user: id });
            id
        })
    }

    /// Invites somebody the way an administrator does, past every policy, and returns the guest's id.
    pub fn add_guest(&self, mail: &str) -> Uuid {
        let id = self.with(|tenant| tenant.fresh_id());
        self.add_guest_with_id(id, mail)
    }

    /// As [`TenantHandle::add_guest`], with this object id.
    pub fn add_guest_with_id(&self, id: Uuid, mail: &str) -> Uuid {
        let born = born_visible(self.sim.wall());
        self.with(|tenant| {
            tenant.make_guest(id, mail, None, false, born);
            tenant.note(
                Actor::Portal,
                Change::GuestInvited { user: id, mail: mail.to_owned(), again: false, mailed: true },
            );
            id
        })
    }

    /// Redeems a guest's invitation with an account of this issuer: `ExternalAzureAD`, `MicrosoftAccount`, `mail`, …
    pub fn redeem(&self, guest: Uuid, issuer: &str) {
        let since = self.sim.wall();
        self.change_user(guest, &["externalUserState", "externalUserStateChangeDateTime", "identities"], |user| {
            user.external = Some(External { accepted: true, since });
            user.rare().issuer = Some(issuer.into());
        });
    }

    /// Makes the user look as cross-tenant synchronisation makes its users: external, of type `Member`, not invited.
    pub fn mark_synchronised(&self, user: Uuid) {
        self.change_user(user, &["userType"], |user| {
            user.guest = false;
            user.rare().synchronised = true;
        });
    }

    /// Blocks the account's sign-in.
    pub fn disable_user(&self, user: Uuid) {
        self.change_user(user, &["accountEnabled"], |user| user.enabled = false);
    }

    /// Lets the account sign in again.
    pub fn enable_user(&self, user: Uuid) {
        self.change_user(user, &["accountEnabled"], |user| user.enabled = true);
    }

    /// Changes the mail address. Nothing else follows it, as in the service.
    pub fn set_mail(&self, user: Uuid, mail: Option<&str>) {
        let upn = self.with(|tenant| tenant.directory.users.get(&user).map(|found| tenant.upn_of(found)));
        self.change_user(user, &["mail", "proxyAddresses"], |user| {
            user.upn = upn.map(Into::into);
            user.mail = mail.map(Into::into);
        });
    }

    /// Changes the further addresses.
    pub fn set_other_mails(&self, user: Uuid, mails: &[&str]) {
        self.change_user(user, &["otherMails"], |user| {
            user.rare().other_mails = mails.iter().map(|mail| (*mail).into()).collect();
        });
    }

    /// Changes the display name.
    pub fn set_display_name(&self, user: Uuid, name: &str) {
        self.change_user(user, &["displayName"], |user| user.display_name = name.into());
    }

    /// Makes the account a `Guest` or a `Member` by type.
    pub fn set_guest(&self, user: Uuid, guest: bool) {
        self.change_user(user, &["userType"], |user| user.guest = guest);
    }

    /// Puts the account under restricted management: applications are refused.
    pub fn restrict_user(&self, user: Uuid) {
        self.change_user(user, &["isManagementRestricted"], |user| user.rare().management_restricted = true);
    }

    /// Soft-deletes the user: it can be restored for 30 days and keeps its memberships.
    pub fn delete_user(&self, user: Uuid) {
        let at = self.sim.wall();
        self.act(|tenant| tenant.directory.delete_user(user, at).into_iter().collect());
    }

    /// Brings a soft-deleted user back.
    pub fn restore_user(&self, user: Uuid) {
        self.act(|tenant| tenant.directory.restore_user(user).into_iter().collect());
    }

    /// Removes the user for good, memberships too.
    pub fn purge_user(&self, user: Uuid) {
        self.act(|tenant| tenant.directory.purge_user(user));
    }

    /// Lets an application in, with these permissions; later tokens carry exactly these.
    pub fn consent<P: AsRef<str>>(&self, app: Uuid, permissions: &[P]) {
        let permissions = permissions.iter().map(|name| name.as_ref().to_owned()).collect();
        self.sim.with_state(|state| state.consent(self.id, app, permissions));
    }

    /// What the administrator does from now on in front of the consent page.
    pub fn administrator(&self, does: Administrator) {
        self.sim.with_state(|state| state.administrators.insert(self.id, does));
    }

    /// Removes the application's service principal: new tokens are refused, and old ones are worth nothing.
    pub fn withdraw_consent(&self, app: Uuid) {
        self.with(|tenant| {
            if let Some(consent) = tenant.consents.get_mut(&app) {
                consent.withdrawn = true;
            }
        });
    }

    /// The object id of an application's service principal here, if it was ever let in.
    pub fn service_principal(&self, app: Uuid) -> Option<Uuid> {
        self.with(|tenant| tenant.consents.get(&app).map(|consent| consent.service_principal))
    }

    /// The subscriptions to change notifications that have not ended: id, what they are about, and until when.
    pub fn subscriptions(&self) -> Vec<(Uuid, String, jiff::Timestamp)> {
        let now = self.sim.wall();
        self.with(|tenant| {
            let live = tenant.subscriptions.iter().filter(|(_, one)| one.expires > now);
            live.map(|(id, one)| (*id, one.resource.clone(), one.expires)).collect()
        })
    }

    /// Ends a subscription behind its owner's back.
    pub fn drop_subscription(&self, id: Uuid) {
        self.with(|tenant| tenant.subscriptions.remove(&id));
    }

    /// Sends a subscription's notifications elsewhere, as if another deployment had made it.
    pub fn redirect_subscription(&self, id: Uuid, url: &str) {
        self.with(|tenant| {
            if let Some(found) = tenant.subscriptions.get_mut(&id) {
                found.url = url.to_owned();
            }
        });
    }

    /// Asks every subscriber that named a lifecycle address to reauthorize.
    pub fn ask_reauthorization(&self) {
        let now = self.sim.wall();
        self.sim.with_state(|state| {
            let subscriptions = state.tenants.get(&self.id).into_iter().flat_map(|tenant| &tenant.subscriptions);
            state.owed.extend(subscriptions.filter_map(|(id, one)| one.reauthorization(*id, self.id, now)));
        });
    }

    /// Makes every access token issued so far void.
    pub fn revoke_tokens(&self) {
        self.with(|tenant| tenant.token_epoch += 1);
    }

    /// Makes every delta token and next link void: 410 with a `Location`, and 400 for pages.
    pub fn expire_links(&self) {
        self.with(|tenant| tenant.link_epoch += 1);
    }

    /// Who may invite.
    pub fn allow_invites_from(&self, from: InvitesFrom) {
        self.with(|tenant| tenant.invitations.from = from);
    }

    /// Puts a mail domain on the deny list.
    pub fn block_domain(&self, domain: &str) {
        self.with(|tenant| tenant.invitations.blocked_domains.insert(domain.to_lowercase()));
    }

    /// Puts a mail domain on the allow list; from then on only listed domains can be invited.
    pub fn allow_domain(&self, domain: &str) {
        self.with(|tenant| tenant.invitations.allowed_domains.insert(domain.to_lowercase()));
    }

    /// Blocks a mail domain by cross-tenant access settings, on either side.
    pub fn block_cross_tenant(&self, domain: &str) {
        self.with(|tenant| tenant.invitations.cross_tenant_blocked.insert(domain.to_lowercase()));
    }

    /// Blocks all invitations "due to suspicious activity", or lifts the block as support would.
    pub fn set_suspicious(&self, suspicious: bool) {
        self.with(|tenant| tenant.invitations.suspicious = suspicious);
    }

    /// After so many invitations within an hour the tenant blocks further ones as suspicious.
    pub fn suspicious_after(&self, invitations: usize) {
        self.with(|tenant| tenant.invitations.suspicious_after = Some(invitations));
    }

    /// The most invitations in 24 hours.
    pub fn invitations_per_day_max(&self, most: usize) {
        self.with(|tenant| tenant.invitations.per_day_max = Some(most));
    }

    /// Adds a verified domain: its addresses cannot be invited.
    pub fn verify_domain(&self, domain: &str) {
        self.with(|tenant| tenant.verified_domains.insert(domain.to_lowercase()));
    }

    /// Puts a read-only answer at a path below the version, such as `/policies/authorizationPolicy`.
    pub fn set_document(&self, path: &str, body: serde_json::Value) {
        self.with(|tenant| tenant.documents.insert(path.to_owned(), body));
    }

    /// Makes everything visible that waits for replication, for the start of a test.
    pub fn settle(&self) {
        self.with(Tenant::settle);
    }

    /// Users that are not deleted.
    pub fn users(&self) -> BTreeSet<Uuid> {
        self.with(|tenant| {
            let users = tenant.directory.users.iter();
            users.filter(|(_, user)| user.deleted.is_none()).map(|(id, _)| *id).collect()
        })
    }

    /// Users in the deleted items.
    pub fn deleted_users(&self) -> BTreeSet<Uuid> {
        self.with(|tenant| {
            let users = tenant.directory.users.iter();
            users.filter(|(_, user)| user.deleted.is_some()).map(|(id, _)| *id).collect()
        })
    }

    /// The user with this mail who came from outside and is not deleted.
    pub fn find_guest(&self, mail: &str) -> Option<Uuid> {
        self.with(|tenant| {
            let mut found = tenant.directory.with_address(mail);
            found.find(|id| {
                tenant.directory.users.get(id).is_some_and(|user| user.deleted.is_none() && user.external.is_some())
            })
        })
    }

    /// The mail address of a user, deleted or not.
    pub fn mail(&self, user: Uuid) -> Option<String> {
        self.with(|tenant| tenant.directory.users.get(&user)?.mail.as_deref().map(str::to_owned))
    }

    /// Whether the user exists, is not deleted and may sign in.
    pub fn is_enabled(&self, user: Uuid) -> bool {
        self.with(|tenant| tenant.directory.users.get(&user).is_some_and(|user| user.deleted.is_none() && user.enabled))
    }

    pub(super) fn change_user(&self, id: Uuid, properties: &[&str], change: impl FnOnce(&mut User)) {
        self.act(|tenant| {
            tenant.directory.change_user(id, change);
            vec![Change::UserUpdated {
                user: id,
                properties: properties.iter().map(|name| (*name).to_owned()).collect(),
            }]
        });
    }

    pub(super) fn act(&self, change: impl FnOnce(&mut Tenant) -> Vec<Change>) {
        self.with(|tenant| {
            for change in change(tenant) {
                tenant.note(Actor::Portal, change);
            }
        });
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Tenant) -> T) -> T {
        self.sim.with_tenant(self.id, look)
    }

    pub(super) fn now(&self) -> (Duration, Duration) {
        (self.sim.now(), self.sim.options().remembered())
    }
}

impl std::fmt::Debug for TenantHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TenantHandle").field(&self.id).finish()
    }
}
