//! What the accounts sign in with.
//!
//! Since mandatory multifactor authentication (portals from October 2024, command lines and programs from October 2025)
//! an account with a password alone is locked out of them, break-glass accounts too, and no exclusion helps (page "Plan
//! for mandatory Microsoft Entra multifactor authentication").

use super::case::{Case, known};
use super::conditional;
use super::facts::{Account, Cause, Method, MethodPolicy, Read, Unread};
use super::judged::Judged;
use super::reach::{Known, any_of};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The models by which passkeys in Microsoft Authenticator, on Android and on iOS, are known (page "Enable passkeys in
/// Authenticator").
const IN_AUTHENTICATOR: [Uuid; 2] = [
    Uuid::from_u128(0xde1e_552d_db1d_4423_a619_566b_625c_dc84),
    Uuid::from_u128(0x90a3_ccdf_635c_4729_a248_9b70_9135_078f),
];

/// A passkey (FIDO2).
fn is_key(method: &Method) -> bool {
    method.kind == "fido2"
}

fn keys(methods: &[Method]) -> impl Iterator<Item = &Method> {
    methods.iter().filter(|method| is_key(method))
}

/// Whether a certificate is registered, as far as the report tells; the list of methods has no certificates.
fn certificate(account: &Account) -> Read<bool> {
    match &account.registration {
        Ok(Some(found)) => Ok(found.methods.iter().any(|name| name.to_lowercase().contains("certificate"))),
        Ok(None) => Err(Unread::new(Cause::Absent, "the registration report does not list the account")),
        Err(unread) => Err(unread.clone()),
    }
}

/// Whether a policy lets the account use its method.
fn lets<'a>(policy: &'a MethodPolicy, account: &'a Account) -> Known<'a> {
    if !policy.enabled || any_of(&policy.except, &account.groups)? {
        return Ok(false);
    }
    if policy.everybody { Ok(true) } else { any_of(&policy.groups, &account.groups) }
}

pub(super) fn strong(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let upn = &account.upn;
        let Some(methods) = known(&account.methods, account, judged) else { return };
        if keys(methods).next().is_some() {
            return judged.pass();
        }
        let unread = match certificate(account) {
            Ok(true) => return judged.pass_with(format!("{upn} has a certificate")),
            Ok(false) => None,
            Err(unread) => Some(unread),
        };
        // Where nobody may use certificates, it does not matter that they cannot be seen.
        let none = case.facts.certificates.as_ref().is_ok_and(|policy| lets(policy, account) == Ok(false));
        if let Some(unread) = unread.filter(|_| !none) {
            return judged
                .unknown(&format!("{upn} has no passkey, and whether it has a certificate is not known"), &unread);
        }
        let kinds: BTreeSet<&str> = methods.iter().map(|method| method.kind.as_str()).collect();
        let only_password = kinds.iter().all(|kind| *kind == "password");
        let has = if only_password {
            "a password alone: since multifactor authentication is mandatory it is locked out of the portals".to_owned()
        } else {
            format!("nothing that is phishing-resistant and tied to no device ({})", Vec::from_iter(kinds).join(", "))
        };
        let advice = match conditional::is_excluded_from_all(case, account) {
            true => "; it is excluded from every policy, as older advice had it: that no longer helps",
            false => "",
        };
        judged.fail(format!("{upn} has {has}{advice}"));
    });
}

pub(super) fn two_keys(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let upn = &account.upn;
        let Some(methods) = known(&account.methods, account, judged) else { return };
        let made: Vec<_> = keys(methods).map(|key| key.created).collect();
        let distinct: BTreeSet<_> = made.iter().flatten().collect();
        match made.len() {
            0 if certificate(account) == Ok(true) => judged.aside(format!("{upn} uses a certificate")),
            0 => judged.aside(format!("{upn} has no key at all (check 7)")),
            1 => judged.fail(format!("{upn} has one key, and whoever loses it loses the account")),
            _ if distinct.len() >= 2 => judged.pass(),
            _ if made.contains(&None) => {
                judged
                    .unclear(Cause::Failed, format!("the service does not say when the keys of {upn} were registered"));
            }
            many => judged.fail(format!("the {many} keys of {upn} were registered at the same moment: it is one key")),
        }
    });
}

