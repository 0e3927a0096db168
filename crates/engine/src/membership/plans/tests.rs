use super::*;
use crate::double;
use access::config::Mode;
use access::ledger::Ledger;
use std::collections::BTreeMap;
use store::Memory;
use store::journal::Head as ChainHead;

/// What is kept of a customer with this many problems that need somebody, and as many that do not.
fn body(customer: &Customer, problems: usize) -> Body {
    let problem = |code: &str, number| Problem {
        code: code.into(),
        package: None,
        object: None,
        text: format!("the problem of person {number}"),
    };
    let plan = CustomerPlan {
        customer: customer.name.clone(),
        tenant_id: customer.tenant_id,
        mode: Mode::Enforce,
        digest: String::new(),
        steps: Vec::new(),
        held: Vec::new(),
        held_steps: Vec::new(),
        problems: (0..problems)
            .flat_map(|number| ["ambiguous", "stranger"].map(|code| problem(code, number)))
            .collect(),
        unchanged: 0,
    };
    Body {
        epoch: 1,
        chain: ChainHead::genesis(&customer.name),
        ledger: Ledger::default(),
        denied: Default::default(),
        vetted: BTreeMap::new(),
        last: Some(plan),
        failures: Vec::new(),
        held_until: Some(double::noon() + DECISION_HOLDS),
        told: BTreeSet::new(),
        trouble: None,
    }
}

#[tokio::test(start_paused = true)]
async fn health_lists_fifty_problems_of_a_customer_and_says_how_many_more_there_are() {
    for (problems, listed, more) in
        [(0, 0, None), (50, 50, None), (51, 50, Some("1 problems more")), (1000, 50, Some("950 "))]
    {
        let engine = double::engine(Arc::new(Memory::new()));
        let customer = &engine.config.customers[0];
        engine.store.create(&body_path(customer.tenant_id), body(customer, problems)).await.expect("it works");
        store::markers::set(&engine.store, RED, &customer.tenant_id.to_string()).await.expect("it works");
        let red = engine.health(true).await.red.expect("details");
        assert!(red.iter().all(|one| one.customer.as_deref() == Some("contoso")), "{red:?}");
        let (rest, problems): (Vec<_>, Vec<_>) = red.into_iter().partition(|one| one.code == "more_problems");
        assert_eq!(problems.iter().filter(|one| one.code == "ambiguous").count(), listed);
        assert_eq!(problems.len(), listed, "what needs nobody is not listed");
        let rest = rest.first().map(|one| one.text.as_str());
        assert_eq!(rest.is_some(), more.is_some(), "{rest:?}");
        assert!(rest.unwrap_or_default().starts_with(more.unwrap_or_default()), "{rest:?}");
    }
}
