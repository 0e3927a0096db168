//! What unit tests need of an engine: a store of their own, virtual time, and a cloud in which nobody lives.

use crate::membership::Partner;
use crate::{Engine, Parts};
use access::config::{Config, Folder, load};
use access::ids::{GroupId, PersonId, TenantId};
use access::orders::Orders;
use access::plan::{Person, PersonState, Snapshot, SourceGroup, SourceState};
use cloud::graph::{Graph, GraphParts};
use cloud::{Credential, Endpoints, SecretText};
use cloud_sim::{Sim, SimOptions};
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, SeededRandom, VirtualClock};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::{Documents, Store};
use uuid::Uuid;

/// The customers' only source group.
pub(crate) const SOURCE: GroupId = GroupId(Uuid::from_u128(0x5555));

/// When every test begins.
pub(crate) fn noon() -> Timestamp {
    "2026-11-02T12:00:00Z".parse().expect("a time")
}

/// One customer, `contoso`, in `enforce`, with a package for everybody in [`SOURCE`].
pub(crate) fn config() -> Config {
    let program = "
        [partner]
        name = 'Northwind'
        tenant_id = '11111111-1111-4111-8111-111111111111'
        [app]
        client_id = '22222222-2222-4222-8222-222222222222'
        credential = { client_secret = 'env:SECRET' }
        [store]
        url = 'memory:'
    ";
    let contoso = format!(
        "
        display_name = 'Contoso'
        tenant_id = '44444444-4444-4444-8444-444444444444'
        mode = 'enforce'
        domains = ['northwind.example']
        [[packages]]
        name = 'second-line'
        members = ['{SOURCE}']
        groups = ['66666666-6666-4666-8666-666666666666']
        "
    );
    let files = vec![("gatehouse.toml".into(), program.into()), ("customers/contoso.toml".into(), contoso)];
    let loaded = load(&Folder { files }, jiff::civil::date(2026, 11, 2));
    assert!(!loaded.has_errors(), "{:?}", loaded.problems);
    loaded.config.expect("there are no errors")
}

/// A process of the program on this store. Needs a runtime whose time is paused.
pub(crate) fn engine(documents: Arc<dyn Documents>) -> Engine {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(noon()));
    let random = Arc::new(SeededRandom::new(1));
    let graph = Graph::new(GraphParts {
        endpoints: Endpoints::custom("https://login.example", "https://graph.example"),
        app: Uuid::from_u128(0x2222),
        credential: Credential::Secret(SecretText::new("secret")),
        transport: Arc::new(Sim::new(SimOptions::new(1, clock.clone()))),
        clock: clock.clone(),
        random: random.clone(),
    });
    Engine::new(Parts {
        config: Arc::new(config()),
        store: Store::new(documents, clock.clone(), random.clone()),
        graph,
        clock,
        random,
        run_limit: Duration::from_secs(480),
    })
}

/// The `number`th person.
pub(crate) fn person(number: u32) -> PersonId {
    PersonId(Uuid::from_u128(0x7777_0000_0000 + u128::from(number)))
}

/// A snapshot with this many people in [`SOURCE`], from the first on; taken so long after noon.
pub(crate) fn snapshot(count: u32, after_noon: SignedDuration) -> Snapshot {
    let people: BTreeSet<PersonId> = (0..count).map(person).collect();
    let known = people.iter().map(|id| (*id, enabled())).collect();
    let group = SourceGroup {
        state: SourceState::Complete,
        people,
        doubtful: BTreeSet::new(),
        nested: BTreeSet::new(),
        emptied: None,
        changed: noon(),
    };
    let tenant = TenantId(Uuid::from_u128(0x1111));
    Snapshot { taken: noon() + after_noon, tenant, groups: BTreeMap::from([(SOURCE, group)]), people: known }
}

/// Somebody who works at the partner.
pub(crate) fn enabled() -> Person {
    Person {
        mail: Some("ana@northwind.example".into()),
        upn: None,
        name: None,
        guest: false,
        state: PersonState::Enabled,
        left: None,
        left_with: 0,
        first_seen: None,
        seen: noon(),
    }
}

/// The partner as this snapshot shows them, without orders.
pub(crate) fn partner(snapshot: Snapshot) -> Partner {
    Partner::new(snapshot, Arc::new(Orders::default()))
}
