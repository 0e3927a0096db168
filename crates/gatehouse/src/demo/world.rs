//! The simulated tenants: a partner with 46 people, and five customers.

use cloud_sim::{GroupSettings, NewUser, PERMISSIONS, Sim, SimOptions, TenantHandle};
use outside::Clock;
use std::sync::Arc;
use uuid::Uuid;

/// Everything random in the simulated cloud is drawn from here, so that each demo tells the same story.
const SEED: u64 = 20_260_302;
const APP: Uuid = Uuid::from_u128(0x22222222_2222_4222_8222_222222222222);
/// The app's secret in the simulated cloud, which is no secret.
pub(super) const CLIENT_SECRET: &str = "a-secret-of-the-simulated-cloud";

/// The people of the partner by shift and line.
const DAY: [&str; 8] = ["ana", "ben", "chloe", "dmitri", "elena", "farid", "grace", "hugo"];
const NIGHT: [&str; 7] = ["ines", "jonas", "kira", "liam", "mei", "nadia", "otto"];
const SECOND_LINE: [&str; 10] =
    ["paula", "quentin", "rosa", "samir", "tessa", "umar", "vera", "walid", "xenia", "yusuf"];
const APPRENTICES: [&str; 2] = ["zoe", "arne"];
const SECURITY: [&str; 4] = ["bianca", "carlos", "dora", "emil"];
const FIELD: [&str; 14] = [
    "fiona", "goran", "hanna", "igor", "jana", "karl", "lucia", "marek", "nora", "oscar", "petra", "rafael", "sofia",
    "tomas",
];
/// Somebody who starts later.
const JOINER: &str = "ulla";

/// The partner's groups, as the configuration names them.
#[derive(Clone, Copy)]
enum Group {
    Operations = 1,
    Day = 2,
    Night = 3,
    SecondLine = 4,
    Apprentices = 5,
    Security = 6,
    Field = 7,
}

/// The simulated cloud with everybody in it.
#[derive(Clone)]
pub(crate) struct World {
    /// The cloud, which is also the transport to it.
    pub(crate) sim: Sim,
    partner: TenantHandle,
    adatum: TenantHandle,
}

impl World {
    /// The world as it is when the story begins.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let sim = Sim::new(SimOptions::new(SEED, clock));
        sim.app(APP).secret(CLIENT_SECRET);
        let partner = partner(&sim);
        contoso(&sim);
        fabrikam(&sim);
        tailspin(&sim);
        let adatum = tenant(&sim, '7', "adatum.onmicrosoft.com");
        adatum.add_group_with_id(object('b', 0x71), GroupSettings::named("Partner second line"));
        tenant(&sim, '8', "wingtip.onmicrosoft.com");
        sim.settle();
        Self { sim, partner, adatum }
    }

    /// Ulla joins the night shift.
    pub(crate) fn somebody_joins(&self) {
        let id = add_person(&self.partner, JOINER);
        self.partner.add_member(group(Group::Night), id);
    }

    /// Dmitri leaves the company: his account at the partner is disabled.
    pub(crate) fn somebody_leaves(&self) {
        self.partner.disable_user(person("dmitri"));
    }

    /// Yusuf leaves the second line and stays with the partner.
    pub(crate) fn somebody_moves(&self) {
        self.partner.remove_member(group(Group::SecondLine), person("yusuf"));
    }

    /// An administrator of A. Datum takes Quentin out of their group.
    pub(crate) fn a_customer_says_no(&self) {
        if let Some(guest) = self.adatum.find_guest(&mail("quentin")) {
            self.adatum.remove_member(object('b', 0x71), guest);
        }
    }

    /// A script goes wrong at the partner: twelve of fourteen field engineers drop out of their group.
    pub(crate) fn a_script_goes_wrong(&self) {
        for name in &FIELD[2..] {
            self.partner.remove_member(group(Group::Field), person(name));
        }
    }
}

fn partner(sim: &Sim) -> TenantHandle {
    let partner = tenant(sim, '1', "northwind.onmicrosoft.com");
    partner.verify_domain("northwind.example");
    for (which, name) in [
        (Group::Operations, "Operations"),
        (Group::Day, "Operations, day shift"),
        (Group::Night, "Operations, night shift"),
        (Group::SecondLine, "Second line"),
        (Group::Apprentices, "Apprentices"),
        (Group::Security, "Security"),
        (Group::Field, "Field engineers"),
    ] {
        partner.add_group_with_id(group(which), GroupSettings::named(name));
    }
    partner.add_member(group(Group::Operations), group(Group::Day));
    partner.add_member(group(Group::Operations), group(Group::Night));
    for (which, names) in [
        (Group::Day, DAY.as_slice()),
        (Group::Night, NIGHT.as_slice()),
        (Group::SecondLine, SECOND_LINE.as_slice()),
        (Group::Apprentices, APPRENTICES.as_slice()),
        (Group::Security, SECURITY.as_slice()),
        (Group::Field, FIELD.as_slice()),
    ] {
        for name in names {
            let id = add_person(&partner, name);
            partner.add_member(group(which), id);
        }
    }
    // Apprentices work the day shift, and go to no customer.
    for name in APPRENTICES {
        partner.add_member(group(Group::Day), person(name));
    }
    // A contractor is a guest of the partner already, and is not passed on.
    let contractor = NewUser { guest: true, ..NewUser::with_mail("vincent@southridge.example") };
    let contractor = partner.add_user_with_id(person("vincent"), contractor);
    partner.add_member(group(Group::Night), contractor);
    partner
}

