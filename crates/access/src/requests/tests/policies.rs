//! What may be asked at all.

use super::{FREE, asked, caller, config, found};
use crate::requests::policy::{Code, Membership, Problem, check, place, whole_number};
use crate::requests::{Asked, CustomerRef, Ticket, mail};

fn codes(problems: Result<(), Vec<Problem>>) -> Vec<&'static str> {
    problems.err().into_iter().flatten().map(|problem| problem.code.name()).collect()
}

/// What is refused of what is asked under these rules, by a caller, when it is not known who asks.
fn refused(rules: &str, caller_name: &str, asked: &Asked) -> Vec<&'static str> {
    let config = config(rules);
    let place = found(&config, asked);
    codes(check(asked, &place, caller(&config, caller_name), Membership::Unknown))
}

#[test]
fn a_customer_that_the_caller_may_not_name_is_like_one_that_does_not_exist() {
    let config = config(FREE);
    let ask = |name: &str, id: &str| {
        let by_name = Asked { customer: CustomerRef::Name(name.into()), ..asked() };
        let by_id = Asked { customer: CustomerRef::TenantId(id.parse().unwrap()), ..asked() };
        let tickets = caller(&config, "tickets");
        let read = |asked: &Asked| place(asked, tickets, &config.customers).map(|place| place.customer.name.clone());
        (read(&by_name), read(&by_id))
    };
    let (name, id) = ask("examplecorp", "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34");
    assert_eq!((name, id), (Ok("examplecorp".into()), Ok("examplecorp".into())));
    assert_eq!(ask("ExampleCorp", "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34").0, Ok("examplecorp".into()));
    let hidden = ask("fabrikam", "55555555-5555-4555-8555-555555555555");
    let absent = ask("nobody", "99999999-9999-4999-8999-999999999999");
    assert_eq!(hidden, absent);
    assert_eq!(absent.0.unwrap_err().code, Code::UnknownCustomer);
    let anywhere = Asked { customer: CustomerRef::Name("fabrikam".into()), ..asked() };
    assert!(place(&anywhere, caller(&config, "anywhere"), &config.customers).is_ok());
}

#[test]
fn a_package_must_exist_and_be_for_the_asking() {
    let config = config(FREE);
    let ask = |customer: &str, package: &str| {
        let asked = Asked { customer: CustomerRef::Name(customer.into()), package: package.into(), ..asked() };
        place(&asked, caller(&config, "anywhere"), &config.customers).map(drop).map_err(|problem| problem.code.name())
    };
    assert_eq!(ask("examplecorp", "tier2-intune"), Ok(()));
    assert_eq!(ask("examplecorp", "tier3-intune"), Err("unknown_package"));
    assert_eq!(ask("examplecorp", "Tier2-Intune"), Err("unknown_package"));
    assert_eq!(ask("examplecorp", "closed"), Err("not_requestable"));
    assert_eq!(ask("leaving", "tier2-intune"), Err("not_requestable"));
}

#[test]
fn only_the_very_domains_of_the_customer_are_invited() {
    let ask = |text: &str| {
        let mut asked = asked();
        asked.invitee.email = mail(text).expect("it is an address");
        refused(FREE, "tickets", &asked)
    };
    for allowed in [
        "kari@partner.example.com",
        "kari@PARTNER.EXAMPLE.COM",
        "kari+tier2@partner.example.com",
        "kari@müller.example",
        "kari@MÜLLER.example",
        "kari@xn--mller-kva.example",
        "kari@ｐartner.example.com",
    ] {
        assert_eq!(ask(allowed), Vec::<&str>::new(), "{allowed}");
    }
    for other in [
        "kari@sub.partner.example.com",
        "kari@example.com",
        "kari@evilpartner.example.com",
        "kari@partner.example.com.evil.example",
        "kari@partner.example.co",
        "kari@partner-example.com",
        "kari@muller.example",
        // Cyrillic and Greek letters that look the same.
        "kari@pаrtner.example.com",
        "kari@ρartner.example.com",
        "kari@partner.exаmple.com",
    ] {
        assert_eq!(ask(other), ["domain_not_allowed"], "{other}");
    }
}

#[test]
fn nobody_gets_longer_than_the_package_allows() {
    let ask = |hours| refused(FREE, "tickets", &Asked { hours, ..asked() });
    assert_eq!((ask(1), ask(24)), (vec![], vec![]));
    for hours in [0, 25, 100_000, u32::MAX] {
        assert_eq!(ask(hours), ["duration_too_long"], "{hours}");
    }
    let part = "duration_max = \"90m\"\napprovals = 0\n";
    assert_eq!(refused(part, "tickets", &Asked { hours: 1, ..asked() }), Vec::<&str>::new());
    assert_eq!(refused(part, "tickets", &Asked { hours: 2, ..asked() }), ["duration_too_long"]);
    let year = "duration_max = \"366d\"\napprovals = 0\n";
    assert_eq!(refused(year, "tickets", &Asked { hours: 366 * 24, ..asked() }), Vec::<&str>::new());
    assert_eq!(refused(year, "tickets", &Asked { hours: 366 * 24 + 1, ..asked() }), ["duration_too_long"]);
}

