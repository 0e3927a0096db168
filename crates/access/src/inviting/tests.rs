use super::*;

const ANA: PersonId = PersonId(uuid::Uuid::from_u128(0xa));
const TEAM: GroupId = GroupId(uuid::Uuid::from_u128(0x7));

fn inbound(allows: bool, all: bool) -> Inbound {
    Inbound { allows, all, users: BTreeSet::new(), groups: BTreeSet::new() }
}

fn open() -> Settings {
    Settings {
        read: "2026-11-02T09:00:00Z".parse().unwrap(),
        invites_from: Known::Read("everyone".into()),
        domains: Known::Read(Domains::default()),
        own_domains: Known::Read(BTreeSet::from(["contoso.example".into()])),
        everybody: Known::Read(inbound(true, true)),
        partner: Known::Read(None),
    }
}

fn domains(allowed: &[&str], blocked: &[&str]) -> Settings {
    let set = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    Settings { domains: Known::Read(Domains { allowed: set(allowed), blocked: set(blocked) }), ..open() }
}

fn ana(address: &str) -> Invitee<'_> {
    Invitee { address, person: Some(ANA), groups: None }
}

fn refusal(settings: &Settings, invitee: Invitee<'_>) -> Option<&'static str> {
    refused_by(settings, &invitee).map(|refusal| refusal.setting.code())
}

fn unread<T>() -> Known<T> {
    Known::Unread { why: "no permission".into(), passing: false }
}

#[test]
fn domains_are_compared_exactly_without_regard_to_capitals_and_scripts() {
    for (allowed, blocked, address, expected) in [
        (&[][..], &[][..], "ana@northwind.example", None),
        (&[], &["northwind.example"], "ana@northwind.example", Some("domain_blocked")),
        (&[], &["NorthWind.Example"], "Ana@NORTHWIND.example", Some("domain_blocked")),
        (&[], &["xn--bcher-kva.example"], "ana@bücher.example", Some("domain_blocked")),
        (&[], &["bücher.example"], "ana@xn--bcher-kva.example", Some("domain_blocked")),
        (&[], &["northwind.example"], "ana@mail.northwind.example", None),
        (&[], &["mail.northwind.example"], "ana@northwind.example", None),
        (&["northwind.example"], &[], "ana@northwind.example", None),
        (&["other.example"], &[], "ana@northwind.example", Some("domain_not_allowed")),
        (&["northwind.example"], &[], "ana@mail.northwind.example", Some("domain_not_allowed")),
        (&["northwind.example"], &[], "ana@northwind.example.evil.example", Some("domain_not_allowed")),
        (&["northwind.example"], &["northwind.example"], "ana@northwind.example", Some("domain_blocked")),
        (&[], &[], "ana@contoso.example", Some("own_domain")),
    ] {
        assert_eq!(refusal(&domains(allowed, blocked), ana(address)), expected, "{allowed:?} {blocked:?} {address}");
    }
}

#[test]
fn only_none_keeps_everybody_from_inviting() {
    for (from, expected) in [
        ("none", Some("invites_from")),
        ("adminsAndGuestInviters", None),
        ("adminsGuestInvitersAndAllMembers", None),
        ("everyone", None),
        ("somethingNew", None),
    ] {
        let settings = Settings { invites_from: Known::Read(from.into()), ..open() };
        assert_eq!(refusal(&settings, ana("ana@northwind.example")), expected, "{from}");
    }
}

#[test]
fn the_settings_for_our_tenant_stand_above_those_for_everybody() {
    let (open_door, shut) = (inbound(true, true), inbound(false, true));
    for (everybody, partner, expected) in [
        (&open_door, None, None),
        (&shut, None, Some("cross_tenant_default")),
        (&shut, Some(&open_door), None),
        (&open_door, Some(&shut), Some("cross_tenant_partner")),
    ] {
        let settings =
            Settings { everybody: Known::Read(everybody.clone()), partner: Known::Read(partner.cloned()), ..open() };
        assert_eq!(refusal(&settings, ana("ana@northwind.example")), expected, "{everybody:?} {partner:?}");
    }
}

#[test]
fn whom_a_setting_names_is_told_by_their_id_and_their_groups() {
    let groups = BTreeSet::from([TEAM]);
    let none = BTreeSet::new();
    let named = |allows, users: &[PersonId], groups: &[GroupId]| Inbound {
        allows,
        all: false,
        users: users.iter().copied().collect(),
        groups: groups.iter().copied().collect(),
    };
    // Whether they are refused, and whether that can be told.
    for (partner, member_of, refused, told) in [
        (named(true, &[ANA], &[]), None, false, true),
        (named(true, &[PersonId(uuid::Uuid::nil())], &[]), None, true, true),
        (named(true, &[], &[TEAM]), None, false, false),
        (named(true, &[], &[TEAM]), Some(&groups), false, true),
        (named(true, &[], &[TEAM]), Some(&none), true, true),
        (named(false, &[ANA], &[]), None, true, true),
        (named(false, &[], &[TEAM]), None, false, false),
        (named(false, &[], &[TEAM]), Some(&groups), true, true),
        (named(false, &[], &[TEAM]), Some(&none), false, true),
    ] {
        let settings = Settings { partner: Known::Read(Some(partner.clone())), ..open() };
        let invitee = Invitee { groups: member_of, ..ana("ana@northwind.example") };
        assert_eq!(refused_by(&settings, &invitee).is_some(), refused, "{partner:?} {member_of:?}");
        assert_eq!(left_open(&settings, &invitee).is_empty(), told, "{partner:?} {member_of:?}");
    }
}

#[test]
fn somebody_from_outside_is_not_judged_by_settings_that_may_not_be_theirs() {
    let outside = Invitee { address: "eve@supplier.example", person: None, groups: None };
    let shut = Settings { everybody: Known::Read(inbound(false, true)), ..open() };
    assert_eq!(refusal(&shut, outside), None);
    assert_eq!(left_open(&shut, &outside).len(), 1);
    // Nor by those for our tenant.
    let ours_shut = Settings { partner: Known::Read(Some(inbound(false, true))), ..open() };
    assert_eq!((refusal(&ours_shut, outside), left_open(&ours_shut, &outside)), (None, Vec::new()));
}

#[test]
fn what_was_not_read_refuses_nobody_and_is_said() {
    let nothing = Settings {
        invites_from: unread(),
        domains: unread(),
        own_domains: unread(),
        everybody: unread(),
        partner: unread(),
        ..open()
    };
    for person in [Some(ANA), None] {
        let invitee = Invitee { address: "ana@contoso.example", person, groups: None };
        assert_eq!(refused_by(&nothing, &invitee), None);
        assert_eq!(left_open(&nothing, &invitee).len(), 5);
    }
    // Those for everybody do not tell what holds for us while ours are unread.
    let half = Settings { everybody: Known::Read(inbound(false, true)), partner: unread(), ..open() };
    assert_eq!(refusal(&half, ana("ana@northwind.example")), None);
    assert_eq!(left_open(&open(), &ana("ana@northwind.example")), Vec::<String>::new());
}
