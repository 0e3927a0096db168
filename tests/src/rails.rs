//! Every rail, on the whole system: where it holds, what a person reads then, how they go on from there; and, right
//! below its limit, where it does not hold.

mod all_customers;
mod newcomers;
mod one_customer;
mod one_package;
mod races;
mod refusals;

use crate::world::World;
use access::plan::CustomerPlan;
use cloud_sim::TenantHandle;
use engine::By;
use jiff::SignedDuration;
use uuid::Uuid;

/// A customer who has so many people through a package, long since.
struct Filled {
    world: World,
    contoso: TenantHandle,
    source: Uuid,
    target: Uuid,
    people: Vec<Uuid>,
}

async fn filled(count: usize) -> Filled {
    let (world, contoso, source, target) = crate::world::one_customer();
    let people = world.people(count, &[source]);
    world.sync().await;
    // Long since: whoever came within the day does not count as a member at its start.
    world.pass(SignedDuration::from_hours(25)).await;
    world.sync().await;
    assert_eq!(contoso.members(target).len(), count);
    Filled { world, contoso, source, target, people }
}

impl Filled {
    /// Takes so many people out of the source group, a minute ago.
    async fn leave(&self, count: usize) {
        self.people[..count].iter().for_each(|person| self.world.partner.remove_member(self.source, *person));
        self.world.pass(SignedDuration::from_mins(1)).await;
    }

    fn inside(&self) -> usize {
        self.contoso.members(self.target).len()
    }

    /// Runs the customer and tells what is held, with names for the ids that a sentence may hold.
    async fn held(&self) -> String {
        let mut text = held(&self.world).await.replace(&self.target.to_string(), "TARGET");
        for (number, person) in self.people.iter().enumerate() {
            text = text.replace(&person.to_string(), &format!("P{number}"));
        }
        text
    }
}

/// Runs the youngest customer and tells what is held as people read it: `health` says the rail and its sentence. The
/// digest is checked, and left out.
async fn held(world: &World) -> String {
    let plan = world.sync().await.plan;
    let red = world.engine().health(true).await.red.expect("details were asked for");
    let told = |held: &access::plan::Held| {
        let code = format!("held_{}", held.rail);
        let of = |red: &&engine::Red| red.code == code && red.customer.as_ref() == Some(&plan.customer);
        let text = &red.iter().find(of).expect("whatever is held is told").text;
        assert!(!text.contains("DIGEST") && !text.contains("--release") || text.contains(&plan.digest), "{text}");
        let text = if plan.digest.is_empty() { text.clone() } else { text.replace(&plan.digest, "sha256:…") };
        format!("{} ({} people): {text}\n", held.rail, held.count)
    };
    plan.held.iter().map(told).collect()
}

/// What the command in the sentences does: lets exactly these steps through, and runs the customer again. The digest is
/// the one that a dry run shows.
async fn release(world: &World) -> CustomerPlan {
    let digest = world.plan().await.digest;
    let by = By { who: "lead@northwind.example".into(), asserted: false, comment: Some("it is meant".into()) };
    world.engine().release(&digest, None, &by).await.expect("a plan with this digest is held");
    world.sync().await.plan
}

#[test]
fn the_page_on_rails_names_each_of_them() {
    let page = include_str!("../../docs/rails.md");
    let rails = std::fs::read_dir("../crates/access/src/plan/rails").expect("the rails are there");
    let names = rails.map(|file| file.expect("a file").file_name().to_string_lossy().replace(".rs", ""));
    let names: Vec<String> = names.filter(|name| name != "mod").collect();
    assert_eq!(names.len(), 16, "one file each");
    for name in names {
        assert!(page.contains(&format!("## `{name}`")), "docs/rails.md has no heading for {name}");
    }
}
