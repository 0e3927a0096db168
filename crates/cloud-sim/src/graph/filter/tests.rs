use super::*;
use serde_json::json;

#[test]
fn filters_of_directory_clients_hold_for_the_right_users() {
    let user = json!({
        "id": "1", "mail": "Ana@northwind.example", "otherMails": ["a@b.example"], "userType": "Guest",
        "accountEnabled": true, "displayName": "O'Brien", "identities": [{ "issuer": "mail", "issuerAssignedId": "x" }],
    });
    let get = |name: &str| user.get(name).cloned();
    for (filter, expected) in [
        ("mail eq 'ana@northwind.example'", true),
        ("mail eq 'a@b.example' or otherMails/any(m:m eq 'a@b.example')", true),
        ("otherMails/any(m:m eq 'x') or mail in ('y','ana@northwind.example')", true),
        ("userType eq 'Guest' and accountEnabled eq false", false),
        ("id in ('2','3')", false),
        ("not (displayName eq 'O''Brien')", false),
        ("startsWith(displayName,'o''b')", true),
        ("identities/any(c:c/issuerAssignedId eq 'x' and c/issuer eq 'mail')", true),
        ("identities/any(c:c/issuerAssignedId eq 'x' and c/issuer eq 'other')", false),
    ] {
        let parsed = Filter::parse(filter).unwrap_or_else(|refusal| panic!("{filter}: {refusal:?}"));
        assert_eq!(parsed.holds(&get), Ok(expected), "{filter}");
    }
}

#[test]
fn what_the_service_refuses_is_refused() {
    let too_many = format!("id in ({})", vec!["'1'"; 16].join(","));
    let too_deep = format!("{}id eq '1'{}", "(".repeat(100), ")".repeat(100));
    for filter in ["mail", "mail eq", "mail eq 'x", "mail has 'x'", "mail eq 'x' mail", &too_many, &too_deep] {
        assert!(Filter::parse(filter).is_err(), "{filter}");
    }
}

#[test]
fn a_filter_by_addresses_says_which() {
    let keys = |text: &str| {
        let parsed = Filter::parse(text).expect("a filter");
        parsed.keys(&["mail", "otherMails"]).map(|keys| keys.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(keys("mail eq 'a' or otherMails/any(m:m eq 'b')"), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(keys("mail eq 'a' and userType eq 'Guest'"), Some(vec!["a".to_owned()]));
    assert_eq!(keys("mail eq 'a' or userType eq 'Guest'"), None);
}

#[test]
fn times_and_numbers_compare_as_such() {
    let item = json!({ "createdDateTime": "2026-11-20T10:00:00Z", "code": 9 });
    let get = |name: &str| item.get(name).cloned();
    for (filter, expected) in [
        ("createdDateTime ge 2026-11-20T10:00:00Z", true),
        ("createdDateTime gt 2026-11-20T10:00:00Z", false),
        ("createdDateTime le 2026-11-20T12:00:00+01:00", true),
        ("createdDateTime lt 2026-11-20T10:00:00.5Z", true),
        ("code lt 10", true),
        ("code eq 9", true),
        ("code eq 10", false),
    ] {
        let parsed = Filter::parse(filter).unwrap_or_else(|refusal| panic!("{filter}: {refusal:?}"));
        assert_eq!(parsed.holds(&get), Ok(expected), "{filter}");
    }
}