/// What a method hangs on, if it is on something that is somebody's own.
fn hangs_on(method: &Method) -> Option<&'static str> {
    Some(match method.kind.as_str() {
        "phone" => "a telephone number",
        "email" => "a mailbox",
        "microsoftAuthenticator" => "Microsoft Authenticator on somebody's telephone",
        "softwareOath" => "codes out of somebody's telephone",
        "windowsHelloForBusiness" => "one computer (Windows Hello)",
        "platformCredential" => "one computer (platform credential)",
        "qrCodePin" => "a printed code",
        "external" => "another provider",
        "temporaryAccessPass" => "a temporary access pass, which anybody may use who reads it",
        "fido2" if method.model.is_some_and(|model| IN_AUTHENTICATOR.contains(&model)) => {
            "a passkey in Microsoft Authenticator on somebody's telephone"
        }
        "fido2" if method.synced => "a passkey that somebody's own cloud account carries around",
        _ => return None,
    })
}

pub(super) fn impersonal(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let upn = &account.upn;
        let mut is_clean = true;
        match &account.methods {
            Ok(methods) => {
                for what in methods.iter().filter_map(hangs_on) {
                    is_clean = false;
                    judged.fail(format!("{upn} can be used with {what}"));
                }
            }
            Err(unread) => judged.unknown(upn, unread),
        }
        match &account.registration {
            Ok(Some(found)) if found.password_reset => {
                judged.fail(format!("{upn} is registered for self-service password reset"));
            }
            Ok(Some(_)) if is_clean => judged.pass(),
            Ok(Some(_)) => {}
            Ok(None) => judged.unclear(
                Cause::Absent,
                format!("whether {upn} is registered for self-service password reset: the report does not list it"),
            ),
            Err(unread) => {
                judged.unknown(&format!("whether {upn} is registered for self-service password reset"), unread);
            }
        }
    });
}

pub(super) fn allowed(case: &Case<'_>, judged: &mut Judged) {
    case.each(judged, |account, judged| {
        let upn = &account.upn;
        let Some(methods) = known(&account.methods, account, judged) else { return };
        let has_key = keys(methods).next().is_some();
        let (read, what) = match (has_key, certificate(account)) {
            (true, _) => (&case.facts.fido2, "passkeys"),
            (false, Ok(true)) => (&case.facts.certificates, "certificates"),
            (false, Ok(false)) => return judged.aside(format!("{upn} has nothing strong to be allowed (check 7)")),
            (false, Err(unread)) => return judged.unknown(&format!("whether {upn} has a certificate"), &unread),
        };
        let policy = match read {
            Ok(policy) => policy,
            Err(unread) => return judged.unknown(&format!("who may use {what}"), unread),
        };
        match lets(policy, account) {
            Ok(true) => {}
            Ok(false) if !policy.enabled => return judged.fail(format!("{what} are switched off in the tenant")),
            Ok(false) => return judged.fail(format!("{upn} is not among those who may use {what}")),
            Err(unread) => return judged.unknown(&format!("whether {upn} may use {what}"), unread),
        }
        let Some(models) = policy.models.as_ref().filter(|_| has_key) else { return judged.pass() };
        for key in keys(methods) {
            match key.model {
                Some(model) if models.listed.contains(&model) == models.only => judged.pass(),
                Some(model) => judged.fail(format!("the policy refuses keys of model {model}, which {upn} has")),
                None => judged.unclear(
                    Cause::Failed,
                    format!("the policy allows some models of key, and the service does not say which {upn} has"),
                ),
            }
        }
    });
}
