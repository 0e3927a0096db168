//! The permissions that a configuration is said to need: with exactly those everything works, and without any one of them
//! something is said.

use crate::world::{APP, World, one_customer};
use access::config::{Disable, Mode, Requests, ScopedRole, TargetGroup};
use access::ids::{GroupId, RoleId, UnitId};
use access::inviting::Known;
use access::permissions::{Permission, needed_by_customer, needed_by_partner};
use cloud::graph::Ask;
use cloud_sim::TenantHandle;
use engine::{How, Outcome};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// A customer with one package, and what the program has to do there.
struct Story {
    name: &'static str,
    /// What the configuration says besides.
    configure: fn(&mut World, &TenantHandle),
    /// What happens; everything that people are told is wrong.
    live: for<'a> fn(&'a Life) -> LocalBoxFuture<'a, Vec<String>>,
}

/// A world in which one customer consented to certain permissions.
struct Life {
    world: World,
    contoso: TenantHandle,
    source: Uuid,
    person: Uuid,
}

impl Life {
    /// With everything that is needed, and not `without`.
    fn new(story: &Story, without: Option<&str>) -> Self {
        let (mut world, contoso, source, _) = one_customer();
        (story.configure)(&mut world, &contoso);
        let person = world.person("ana", &[source]);
        // Others, so that no rail finds it odd that somebody leaves.
        world.people(9, &[source]);
        let names = |permissions: Vec<Permission>| -> Vec<&str> {
            permissions.iter().filter(|one| !one.optional && Some(one.name) != without).map(|one| one.name).collect()
        };
        contoso.consent(APP, &names(needed_by_customer(&world.config, &world.config.customers[0])));
        let partner: Vec<&str> =
            needed_by_partner(&world.config).iter().filter(|one| !one.optional).map(|one| one.name).collect();
        world.partner.consent(APP, &partner);
        Self { world, contoso, source, person }
    }

    /// A run, and what it says is wrong. Once more after what it asked for has come to be.
    async fn run(&self) -> Vec<String> {
        self.world.pass(SignedDuration::from_mins(20)).await;
        let ended = self.world.engine().sync("contoso", How { fresh: true, enforce: false }).await;
        match ended {
            Ok(Outcome::Ran(run)) => {
                let problems = run.plan.problems.iter().map(|one| format!("{}: {}", one.code, one.text));
                problems.chain(run.failures.iter().cloned()).collect()
            }
            Ok(Outcome::Unchanged) => Vec::new(),
            Ok(other) => vec![format!("{other:?}")],
            Err(error) => vec![error.to_string()],
        }
    }

    /// What is read to make sure of the tenant.
    async fn organization(&self) -> Vec<String> {
        let graph = self.world.graph(Arc::new(self.world.sim.clone()));
        let answer = graph.reader(self.contoso.id()).ask(vec![Ask::Organization]).await.remove(0);
        answer.err().map(|error| error.to_string()).into_iter().collect()
    }
}

fn enforce(world: &mut World, contoso: &TenantHandle) {
    let customer = &mut world.config.customers[0];
    customer.mode = Mode::Enforce;
    customer.deny = Some(GroupId(contoso.add_group("Not these")));
}

/// Comes, stays, leaves the partner.
fn coming_and_leaving(life: &Life) -> LocalBoxFuture<'_, Vec<String>> {
    async move {
        let mut wrong = life.organization().await;
        wrong.extend(life.run().await);
        wrong.extend(life.run().await);
        life.world.partner.disable_user(life.person);
        wrong.extend(life.run().await);
        wrong.extend(life.run().await);
        wrong
    }
    .boxed_local()
}

/// Comes, is needed no more, and is deleted in the end.
fn coming_and_going(life: &Life) -> LocalBoxFuture<'_, Vec<String>> {
    async move {
        let mut wrong = life.organization().await;
        wrong.extend(life.run().await);
        wrong.extend(life.run().await);
        life.world.partner.remove_member(life.source, life.person);
        for _ in 0..3 {
            wrong.extend(life.run().await);
        }
        life.world.pass(SignedDuration::from_hours(25)).await;
        wrong.extend(life.run().await);
        wrong.extend(life.run().await);
        wrong
    }
    .boxed_local()
}

fn planning(life: &Life) -> LocalBoxFuture<'_, Vec<String>> {
    async move {
        let mut wrong = life.organization().await;
        wrong.extend(life.run().await);
        wrong
    }
    .boxed_local()
}

