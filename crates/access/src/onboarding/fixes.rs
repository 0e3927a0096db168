//! What to do where something is missing, with the exact command or the place in the portal. In these, `{…}` stands for
//! what is known of the customer.

use super::probe::Case;

pub(super) const CONSENT: &str = "a Privileged Role Administrator or Global Administrator of the customer consents at \
     {link}; where they did and it is refused all the same, Entra admin center, Enterprise applications, application \
     {app}, Properties: \"Enabled for users to sign-in?\" must be Yes";

pub(super) const PERMISSIONS: &str = "add what is missing to the app registration in the partner's tenant (Entra admin \
     center, App registrations, API permissions; gatehouse permissions prints the ids), and then have a Privileged Role \
     Administrator of the customer consent again at {link}: consent is for the whole list, and a permission that the \
     registration does not list is taken away by it";

pub(super) const ORGANIZATION: &str = "stop: do not go on with this customer until customers/{customer}.toml tenant_id, and \
     the domain that the customer gave, are those of the order; a tenant's id and domains are in the Entra admin center \
     under Overview and Custom domain names";

pub(super) const INVITATIONS: &str = "Entra admin center of the customer, External Identities, External collaboration \
     settings, Guest invite settings: anything but \"No one in the organization can invite guest users\"";

pub(super) const UNITS: &str = "write the unit's right id into customers/{customer}.toml (Entra admin center of the \
     customer, Roles & admins, Admin units), or have the customer make it";

pub(super) const SIGN_INS: &str = "correct the account's object id in [break_glass] accounts of \
     customers/{customer}.toml, or give the app AuditLog.Read.All and consent again at {link}";

pub(super) const ELIGIBLE: &str = "give the app RoleEligibilitySchedule.Read.Directory and consent again at {link}; \
     without it the audit of break-glass accounts says \"unknown\" there";

pub(super) const CROSS_TENANT: &str = "a Security Administrator of the customer adds the partner's tenant {partner}: Entra \
     admin center, External Identities, Cross-tenant access settings, Add organization; there Inbound access, B2B \
     collaboration: allow the partner's people, and Trust settings: trust multifactor authentication, so that they do not \
     have to prove themselves twice";

pub(super) const GROUPS: &str = "have the customer make an ordinary security group (Entra admin center, Groups, New group: \
     type Security, \"Microsoft Entra roles can be assigned\" No, membership type Assigned), and write its object id into \
     customers/{customer}.toml";

pub(super) const OUT_OF_REACH: &str = "have the customer put the group into one of the units of `scoped_to` in \
     customers/{customer}.toml (Entra admin center, Roles & admins, Admin units, the unit, Groups, Add) in which the app is \
     Groups Administrator or User Administrator";

pub(super) const OWN_ROLES: &str = "a Privileged Role Administrator of the customer gives the app each role that is named: \
     gatehouse permissions {customer} prints the command for each";

pub(super) const SUBSCRIPTIONS: &str = "an Owner of the subscription runs: az role assignment create \
     --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role \"Monitoring Reader\" --scope \
     /subscriptions/{object}";

pub(super) const DIAGNOSTICS: &str = "a Global Administrator of the customer with elevated access (Entra admin center, \
     Properties, Access management for Azure resources: Yes) runs: az role assignment create --assignee-object-id \
     {principal} --assignee-principal-type ServicePrincipal --role Reader --scope /providers/Microsoft.aadiam; then takes \
     the elevation back. Without it the audit of break-glass accounts says \"unknown\" there";

pub(super) const LICENCE: &str = "nothing has to be done: what rests on the licence does less. With it, look again";

pub(super) const AGAIN: &str =
    "look again in a minute: gatehouse onboard {customer}; if the reason stays, it says what to do";

pub(super) const SPREADING: &str = "wait: a permission that was given moments ago is in new tokens within minutes. Then: \
     gatehouse onboard {customer}";

pub(super) const CREDENTIAL: &str = "repair the credential of the app in the partner's tenant: gatehouse.toml, [app]; the \
     customer has nothing to do";

pub(super) const FORBIDDEN: &str = "the permission that is named is missing: see probe 2";

/// The text with what is known of the customer.
pub(super) fn filled(fix: &str, case: &Case<'_>, object: &str) -> String {
    let principal = case
        .facts
        .service_principal
        .map_or_else(|| "<object id of the app's enterprise application>".to_owned(), |id| id.to_string());
    fix.replace("{link}", case.link)
        .replace("{app}", &super::probe::app(case).to_string())
        .replace("{customer}", &case.customer.name)
        .replace("{partner}", &case.config.partner.tenant_id.to_string())
        .replace("{principal}", &principal)
        .replace("{object}", object)
}
