//! People who know a credential, and leave.

use super::town::{Town, fact, text};
use access::incidents::Kind;
use cloud_sim::{Fault, What, When};

/// Ana is in a source group; Bo is in none and known by her id; Kim's address was never anybody's.
fn town() -> (Town, uuid::Uuid, uuid::Uuid) {
    let mut town = Town::new();
    let source = town.world.partner.add_group("Engineers");
    let target = town.contoso.add_group("Partner second line");
    town.world.package("second-line", &[source], &[target]);
    let ana = town.world.person("ana", &[source]);
    let bo = town.world.person("bo", &[]);
    town.customer().break_glass.holders =
        vec!["Ana@northwind.example".into(), bo.to_string(), "kim@northwind.example".into()];
    (town, ana, bo)
}

#[tokio::test(start_paused = true)]
async fn a_holder_who_leaves_makes_the_credential_one_to_change_once() {
    let (mut town, ana, bo) = town();
    town.minutes(3).await;
    assert_eq!(town.ears.lines(), Vec::<String>::new());
    town.world.partner.disable_user(ana);
    town.minutes(3).await;
    let heard: Vec<_> = town.ears.heard().into_iter().filter(|told| told["kind"] == "incident").collect();
    let [page] = heard.as_slice() else { panic!("one page: {heard:#?}") };
    assert_eq!(text(&page["title"]), "A break-glass credential of contoso must be changed");
    assert_eq!((fact(page, "Who left"), text(&page["severity"])), ("ana@northwind.example", "high"));
    town.world.partner.delete_user(bo);
    town.minutes(3).await;
    town.restart();
    town.minutes(90).await;
    let rotate = town.incidents(Kind::Rotate).await;
    let mut left: Vec<String> = rotate.iter().map(|one| one.facts[1].1.clone()).collect();
    left.sort();
    let mut wanted = [ana.to_string(), bo.to_string()];
    wanted.sort();
    assert_eq!(left, wanted);
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_be_read_has_not_left() {
    let (mut town, ..) = town();
    town.minutes(2).await;
    town.world.sim.fault(
        Fault::new("GET /users/**", When::Every, What::Status(404, "Request_ResourceNotFound"))
            .in_tenant(town.world.partner.id()),
    );
    town.world.sim.fault(Fault::new("GET /users", When::Every, What::Status(503, "ServiceUnavailable")));
    town.minutes(3).await;
    assert!(town.incidents(Kind::Rotate).await.is_empty());
    town.restart();
    town.minutes(5).await;
    assert!(town.incidents(Kind::Rotate).await.is_empty(), "an address that was never seen is nobody who left");
}

#[tokio::test(start_paused = true)]
async fn a_holder_who_leaves_while_nobody_could_look_them_up_is_found_when_somebody_can() {
    let (mut town, ..) = town();
    let source = town.world.config.customers[0].packages[0].members.iter().next().expect("a group").0;
    // In no group: only a look-up by address finds her.
    let kim = town.world.person("kim", &[]);
    let fault = Fault::new("GET /users", When::Every, What::Status(503, "ServiceUnavailable"));
    town.world.sim.fault(fault);
    town.minutes(3).await;
    assert!(town.world.sim.count(|one| one.status == 503) > 0, "it was asked for");
    town.world.sim.clear_faults();
    town.minutes(2).await;
    town.world.partner.disable_user(kim);
    town.minutes(3).await;
    let rotate = town.incidents(Kind::Rotate).await;
    assert_eq!(rotate.iter().map(|one| one.facts[1].1.clone()).collect::<Vec<_>>(), [kim.to_string()]);
    // One who was in a group once and had left when somebody wrote the address down.
    let lee = town.world.person("lee", &[source]);
    town.minutes(2).await;
    town.world.partner.delete_user(lee);
    town.minutes(3).await;
    town.customer().break_glass.holders.push("lee@northwind.example".into());
    town.restart();
    town.minutes(2).await;
    assert_eq!(town.incidents(Kind::Rotate).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_holder_who_had_left_before_is_found_by_the_id() {
    let (mut town, _, bo) = town();
    town.world.partner.delete_user(bo);
    town.minutes(2).await;
    assert_eq!(town.incidents(Kind::Rotate).await.len(), 1);
}