/// Contoso's accounts for the day on which nobody else can sign in, as its file declares them.
const BREAK_GLASS: [(u128, &str); 2] = [
    (0xeeeeeeee_0000_4000_8000_000000000041, "bg1@contoso.onmicrosoft.com"),
    (0xeeeeeeee_0000_4000_8000_000000000042, "bg2@contoso.onmicrosoft.com"),
];

/// The second line has worked here before: seven of its people are guests in the group.
fn contoso(sim: &Sim) {
    let contoso = tenant(sim, '4', "contoso.onmicrosoft.com");
    let second_line = contoso.add_group_with_id(object('b', 0x41), GroupSettings::named("Partner second line"));
    contoso.add_unit_with_id(object('c', 0x41), "Partner guests");
    for (id, upn) in BREAK_GLASS {
        let account = NewUser { upn: Some(upn.into()), ..NewUser::named("Break glass") };
        contoso.add_user_with_id(Uuid::from_u128(id), account);
    }
    for name in &SECOND_LINE[..7] {
        let guest = contoso.add_guest(&mail(name));
        contoso.redeem(guest, "ExternalAzureAD");
        contoso.add_member(second_line, guest);
    }
}

/// Two people who look like the partner's, and are not to be taken for them.
fn fabrikam(sim: &Sim) {
    let fabrikam = tenant(sim, '5', "fabrikam.onmicrosoft.com");
    let security = fabrikam.add_group_with_id(object('b', 0x51), GroupSettings::named("Partner security"));
    // Another Bianca, from another company: the same name proves nothing.
    let namesake = fabrikam.add_guest("bianca@southridge.example");
    fabrikam.set_display_name(namesake, "Bianca");
    fabrikam.add_member(security, namesake);
    // Somebody put Carlos' address among the further addresses of their own account.
    let uncertain = fabrikam.add_guest("c.r@southridge.example");
    fabrikam.set_other_mails(uncertain, &[&mail("carlos")]);
}

fn tailspin(sim: &Sim) {
    let tailspin = tenant(sim, '6', "tailspin.onmicrosoft.com");
    let field = tailspin.add_group_with_id(object('b', 0x61), GroupSettings::named("Partner field engineers"));
    for name in FIELD {
        let guest = tailspin.add_guest(&mail(name));
        tailspin.redeem(guest, "ExternalAzureAD");
        tailspin.add_member(field, guest);
    }
    let dynamic = GroupSettings {
        group_types: vec!["DynamicMembership".into()],
        membership_rule: Some("user.accountEnabled -eq true".into()),
        ..GroupSettings::named("All staff")
    };
    tailspin.add_group_with_id(object('b', 0x62), dynamic);
}

fn tenant(sim: &Sim, digit: char, domain: &str) -> TenantHandle {
    let id: String = "dddddddd-dddd-4ddd-8ddd-dddddddddddd".replace('d', &digit.to_string());
    let tenant = sim.tenant(id.parse().expect("a UUID whose digits are all the same, but for two"), domain);
    tenant.consent(APP, PERMISSIONS);
    tenant
}

fn add_person(partner: &TenantHandle, name: &str) -> Uuid {
    let mut display_name = name.to_owned();
    display_name[..1].make_ascii_uppercase();
    partner.add_user_with_id(person(name), NewUser { display_name, ..NewUser::with_mail(&mail(name)) })
}

fn mail(name: &str) -> String {
    format!("{name}@northwind.example")
}

/// The configuration files name groups and units by such ids.
fn object(kind: char, number: u16) -> Uuid {
    let kind = if kind == 'c' { 0xcccc_cccc_u128 } else { 0xbbbb_bbbb };
    Uuid::from_u128((kind << 96) | 0x0000_4000_8000_0000_0000_0000 | u128::from(number))
}

fn group(which: Group) -> Uuid {
    Uuid::from_u128(0xaaaa_aaaa_0000_4000_8000_0000_0000_0000 + which as u128)
}

/// A person's object id at the partner: the first letters of the name, so that plans and journals can be followed.
fn person(name: &str) -> Uuid {
    let letters = name.bytes().take(6).fold(0_u128, |sum, letter| (sum << 8) | u128::from(letter));
    Uuid::from_u128(0xaaaa_aaaa_0000_4000_8001_0000_0000_0000 | letters)
}
