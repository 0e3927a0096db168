//! Addresses that browsers come back with.

use super::*;
use crate::onboarding::call_back::QUERY_BYTES_MAX;
use crate::onboarding::{CallBack, Refused, domain, query_of, refusal};

#[test]
fn whether_there_is_an_error_decides_and_not_what_else_is_said() {
    let accepted = format!("admin_consent=True&tenant={TENANT}&state=s&scope=x");
    let read = CallBack::read(&accepted).unwrap();
    assert_eq!(read, CallBack { state: "s".into(), tenant: Some(TENANT), error: None });
    let refused = CallBack::read("admin_consent=True&error=consent_required&error_description=a+b&state=s").unwrap();
    assert_eq!(refused.error, Some(("consent_required".into(), "a b".into())));
    assert_eq!(CallBack::read("error=&state=s").unwrap().error, None, "an empty one is none");
}

#[test]
fn an_address_that_says_something_twice_or_no_state_is_no_call_back() {
    let tenant = format!("tenant={TENANT}");
    for query in [
        "",
        "state=",
        "tenant=x",
        &tenant,
        "state=a&state=a",
        &format!("state=a&{tenant}&{tenant}"),
        "state=a&error=x&error=",
        "state=a&tenant=not-an-id",
    ] {
        assert_eq!(CallBack::read(query), None, "{query}");
    }
    let filler = |bytes: usize| format!("state=a&scope={}", "x".repeat(bytes - "state=a&scope=".len()));
    assert!(CallBack::read(&filler(QUERY_BYTES_MAX)).is_some());
    assert!(CallBack::read(&filler(QUERY_BYTES_MAX + 1)).is_none());
}

#[test]
fn an_address_is_taken_as_a_browser_shows_it() {
    assert_eq!(query_of(" https://localhost/consent?state=a&tenant=b#x\n"), Some("state=a&tenant=b"));
    assert_eq!(query_of("https://localhost/consent"), None);
}

#[test]
fn every_error_is_told_with_what_to_do() {
    let check = |error: &str, description: &str, refused: Refused, words: &str| {
        let found = refusal(error, description);
        assert_eq!(found.refused, refused, "{error} {description}");
        assert!(found.text.contains(words) && found.text.contains(error), "{}", found.text);
    };
    check("consent_required", "AADSTS65004: denied", Refused::Declined, "declined");
    check("access_denied", "", Refused::Declined, "declined");
    check("access_denied", "AADSTS90094: x", Refused::NotAllowed, "Privileged Role Administrator");
    check("access_denied", "AADSTS90095: x", Refused::Waiting, "reviewers");
    check("invalid_client", "AADSTS650052: x", Refused::App, "registration");
    check("unauthorized_client", "AADSTS700016: x", Refused::App, "AzureADMultipleOrgs");
    check("temporarily_unavailable", "", Refused::Later, "in a while");
    check("server_error", "", Refused::Later, "in a while");
    check("interaction_required", "AADSTS50076: x", Refused::Other, "AADSTS50076");
}

#[test]
fn what_a_stranger_writes_as_an_error_is_cut_and_stays_on_one_line() {
    let long = format!("AADSTS1: {}\nTrace ID: secret", "\u{1b}[2J".repeat(500));
    let text = refusal("x", &long).text;
    assert!(!text.contains('\u{1b}') && !text.contains("secret") && text.chars().count() < 600, "{text}");
    for nonsense in ["AADSTS", "AADSTSx", "AADSTS99999999999999999999999999: x", "é AADSTS"] {
        assert_eq!(refusal("x", nonsense).refused, Refused::Other, "{nonsense}");
    }
}

#[test]
fn a_domain_is_compared_as_microsoft_writes_it() {
    assert_eq!(domain(" Contoso.Example ").as_deref(), Some("contoso.example"));
    assert_eq!(domain("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
    for none in ["", "contoso", "con toso.example", "contoso.example/x", "a@contoso.example"] {
        assert_eq!(domain(none), None, "{none}");
    }
}