#[test]
fn a_ticket_number_fits_as_a_whole() {
    let ask = |pattern: &str, number: Option<&str>| {
        let ticket = Some(Ticket { number: number.map(str::to_owned), id: Some("1".into()), ..Ticket::default() });
        refused(&format!("{FREE}ticket = '{pattern}'\n"), "tickets", &Asked { ticket, ..asked() })
    };
    for pattern in ["^(INC|RITM)[0-9]{7}$", "(INC|RITM)[0-9]{7}", "INC[0-9]{7}|RITM[0-9]{7}", "RITM.......|a"] {
        assert_eq!(ask(pattern, Some("RITM0010023")), Vec::<&str>::new(), "{pattern}");
        for other in ["RITM001002", "RITM00100234", "xRITM0010023", "RITM0010023 or so", "RITM0010023\nINC", ""] {
            assert_eq!(ask(pattern, Some(other)), ["ticket_invalid"], "{pattern} {other:?}");
        }
        assert_eq!(ask(pattern, None), ["ticket_required"]);
        let without = Asked { ticket: None, ..asked() };
        assert_eq!(refused(&format!("{FREE}ticket = '{pattern}'\n"), "tickets", &without), ["ticket_required"]);
    }
    assert_eq!(refused(FREE, "tickets", &Asked { ticket: None, ..asked() }), Vec::<&str>::new());
    // The shorter alternative comes first, and the number is still matched whole.
    assert!(whole_number("INC|INC1").unwrap().is_match("INC1"));
}

#[test]
fn we_report_back_only_to_listed_hosts_by_https() {
    let ask = |url: &str| refused(FREE, "tickets", &Asked { callback: Some(url.to_owned()), ..asked() });
    for listed in [
        "https://example.service-now.com/api/now/table/sc_req_item/6816",
        "https://example.service-now.com:443/",
        "https://EXAMPLE.service-now.com",
        "https://tickets.example:8443/hook?x=1",
        "https://127.0.0.1:8443/hook",
    ] {
        assert_eq!(ask(listed), Vec::<&str>::new(), "{listed}");
    }
    for other in [
        "",
        "example.service-now.com",
        "http://example.service-now.com/",
        "HTTP://example.service-now.com/",
        "ftp://example.service-now.com/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///",
        "https://example.service-now.com:8443/",
        "https://tickets.example/",
        "https://tickets.example:443/",
        "https://evil.example/?example.service-now.com",
        "https://example.service-now.com.evil.example/",
        "https://example.service-now.com./",
        "https://sub.example.service-now.com/",
        "https://example.service-now.com@evil.example/",
        "https://user@example.service-now.com/",
        "https://user:password@example.service-now.com/",
        "https://:password@example.service-now.com/",
        "https://example.service-now.com\\@evil.example/",
        "https://evil.example\\@example.service-now.com/",
        "https://127.0.0.1/",
        "https://169.254.169.254/",
        "https://2130706433/",
        "https://[::1]:8443/",
        "https://[::ffff:127.0.0.1]:8443/",
        "https://localhost:8443/",
        "https://exаmple.service-now.com/",
    ] {
        assert_eq!(ask(other), ["callback_not_allowed"], "{other}");
    }
    assert_eq!(refused(FREE, "anywhere", &asked()), ["callback_not_allowed"], "the caller has no list");
    assert_eq!(refused(FREE, "anywhere", &Asked { callback: None, ..asked() }), Vec::<&str>::new());
}

#[test]
fn where_only_some_may_ask_it_must_be_known_that_they_are_among_them() {
    let config = config(&format!("{FREE}requesters = [\"aaaaaaaa-0000-4000-8000-000000000007\"]\n"));
    let ask = |requested_by: Option<&str>, membership| {
        let asked = Asked { requested_by: requested_by.map(str::to_owned), ..asked() };
        let place = found(&config, &asked);
        assert_eq!(place.requesters().map(std::collections::BTreeSet::len), Some(1));
        codes(check(&asked, &place, caller(&config, "tickets"), membership))
    };
    assert_eq!(ask(Some("ola@partner.example.com"), Membership::Yes), Vec::<&str>::new());
    assert_eq!(ask(Some("ola@partner.example.com"), Membership::No), ["forbidden"]);
    assert_eq!(ask(Some("ola@partner.example.com"), Membership::Unknown), ["forbidden"]);
    assert_eq!(ask(None, Membership::Yes), ["forbidden"]);
}

#[test]
fn all_that_is_refused_is_said_at_once() {
    let rules =
        "duration_max = \"1h\"\nticket = \"INC[0-9]+\"\nrequesters = [\"aaaaaaaa-0000-4000-8000-000000000007\"]\n";
    let mut asked = Asked { callback: Some("https://evil.example".into()), ..asked() };
    asked.invitee.email = "kari@evil.example".into();
    assert_eq!(
        refused(rules, "tickets", &asked),
        ["forbidden", "domain_not_allowed", "duration_too_long", "ticket_invalid", "callback_not_allowed"]
    );
}
