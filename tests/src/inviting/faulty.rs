//! Every fault on every question before an invitation: what is not read refuses nobody, lets nobody in, and is said.

use crate::world::{DOMAIN, World, one_customer};
use access::ids::{GroupId, PersonId};
use cloud_sim::{Fault, Inbound, InvitesFrom, What, When};
use engine::inviting::people::{Lookup, Membership, Side};
use std::collections::BTreeSet;
use std::time::Duration;

const FAULTS: [What; 20] = [
    What::Throttle { retry_after: None },
    What::Throttle { retry_after: Some(Duration::from_secs(300)) },
    What::Status(400, "Request_BadRequest"),
    What::Status(401, "InvalidAuthenticationToken"),
    What::Status(403, "Authorization_RequestDenied"),
    What::Status(404, "UnknownError"),
    What::Status(410, "Gone"),
    What::Status(500, "InternalServerError"),
    What::Status(503, "ServiceUnavailable"),
    What::StatusAfter(429, "UnknownError"),
    What::StatusAfter(504, "GatewayTimeout"),
    What::NeverSent,
    What::ResetBefore,
    What::ResetAfter,
    What::CutJson,
    What::HtmlGateway,
    What::ProxyPage { status: 200, done: false },
    What::ProxyPage { status: 404, done: false },
    What::ErrorBody,
    What::Unanswered,
];

#[tokio::test(start_paused = true)]
async fn a_look_up_that_fails_is_neither_nobody_nor_no() {
    for what in FAULTS {
        let world = World::new();
        let group = world.partner.add_group("Leads");
        let ana = world.person("ana", &[group]);
        world.sim.fault(Fault::new("GET /users", When::Every, what));
        world.sim.fault(Fault::new("GET /users/*/transitiveMemberOf", When::Every, what));
        let engine = world.engine();
        for mail in ["ana", "nobody"] {
            let found = engine.person_by_mail(&format!("{mail}@{DOMAIN}")).await;
            assert!(matches!(found, Lookup::Unread { .. }), "{what:?}: {found:?}");
        }
        for groups in [BTreeSet::from([GroupId(group)]), BTreeSet::from([GroupId(ana)])] {
            let member = engine.is_in_groups(Side::Partner, ana, &groups).await.expect("the partner");
            assert!(matches!(member, Membership::Unknown { .. }), "{what:?}: {member:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn settings_that_are_not_read_refuse_nobody_and_are_named() {
    let routes = [
        "GET /policies/authorizationPolicy",
        "GET /organization",
        "GET /policies/crossTenantAccessPolicy/default",
        "GET /policies/crossTenantAccessPolicy/partners/*",
        "GET /beta/policies/b2bManagementPolicies",
    ];
    for what in FAULTS {
        for route in routes {
            let (world, contoso, ..) = one_customer();
            // Each setting refuses by itself.
            match route {
                "GET /policies/authorizationPolicy" => contoso.allow_invites_from(InvitesFrom::Nobody),
                "GET /organization" => contoso.verify_domain(DOMAIN),
                "GET /beta/policies/b2bManagementPolicies" => contoso.block_domain(DOMAIN),
                "GET /policies/crossTenantAccessPolicy/default" => contoso.set_inbound(Inbound::Blocked),
                _ => contoso.set_inbound_of(world.partner.id(), &[DOMAIN], Some(Inbound::Blocked)),
            }
            let person = Some(PersonId(world.person("ana", &[])));
            let mail = format!("ana@{DOMAIN}");
            let engine = world.engine();
            world.sim.fault(Fault::new(route, When::Every, what));
            let verdict = engine.judge_invitation("contoso", &mail, person).await.expect("a customer");
            // What cuts a connection cuts that of the questions beside it.
            assert!(verdict.refusal.is_none() && !verdict.open.is_empty(), "{what:?} on {route}: {verdict:?}");
            // Once it is mended, and a lasting answer is an hour old, it is read.
            world.sim.clear_faults();
            world.pass(jiff::SignedDuration::from_mins(61)).await;
            let verdict = world.engine().judge_invitation("contoso", &mail, person).await.expect("a customer");
            assert!(verdict.refusal.is_some() && verdict.open.is_empty(), "{what:?} on {route}: {verdict:?}");
        }
    }
}
