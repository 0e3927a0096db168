//! One form of an address, and who is the same person.

use crate::requests::address::{self, EMAIL_BYTES_MAX, LOCAL_BYTES_MAX, mail};

#[test]
fn an_address_has_one_form() {
    for (text, form) in [
        ("kari@partner.example.com", "kari@partner.example.com"),
        ("Kari.Nordmann@PARTNER.Example.Com", "Kari.Nordmann@partner.example.com"),
        ("kari+intune@partner.example.com", "kari+intune@partner.example.com"),
        ("kari@müller.example", "kari@xn--mller-kva.example"),
        ("kari@MÜLLER.example", "kari@xn--mller-kva.example"),
        ("kari@xn--mller-kva.example", "kari@xn--mller-kva.example"),
        // Full-width letters and the ideographic full stop are other ways to write the very same domain.
        ("kari@ｐartner。example.com", "kari@partner.example.com"),
        ("o'hara_1@a.example", "o'hara_1@a.example"),
    ] {
        assert_eq!(mail(text).as_deref(), Some(form), "{text}");
    }
}

#[test]
fn what_two_programs_could_read_in_two_ways_is_no_address() {
    for text in [
        "",
        "@",
        "kari",
        "kari@",
        "@partner.example.com",
        "kari@partner",
        "kari@partner.example.com.",
        "kari@.example.com",
        "kari@partner..example.com",
        "kari@evil.example@partner.example.com",
        "\"kari@evil.example\"@partner.example.com",
        "\"kari\"@partner.example.com",
        "kari(comment)@partner.example.com",
        "kari@[192.0.2.1]",
        "<kari@partner.example.com>",
        "Kari <kari@partner.example.com>",
        "kari@partner.example.com,eve@evil.example",
        "kari @partner.example.com",
        "kari@ partner.example.com",
        "kari\u{0}@partner.example.com",
        "kari@partner.example.com\n",
        ".kari@partner.example.com",
        "kari.@partner.example.com",
        "ka..ri@partner.example.com",
        "kåri@partner.example.com",
        "kаri@partner.example.com",
        "kari@xn--a.example",
        "kari@-partner.example.com",
        "kari@partner_.example.com",
    ] {
        assert_eq!(mail(text), None, "{text:?}");
    }
}

#[test]
fn an_address_is_as_long_as_a_mail_can_carry() {
    let local = |length| format!("{}@partner.example.com", "k".repeat(length));
    assert!(mail(&local(LOCAL_BYTES_MAX)).is_some());
    assert_eq!(mail(&local(LOCAL_BYTES_MAX + 1)), None);
    let whole = |last: usize| {
        let label = "d".repeat(60);
        format!("{}@{label}.{label}.{label}.{}", "k".repeat(LOCAL_BYTES_MAX), "e".repeat(last))
    };
    assert_eq!(whole(6).len(), EMAIL_BYTES_MAX);
    assert!(mail(&whole(6)).is_some());
    assert_eq!(mail(&whole(7)), None);
    assert_eq!(mail(&format!("k@{}", "ü".repeat(100_000))), None);
}

#[test]
fn capitals_and_tags_make_no_other_person() {
    let same = |one, other| address::person(one) == address::person(other);
    assert!(same("Ola@Partner.example.com", " ola@partner.example.com"));
    assert!(same("ola+approver@partner.example.com", "ola@partner.example.com"));
    assert!(same("ola@müller.example", "OLA@xn--mller-kva.example"));
    assert!(!same("ola@partner.example.com", "ola@partner.example"));
    assert!(!same("ola@partner.example.com", "kari@partner.example.com"));
}