/// Somebody asks, and is told beforehand what Microsoft would refuse.
fn asking(life: &Life) -> LocalBoxFuture<'_, Vec<String>> {
    async move {
        let mut wrong = planning(life).await;
        let settings = life.world.engine().invitation_settings("contoso").await.expect("a customer");
        let unread = [
            matches!(settings.invites_from, Known::Unread { .. }),
            matches!(settings.own_domains, Known::Unread { .. }),
            matches!(settings.everybody, Known::Unread { .. }),
            matches!(settings.partner, Known::Unread { .. }),
        ];
        wrong.extend(unread.into_iter().filter(|unread| *unread).map(|_| "a setting could not be read".to_owned()));
        wrong
    }
    .boxed_local()
}

/// Nobody but a Global Administrator's equal gives roles: that people have to is not wrong.
fn roles_by_hand(life: &Life) -> LocalBoxFuture<'_, Vec<String>> {
    async move {
        let mut wrong = coming_and_leaving(life).await;
        let told = wrong.iter().any(|one| one.starts_with("role_by_hand"));
        wrong.retain(|one| !one.starts_with("role_by_hand"));
        if !told {
            wrong.push("nobody was told which role to give".to_owned());
        }
        wrong
    }
    .boxed_local()
}

const STORIES: [Story; 7] = [
    Story {
        name: "observe",
        configure: |world, contoso| {
            enforce(world, contoso);
            world.config.customers[0].mode = Mode::Observe;
        },
        live: planning,
    },
    Story { name: "enforce", configure: enforce, live: coming_and_leaving },
    Story {
        name: "units, and a group of our own",
        configure: |world, contoso| {
            enforce(world, contoso);
            let package = &mut world.config.customers[0].packages[0];
            package.units.insert(UnitId(contoso.add_unit("Partner staff")));
            package.groups.push(TargetGroup::Create { name: "Made by us".into() });
        },
        live: coming_and_leaving,
    },
    Story {
        name: "unused guests go",
        configure: |world, contoso| {
            enforce(world, contoso);
            let leavers = &mut world.config.leavers;
            (leavers.disable, leavers.revoke_sessions) = (Disable::Unused, true);
        },
        live: coming_and_going,
    },
    Story {
        name: "and are deleted",
        configure: |world, contoso| {
            enforce(world, contoso);
            let leavers = &mut world.config.leavers;
            leavers.disable = Disable::Unused;
            leavers.delete_after = Some(SignedDuration::from_hours(24));
        },
        live: coming_and_going,
    },
    Story {
        name: "roles",
        configure: |world, contoso| {
            enforce(world, contoso);
            let unit = UnitId(contoso.add_unit("Branch offices"));
            let role = RoleId(Uuid::from_u128(0x729827e3_9c14_49f7_bb1b_9608f156bbb8));
            world.config.customers[0].packages[0].roles.push(ScopedRole { role, unit });
        },
        live: roles_by_hand,
    },
    Story {
        name: "requests",
        configure: |world, contoso| {
            enforce(world, contoso);
            world.config.customers[0].mode = Mode::Observe;
            world.config.customers[0].packages[0].requests = Some(Requests {
                duration_max: SignedDuration::from_hours(8),
                stages: Vec::new(),
                remind_after: SignedDuration::from_hours(24),
                unanswered_after: SignedDuration::from_hours(7 * 24),
                requesters: None,
                ticket: None,
            });
        },
        live: asking,
    },
];

/// What somebody who may read the whole directory may read anyhow: it is asked for by its own name all the same, so that the
/// list of others does not grow when this one is given up.
const IN_DIRECTORY_READ: [&str; 4] =
    ["GroupMember.Read.All", "Organization.Read.All", "RoleManagement.Read.Directory", "User.Read.All"];

#[tokio::test(start_paused = true)]
async fn with_exactly_what_is_needed_everything_works_and_without_any_of_it_something_is_said() {
    let mut tried = BTreeSet::new();
    for story in &STORIES {
        let life = Life::new(story, None);
        let needed: Vec<&str> = needed_by_customer(&life.world.config, &life.world.config.customers[0])
            .iter()
            .filter(|one| !one.optional)
            .map(|one| one.name)
            .collect();
        assert_eq!((story.live)(&life).await, Vec::<String>::new(), "{} with {needed:?}", story.name);
        for name in &needed {
            if needed.contains(&"Directory.Read.All") && IN_DIRECTORY_READ.contains(name) {
                continue;
            }
            let wrong = (story.live)(&Life::new(story, Some(name))).await;
            assert!(!wrong.is_empty(), "{}: nobody misses {name}", story.name);
            tried.insert(*name);
        }
    }
    assert_eq!(tried.len(), 14, "{tried:?}");
}
