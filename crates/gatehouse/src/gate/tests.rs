use super::*;
use callers::{Auth, ResolvedCaller, Secret};
use std::collections::BTreeSet;

fn gate(customers: Option<&[&str]>) -> Configured {
    let caller = ResolvedCaller {
        auth: Auth::ApiKey(vec![Secret::new("a-key-of-thirty-two-characters-00")]),
        may: [May::Read, May::Release].into(),
        customers: customers.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
    };
    let (callers, unusable) = Callers::new([("ops".to_owned(), caller)].into());
    assert_eq!(unusable, []);
    let customers = vec!["contoso".to_owned(), "fabrikam".to_owned()];
    Configured { callers, customers, clock: Arc::new(outside::SystemClock::new()) }
}

async fn identify(gate: &Configured, key: &str) -> Result<Known, Denied> {
    let request = http::Request::get("/api/v1/plans").header("authorization", format!("Bearer {key}"));
    gate.identify(&request.body(()).unwrap().into_parts().0, b"").await
}

#[tokio::test]
async fn a_caller_has_its_rights_and_its_customers() {
    let check = async |customers: Option<&[&str]>, seen: Option<&[&str]>| {
        let known = identify(&gate(customers), "a-key-of-thirty-two-characters-00").await.unwrap();
        assert_eq!((known.name.as_str(), known.person.as_deref()), ("ops", None));
        assert_eq!(known.may, [May::Read, May::Release].into());
        let seen = seen.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
        assert_eq!(known.customers, seen);
    };
    check(None, None).await;
    check(Some(&["contoso"]), Some(&["contoso"])).await;
    // Limited to all that there are is still limited: a plan of a customer that is gone is not for this caller.
    check(Some(&["contoso", "fabrikam"]), Some(&["contoso", "fabrikam"])).await;
    check(Some(&["gone"]), Some(&[])).await;
}

#[tokio::test]
async fn a_wrong_key_is_a_wrong_caller() {
    assert_eq!(identify(&gate(None), "a-key-of-thirty-two-characters-01").await, Err(Denied::Wrong));
}
