use super::*;
use access::config::{Folder, load};
use expect_test::expect;
use jiff::civil::date;

const PROGRAM: &str = r#"
[partner]
name = "Northwind"
tenant_id = "11111111-1111-4111-8111-111111111111"
[app]
client_id = "22222222-2222-4222-8222-222222222222"
credential = { client_secret = "env:CLIENT_SECRET" }
[store]
url = "file:/srv/state"
[callers.ops]
auth = { api_key = "env:OPS_KEY" }
may = ["read"]
"#;

const STANDARD: &str = r#"
[[packages]]
name = "desk"
members = ["aaaaaaaa-0000-4000-8000-000000000001"]
groups = ["bbbbbbbb-0000-4000-8000-000000000001"]
"#;

fn customer(digit: char) -> String {
    let tenant = "dddddddd-dddd-4ddd-8ddd-dddddddddddd".replace('d', &digit.to_string());
    format!("tenant_id = \"{tenant}\"\nprofile = \"standard\"\ndomains = [\"northwind.example\"]\n")
}

type Texts = BTreeMap<String, String>;

/// Seven customers of one profile.
fn texts() -> Texts {
    let mut texts = Texts::new();
    texts.insert("gatehouse.toml".into(), PROGRAM.into());
    texts.insert("profiles/standard.toml".into(), STANDARD.into());
    for digit in '3'..='9' {
        texts.insert(format!("customers/c{digit}.toml"), customer(digit));
    }
    texts
}

fn config(texts: &Texts) -> Config {
    let loaded = load(&Folder { files: texts.clone().into_iter().collect() }, date(2026, 11, 22));
    assert!(!loaded.has_errors(), "{:?}", loaded.problems);
    loaded.config.unwrap()
}

/// What it means to change the texts so.
fn told(change: impl FnOnce(&mut Texts)) -> String {
    let (old, mut new) = (texts(), texts());
    change(&mut new);
    let meaning = Meaning::between(Some(&config(&old)), &config(&new));
    let changes = meaning.changes.iter().map(|change| format!("{change}\n"));
    changes.chain(meaning.warnings.iter().map(|warning| format!("! {warning}\n"))).collect()
}

fn edit(texts: &mut Texts, file: &str, change: impl FnOnce(&str) -> String) {
    let text = texts.get_mut(file).unwrap();
    *text = change(text);
}

#[test]
fn files_are_added_changed_and_removed_by_their_paths() {
    let (old, mut new) = (texts(), texts());
    new.remove("customers/c3.toml");
    new.insert("customers/new.toml".into(), customer('3'));
    edit(&mut new, "gatehouse.toml", |text| format!("{text}# a word\n"));
    let files = Files::between(&old, &new);
    assert_eq!(files.added, ["customers/new.toml"]);
    assert_eq!(files.changed, ["gatehouse.toml"]);
    assert_eq!(files.removed, ["customers/c3.toml"]);
    assert_eq!(Files::between(&old, &old), Files::default());
}

#[test]
fn customers_come_go_and_are_renamed_by_their_tenants() {
    let told = told(|texts| {
        texts.remove("customers/c3.toml");
        let moved = texts.remove("customers/c4.toml").unwrap();
        texts.insert("customers/fabrikam.toml".into(), moved);
        texts.insert("customers/a.toml".into(), customer('a'));
        edit(texts, "customers/c5.toml", |text| format!("mode = \"enforce\"\n{text}"));
    });
    expect![[r#"
        customer a is added: mode observe, packages desk
        customer c4 is called fabrikam now
        customer fabrikam: changed: display_name
        customer c5: mode is enforce instead of observe
        ! customer c3 (tenant 33333333-3333-4333-8333-333333333333) is taken out: nothing is done there any more, so nobody is removed, and whoever leaves keeps access. If it is to end, first let its access be planned away with mode = "offboard"; if it is meant as it is: gatehouse forget 33333333-3333-4333-8333-333333333333 afterwards
    "#]]
    .assert_eq(&told);
}

#[test]
fn what_a_profile_changes_in_many_customers_is_told_once() {
    let more = "\n[[packages]]\nname = \"second-line\"\nmembers = [\"aaaaaaaa-0000-4000-8000-000000000002\"]\ngroups = [\"bbbbbbbb-0000-4000-8000-000000000002\"]\n";
    let told = told(|texts| {
        edit(texts, "profiles/standard.toml", |text| {
            format!(
                "{}{more}",
                text.replace("000000000001", "000000000009").replacen("groups", "drift = \"repair\"\ngroups", 1)
            )
        });
    });
    expect![[r#"
        customers c3, c4, c5, c6, c7 and 2 more: package desk changed: members, groups, drift
        customers c3, c4, c5, c6, c7 and 2 more: package second-line is added
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_package_that_is_taken_out_leaves_people_in() {
    let told = told(|texts| {
        edit(texts, "customers/c3.toml", |text| {
            format!("{}{}", text.replace("profile = \"standard\"\n", ""), STANDARD.replace("desk", "service"))
        });
    });
    assert!(told.contains("customer c3: package service is added"), "{told}");
    assert!(told.contains("! package desk of customer c3 is taken out: whoever is in it stays in"), "{told}");
}

#[test]
fn of_the_programs_own_file_sections_and_names_are_told_and_where_state_moves_is_warned_of() {
    let told = told(|texts| {
        edit(texts, "gatehouse.toml", |text| {
            format!(
                "{}[limits]\nremovals_max = 5\n[callers.desk]\nauth = {{ api_key = \"env:DESK_KEY\" }}\nmay = [\"request\"]\n",
                text.replace("/srv/state", "/srv/other").replace("\"read\"", "\"read\", \"release\"")
            )
        });
    });
    expect![[r#"
        gatehouse.toml: [limits] is different
        caller desk is added
        caller ops is different
        customers c3, c4, c5, c6, c7 and 2 more: package desk changed: limits
        ! state is kept at file:/srv/other instead of file:/srv/state: what is there is not taken along, and without it nobody knows what is ours; move it before, or leave [store] as it is
    "#]]
    .assert_eq(&told);
}

#[test]
fn words_that_mean_nothing_are_no_change() {
    assert_eq!(told(|texts| edit(texts, "customers/c3.toml", |text| format!("# hello\n{text}"))), "");
    let first = Meaning::between(None, &config(&texts()));
    assert_eq!((first.changes.len(), first.warnings.len()), (7, 0), "the first one adds everybody");
}
