use super::{Accounts, Table, Watched, changes, flow, rules, sign_ins};
use expect_test::expect;
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

const IDS: [Uuid; 2] = [Uuid::from_u128(0xb1), Uuid::from_u128(0xb2)];
const GROUP: [Uuid; 1] = [Uuid::from_u128(0x61)];
const POLICY: [Uuid; 1] = [Uuid::from_u128(0xca)];
const WATCHED: Watched<'_> = Watched { accounts: &IDS, groups: &GROUP, policies: &POLICY };

fn window() -> (Timestamp, Timestamp) {
    ("2026-11-20T08:00:00Z".parse().unwrap(), "2026-11-20T09:00:00Z".parse().unwrap())
}

fn names() -> [String; 2] {
    ["bg-01@contoso.onmicrosoft.com", "bg-02@contoso.onmicrosoft.com"].map(str::to_owned)
}

#[test]
fn a_rule_names_each_account_by_id_and_by_name_and_shows_what_its_alerts_are_split_by() {
    let names = names();
    let accounts = Accounts { ids: &IDS, names: &names };
    expect![[r#"
        SigninLogs
        | where UserId in~ ("00000000-0000-0000-0000-0000000000b1", "00000000-0000-0000-0000-0000000000b2") or UserPrincipalName in~ ("bg-01@contoso.onmicrosoft.com", "bg-02@contoso.onmicrosoft.com")
        | project TimeGenerated, SignInId = Id, UserId, UserPrincipalName, ResultType = tostring(ResultType), IPAddress, AppDisplayName"#]].assert_eq(&rules::interactive(&accounts));
    let interactive = rules::interactive(&accounts);
    let silent = rules::non_interactive(&accounts);
    assert_eq!(silent, interactive.replacen("SigninLogs", "AADNonInteractiveUserSignInLogs", 1));
}

#[test]
fn a_rule_for_changes_looks_at_accounts_groups_and_policies_and_at_what_the_accounts_do() {
    expect![[r#"
        let watched = dynamic(["00000000-0000-0000-0000-0000000000b1", "00000000-0000-0000-0000-0000000000b2", "00000000-0000-0000-0000-000000000061", "00000000-0000-0000-0000-0000000000ca"]);
        let accounts = dynamic(["00000000-0000-0000-0000-0000000000b1", "00000000-0000-0000-0000-0000000000b2"]);
        AuditLogs
        | extend Actor = coalesce(tostring(InitiatedBy.user.id), tostring(InitiatedBy.app.servicePrincipalId))
        | where tostring(TargetResources) has_any (watched) or Actor in~ (accounts)
        | extend Targets = iff(array_length(TargetResources) > 0, TargetResources, dynamic([{}]))
        | mv-expand T = Targets
        | where tostring(T) has_any (watched) or Actor in~ (accounts)
        | project TimeGenerated, AuditId = Id, OperationName, Result = tostring(Result), TargetId = tostring(T.id), Actor"#]].assert_eq(&rules::changes(&WATCHED));
}

#[test]
fn our_own_query_for_sign_ins_looks_into_both_tables_and_makes_them_alike() {
    let names = names();
    let (from, to) = window();
    expect![[r#"
        union isfuzzy=true
        (SigninLogs
         | where TimeGenerated between (datetime(2026-11-20T08:00:00Z) .. datetime(2026-11-20T09:00:00Z))
         | where UserId in~ ("00000000-0000-0000-0000-0000000000b1", "00000000-0000-0000-0000-0000000000b2") or UserPrincipalName in~ ("bg-01@contoso.onmicrosoft.com", "bg-02@contoso.onmicrosoft.com")
         | project TimeGenerated, SignInId = Id, UserId, UserPrincipalName, ResultType = tostring(ResultType), ResultDescription, IPAddress, AppDisplayName, ResourceDisplayName, ClientAppUsed, UserAgent, AuthenticationRequirement, ConditionalAccessStatus, CorrelationId, Status = parse_json(tostring(Status)), Location = parse_json(tostring(LocationDetails)), Device = parse_json(tostring(DeviceDetail)), Interactive = true),
        (AADNonInteractiveUserSignInLogs
         | where TimeGenerated between (datetime(2026-11-20T08:00:00Z) .. datetime(2026-11-20T09:00:00Z))
         | where UserId in~ ("00000000-0000-0000-0000-0000000000b1", "00000000-0000-0000-0000-0000000000b2") or UserPrincipalName in~ ("bg-01@contoso.onmicrosoft.com", "bg-02@contoso.onmicrosoft.com")
         | project TimeGenerated, SignInId = Id, UserId, UserPrincipalName, ResultType = tostring(ResultType), ResultDescription, IPAddress, AppDisplayName, ResourceDisplayName, ClientAppUsed, UserAgent, AuthenticationRequirement, ConditionalAccessStatus, CorrelationId, Status = parse_json(tostring(Status)), Location = parse_json(tostring(LocationDetails)), Device = parse_json(tostring(DeviceDetail)), Interactive = false)
        | top 10001 by TimeGenerated desc"#]].assert_eq(&sign_ins(&Accounts { ids: &IDS, names: &names }, from, to));
}

#[test]
fn our_own_query_for_changes_has_a_window_and_says_more() {
    let (from, to) = window();
    expect![[r#"
        let watched = dynamic(["00000000-0000-0000-0000-0000000000b1", "00000000-0000-0000-0000-0000000000b2", "00000000-0000-0000-0000-000000000061", "00000000-0000-0000-0000-0000000000ca"]);
        let accounts = dynamic(["00000000-0000-0000-0000-0000000000b1", "00000000-0000-0000-0000-0000000000b2"]);
        AuditLogs
        | where TimeGenerated between (datetime(2026-11-20T08:00:00Z) .. datetime(2026-11-20T09:00:00Z))
        | extend Actor = coalesce(tostring(InitiatedBy.user.id), tostring(InitiatedBy.app.servicePrincipalId))
        | where tostring(TargetResources) has_any (watched) or Actor in~ (accounts)
        | extend Targets = iff(array_length(TargetResources) > 0, TargetResources, dynamic([{}]))
        | mv-expand T = Targets
        | where tostring(T) has_any (watched) or Actor in~ (accounts)
        | project TimeGenerated, AuditId = Id, OperationName, Result = tostring(Result), TargetId = tostring(T.id), Actor, ResultReason, TargetType = tostring(T.type), TargetName = coalesce(tostring(T.userPrincipalName), tostring(T.displayName)), ActorName = coalesce(tostring(InitiatedBy.user.userPrincipalName), tostring(InitiatedBy.app.displayName)), ActorIP = tostring(InitiatedBy.user.ipAddress), Changes = T.modifiedProperties
        | top 10001 by TimeGenerated desc"#]].assert_eq(&changes(&WATCHED, from, to));
}

#[test]
fn rows_of_a_table_are_counted_within_a_window() {
    let (from, to) = window();
    expect![[r#"
        SigninLogs
        | where TimeGenerated between (datetime(2026-11-20T08:00:00Z) .. datetime(2026-11-20T09:00:00Z))
        | count"#]]
    .assert_eq(&flow(Table::Interactive, from, to));
}

#[test]
fn a_rule_has_nothing_that_is_forbidden_to_one_that_runs_every_minute() {
    let names = names();
    let accounts = Accounts { ids: &IDS, names: &names };
    for query in [rules::interactive(&accounts), rules::non_interactive(&accounts), rules::changes(&WATCHED)] {
        for forbidden in ["union", "search", "take", "ingestion_time", "adx", "contains"] {
            assert!(
                !query.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == forbidden)
            );
        }
    }
}

#[test]
fn without_accounts_nothing_is_wanted() {
    let nobody = Accounts { ids: &[], names: &[] };
    assert!(rules::interactive(&nobody).contains("| where false\n"));
    let by_id = rules::interactive(&Accounts { ids: &IDS[..1], names: &[] });
    assert!(by_id.contains(&format!("| where UserId in~ (\"{}\")\n", IDS[0])) && !by_id.contains(" or "), "{by_id}");
}

proptest! {
    /// Whatever stands in a name, it stays within its quotes.
    #[test]
    fn a_name_never_ends_its_own_literal(name in "(?s).{0,40}") {
        let names = [name.clone()];
        let query = rules::interactive(&Accounts { ids: &[], names: &names });
        let (_, literal) = query.split_once("in~ (\"").unwrap();
        let (mut read, mut letters) = (String::new(), literal.chars());
        loop {
            match letters.next().unwrap() {
                '"' => break,
                '\\' => match letters.next().unwrap() {
                    'u' => {
                        let digits: String = letters.by_ref().take(4).collect();
                        read.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
                    }
                    escaped => read.push(escaped),
                },
                other => {
                    prop_assert!(!other.is_control());
                    read.push(other);
                }
            }
        }
        prop_assert_eq!(read, name);
        prop_assert!(letters.as_str().starts_with(")\n| project TimeGenerated"));
    }
}
