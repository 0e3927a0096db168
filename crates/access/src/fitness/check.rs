//! The list of checks, and the audit that goes through it.

use super::case::Case;
use super::facts::Cause;
use super::finding::{Finding, Report, Verdict};
use super::judged::Judged;
use super::{accounts, conditional, exclusions, human, logs, methods, roles, rules};
use crate::incidents::Severity::{self, Critical, High, Info, Warning};
use std::collections::BTreeSet;
use std::fmt;

/// One check.
pub struct Check {
    /// Its number, which stays the same for ever.
    pub number: u8,
    /// Its name for programs.
    pub name: &'static str,
    /// What should be true.
    pub title: &'static str,
    /// How bad it is if it is not.
    pub severity: Severity,
    /// What to do then.
    pub remedy: &'static str,
    judge: fn(&Case<'_>, &mut Judged),
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("number", &self.number).field("name", &self.name).finish_non_exhaustive()
    }
}

const fn check(
    number: u8,
    name: &'static str,
    severity: Severity,
    title: &'static str,
    judge: fn(&Case<'_>, &mut Judged),
    remedy: &'static str,
) -> Check {
    Check { number, name, title, severity, remedy, judge }
}

/// The list.
#[rustfmt::skip]
pub static CHECKS: [Check; 27] = [
    check(1, "count", Critical, "two accounts or more, and all are there", accounts::count,
        "make a second account, or mend the declaration: break_glass.accounts names what is in the tenant"),
    check(2, "enabled_member", Critical, "the accounts are enabled members of the tenant", accounts::enabled_member,
        "enable the account; one that is a guest is replaced by a member of the tenant"),
    check(3, "cloud_only", High, "the accounts exist in the cloud alone", accounts::cloud_only,
        "make a new account in the cloud, and take the synchronised one out of the declaration"),
    check(4, "domain", High, "the accounts are named in the tenant's own onmicrosoft.com domain", accounts::domain,
        "rename the account to the tenant's onmicrosoft.com domain, and tell break_glass.accounts and the alert rules the new name"),
    check(5, "permanent_role", Critical, "the accounts are Global Administrator, permanently and directly", roles::permanent,
        "assign Global Administrator to the account itself, active, for the whole tenant, without an end"),
    check(6, "not_only_eligible", High, "no account has to activate its role first", roles::not_only_eligible,
        "make the assignment active instead of eligible: activation needs services that may be down"),
    check(7, "strong_method", Critical, "a phishing-resistant method is registered", methods::strong,
        "register a passkey (FIDO2 security key) or a certificate for the account"),
    check(8, "two_keys", Warning, "each account has two keys", methods::two_keys,
        "register a second security key, and keep it in another place"),
    check(9, "no_personal_device", High, "no method hangs on somebody's device or mailbox", methods::impersonal,
        "delete the methods that are named; the account needs its security keys or its certificate alone"),
    check(10, "method_allowed", Critical, "the policy lets the accounts use what they have", methods::allowed,
        "let the accounts use the method and the model of key in the authentication methods policy"),
    check(11, "security_defaults", Info, "security defaults are off, so that exclusions are possible", conditional::defaults,
        "replace security defaults by Conditional Access policies of the same effect, with these accounts excluded (needs Entra ID P1)"),
    check(12, "excluded", High, "every other Conditional Access policy leaves an account out", conditional::excluded,
        "exclude the accounts from the policies that are named; only the one that demands phishing-resistant MFA of them stays"),
    check(13, "mfa_required", High, "a policy demands phishing-resistant MFA of the accounts", conditional::required,
        "make a policy for these accounts: all applications, authentication strength \"Phishing-resistant MFA\", no other condition"),
    check(14, "no_single_exclusion", Warning, "no single group stands between all accounts and a block", conditional::no_single,
        "exclude one account by itself, or by another group, from each policy that blocks"),
    check(15, "exclusion_guarded", High, "the groups of the exclusions are guarded", exclusions::guarded,
        "use a role-assignable group (or one in a restricted management unit) of exactly these accounts, without owners"),
    check(16, "password_expiry", Warning, "the passwords do not expire", accounts::password_expiry,
        "set DisablePasswordExpiration on the account"),
    check(17, "drill", Warning, "each account was tried within 90 days, and a drill was recorded", human::drill,
        "carry out a drill with each account in turn: gatehouse drill"),
    check(18, "devices", Warning, "the accounts have no devices but the named workstations", accounts::devices,
        "delete the device, or name it in break_glass.devices if it is the privileged workstation"),
    check(19, "owns_nothing", Warning, "the accounts own nothing and consented to nothing", accounts::owns_nothing,
        "give what is owned to somebody else, and revoke what was consented to"),
    check(20, "risk", High, "Entra ID Protection sees no risk", accounts::risk,
        "find out what happened; dismiss the risk, or change the credentials"),
    check(21, "logs_exported", Critical, "the tenant's logs go to the workspace", logs::exported,
        "add SignInLogs, NonInteractiveUserSignInLogs and AuditLogs to a diagnostic setting of the tenant that writes to the workspace"),
    check(22, "logs_arrive", Critical, "sign-ins arrive in the workspace", logs::arrive,
        "find out why nothing arrives: the diagnostic setting, the workspace's daily cap, its tables' retention"),
    check(23, "rule", Critical, "the alert rules see every sign-in at once", rules::right,
        "set the rule as the guide has it: enabled, stateless, severity 0, every five minutes or more often, by object id"),
    check(24, "action_group", Critical, "the action group reaches us and somebody else", rules::reaches,
        "give the action group our webhook with the common alert schema, and a receiver that does not depend on us"),
    check(25, "suppression", Critical, "nothing takes the action group away", rules::suppressed,
        "switch the alert processing rule off, or take these resources out of its scope"),
    check(26, "administrators", Info, "fewer than five other Global Administrators", roles::others,
        "give administrators narrower roles, or make them eligible"),
    check(27, "attested", Warning, "a person has vouched for the rest within 90 days", human::attested,
        "look at the safes, the two places, the list of persons, the process and the training; then write break_glass.attested"),
];

/// Goes through the list. The same case gives the same report.
pub fn audit(case: &Case<'_>) -> Report {
    let findings = CHECKS.iter().map(|check| finding(check, case)).collect();
    Report { customer: case.customer.to_owned(), at: case.now, findings }
}

fn finding(check: &Check, case: &Case<'_>) -> Finding {
    let mut judged = Judged::default();
    (check.judge)(case, &mut judged);
    let (verdict, severity) = (judged.verdict(), judged.severity(check.severity));
    let (reasons, causes) = judged.reasons();
    let todo = match verdict {
        Verdict::Fail => Some(check.remedy.to_owned()),
        Verdict::Unknown => Some(to_know(&causes)),
        Verdict::Pass | Verdict::NotApplicable => None,
    };
    let Check { number, name, title, .. } = *check;
    Finding { number, check: name, title, verdict, severity, reasons, todo, causes }
}

/// What makes something known that is not.
fn to_know(causes: &BTreeSet<Cause>) -> String {
    let one = |cause: &Cause| match cause {
        Cause::Forbidden => "give the app the permission or role that is named",
        Cause::NoLicence => "it takes the licence that is named, or a look in the portal",
        Cause::NotConfigured => "complete the customer's file",
        Cause::Throttled => "ask again in a minute",
        Cause::Absent => "compare the name with what is there",
        Cause::Failed => "ask again, and look at the reason if it stays",
    };
    causes.iter().map(one).collect::<Vec<_>>().join("; ")
}
