//! Several app registrations, and rights that are scoped to units.

use super::{CONTOSO, PROGRAM, check, check_customer, check_program, config, loaded, report};
use crate::config::{DEFAULT_APP, Granted, Rights, notices};
use expect_test::expect;

const AUDIT: &str = "
[apps.audit]
client_id = \"33333333-3333-4333-8333-333333333333\"
credential = { managed_identity = \"55555555-5555-4555-8555-555555555555\" }
permissions = \"read\"
";

fn program(more: &str) -> String {
    format!("{PROGRAM}{more}")
}

#[test]
fn a_customer_that_names_no_app_consents_to_the_one_in_app() {
    let program = program(AUDIT);
    let contoso = format!("app = \"audit\"\n{CONTOSO}");
    let fabrikam = CONTOSO.replace("44444444", "77777777");
    let tailspin = format!("app = \"{DEFAULT_APP}\"\n{}", CONTOSO.replace("44444444", "88888888"));
    let config = config(&[
        ("gatehouse.toml", &program),
        ("customers/contoso.toml", &contoso),
        ("customers/fabrikam.toml", &fabrikam),
        ("customers/tailspin.toml", &tailspin),
    ]);
    let of: Vec<_> = config.customers.iter().map(|one| config.app_of(one).client_id.to_string()).collect();
    let (own, audit) = ("22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333");
    assert_eq!(of, [audit, own, own]);
    assert_eq!(config.app_of(&config.customers[0]).permissions, Granted::Read);
    assert_eq!(config.all_apps().map(|(name, _)| name).collect::<Vec<_>>(), ["default", "audit"]);
}

#[test]
fn an_app_that_nobody_described_is_named_with_the_nearest() {
    let check_app = |app: &str, expect| {
        let program = program(AUDIT);
        let other = format!("app = \"audit\"\n{}", CONTOSO.replace("44444444", "77777777"));
        let contoso = format!("app = \"{app}\"\n{CONTOSO}");
        let files =
            [("gatehouse.toml", &*program), ("customers/contoso.toml", &*contoso), ("customers/other.toml", &*other)];
        check(&files, expect);
        // Whoever cannot be told which app to use is left out, and does not use another one.
        let config = loaded(&files).config.expect("the program's file is right");
        assert_eq!(config.customers.len(), 1);
    };
    check_app(
        "audti",
        expect![[r#"
        customers/contoso.toml:1: app: gatehouse.toml has no such app
          hint: did you mean `audit`?
    "#]],
    );
    check_app(
        "sync",
        expect![[r#"
        customers/contoso.toml:1: app: gatehouse.toml has no such app
          hint: describe it in a table [apps.<name>]
    "#]],
    );
}

#[test]
fn an_app_is_called_by_its_own_name_has_its_own_id_and_is_used() {
    let twice = "
[apps.default]
client_id = \"33333333-3333-4333-8333-333333333333\"
credential = { certificate = \"env:ONE\" }
[apps.again]
client_id = \"22222222-2222-4222-8222-222222222222\"
credential = { certificate = \"env:TWO\" }
[apps.\"no name\"]
client_id = \"33333333-3333-4333-8333-333333333333\"
credential = { certificate = \"env:THREE\" }
";
    check_program(
        twice,
        expect![[r#"
        gatehouse.toml:9: apps.default: is what the app of [app] is called: give this one another name
        gatehouse.toml:9: warning: apps.default: no customer names this app
        gatehouse.toml:12: warning: apps.again: no customer names this app
        gatehouse.toml:13: apps.again.client_id: is the client id of [app] too: one registration asks for one list of permissions
        gatehouse.toml:15: apps."no name": is not a name: 1 to 64 of the characters a-z, 0-9, - and _
        gatehouse.toml:15: warning: apps."no name": no customer names this app
        gatehouse.toml:16: apps."no name".client_id: is the client id of [apps.default] too: one registration asks for one list of permissions
    "#]],
    );
}

#[test]
fn a_client_secret_is_warned_of_wherever_it_is() {
    let secret = PROGRAM.replace("certificate = \"env:CERTIFICATE\"", "client_secret = \"env:SECRET\"");
    let more =
        AUDIT.replace("managed_identity = \"55555555-5555-4555-8555-555555555555\"", "client_secret = \"env:OTHER\"");
    let program = format!("{secret}{more}");
    let contoso = format!("app = \"audit\"\n{CONTOSO}");
    let files = [("gatehouse.toml", &*program), ("customers/contoso.toml", &*contoso)];
    check(
        &files,
        expect![[r#"
        gatehouse.toml:7: warning: app.credential.client_secret: whoever reads it is the app in every customer's tenant, and it expires unseen
          hint: better: managed_identity, which is no secret at all, or certificate
        gatehouse.toml:11: warning: apps.audit.credential.client_secret: whoever reads it is the app in every customer's tenant, and it expires unseen
          hint: better: managed_identity, which is no secret at all, or certificate
    "#]],
    );
    assert!(!loaded(&files).has_errors());
}

#[test]
fn an_app_that_only_reads_cannot_enforce() {
    let problems = |above: &str, more: &str| {
        let program = program(more);
        let contoso = format!("{above}\n{CONTOSO}");
        report(&loaded(&[("gatehouse.toml", &program), ("customers/contoso.toml", &contoso)]).problems)
    };
    for mode in ["observe", "paused"] {
        assert_eq!(problems(&format!("app = \"audit\"\nmode = \"{mode}\""), AUDIT), "");
    }
    expect![[r#"
        customers/contoso.toml:2: mode: writes, and [apps.audit] asks customers for nothing that writes (permissions = "read")
          hint: name another app in `app`, or keep mode = "observe"
    "#]].assert_eq(&problems("app = \"audit\"\nmode = \"enforce\"", AUDIT));
    expect![[r#"
        customers/contoso.toml:2: mode: writes, and [apps.audit] asks customers for nothing that writes (permissions = "read")
          hint: name another app in `app`, or keep mode = "observe"
    "#]].assert_eq(&problems("app = \"audit\"\nmode = \"offboard\"", AUDIT));
    let own = PROGRAM.replace("[app]", "[app]\npermissions = \"read\"");
    let contoso = format!("mode = \"enforce\"\n{CONTOSO}");
    check(
        &[("gatehouse.toml", &own), ("customers/contoso.toml", &contoso)],
        expect![[r#"
        customers/contoso.toml:1: mode: writes, and [app] asks customers for nothing that writes (permissions = "read")
          hint: name another app in `app`, or keep mode = "observe"
    "#]],
    );
}

#[test]
fn scoped_rights_name_their_units() {
    let unit = "cccccccc-0000-4000-8000-000000000001";
    let scoped = format!("rights = \"scoped\"\nscoped_to = [\"{unit}\"]\n{CONTOSO}");
    let config = config(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", &scoped)]);
    assert_eq!(config.customers[0].rights, Rights::Scoped { units: [unit.parse().expect("a unit")].into() });
    check_customer(
        &format!("rights = \"scoped\"\n{CONTOSO}"),
        expect![[r#"
        customers/contoso.toml:1: rights: needs `scoped_to`: the administrative units within which our app holds its roles
    "#]],
    );
    check_customer(
        &format!("scoped_to = [\"{unit}\"]\n{CONTOSO}"),
        expect![[r#"
        customers/contoso.toml:1: scoped_to: says nothing by itself
          hint: write rights = "scoped", or leave this out
    "#]],
    );
    check_customer(
        &format!("rights = \"scoped\"\nscoped_to = [\"{unit}\", \"{unit}\"]\n{CONTOSO}"),
        expect![[r#"
        customers/contoso.toml:2: warning: scoped_to[1]: is in the list already
    "#]],
    );
}

#[test]
fn scoped_rights_make_no_groups_and_fill_no_units() {
    let unit = "cccccccc-0000-4000-8000-000000000001";
    let more = format!("units = [\"{unit}\"]");
    let contoso = CONTOSO.replace("groups = [", "groups = [{ name = \"Partner\", create = true }, ");
    check_customer(
        &format!("rights = \"scoped\"\nscoped_to = [\"{unit}\"]\n{contoso}{more}"),
        expect![[r#"
        customers/contoso.toml:9: packages[0].groups[0]: package `desk`: with scoped rights no group can be made
          hint: have the customer make it within the unit, and name its id
        customers/contoso.toml:10: packages[0].units: package `desk`: with scoped rights nobody can be put into a unit
          hint: leave `units` out; give the unit a dynamic rule that takes the guests in
    "#]],
    );
}

#[test]
fn scoped_rights_on_an_app_that_lists_more_for_others_are_minded() {
    let unit = "cccccccc-0000-4000-8000-000000000001";
    let scoped = format!("mode = \"enforce\"\nrights = \"scoped\"\nscoped_to = [\"{unit}\"]\n{CONTOSO}");
    let other = format!("mode = \"enforce\"\n{}", CONTOSO.replace("44444444", "77777777"));
    let minded = |scoped: &str, program: &str| {
        let files = [("gatehouse.toml", program), ("customers/contoso.toml", scoped), ("customers/other.toml", &other)];
        notices(&config(&files)).join("\n")
    };
    expect![[r#"customer contoso: has `rights = "scoped"` and consents all the same to what the app default lists for other customers: GroupMember.ReadWrite.All, User.EnableDisableAccount.All. Give it an app of its own ([apps.NAME])."#]].assert_eq(&minded(&scoped, PROGRAM));
    let own = AUDIT.replace("permissions = \"read\"", "").replace("audit", "scoped");
    assert_eq!(minded(&format!("app = \"scoped\"\n{scoped}"), &program(&own)), "");
}
