//! Customers whose logs cannot be read.

use super::town::{Town, text};
use access::incidents::Kind;
use cloud_sim::{Fault, What, When};
use std::time::Duration;

async fn red(town: &mut Town) -> Vec<String> {
    let red = town.engine().health(true).await.red.unwrap_or_default();
    red.into_iter().map(|one| one.code).filter(|code| code == "sign_ins_unread").collect()
}

#[tokio::test(start_paused = true)]
async fn a_tenant_without_a_licence_is_told_of_once_until_it_has_one() {
    let mut town = Town::new();
    town.contoso.set_premium(false);
    let logs = town.minutes(60).await;
    let lines = logs.iter().filter(|line| line.contains("Entra ID P1")).count();
    assert_eq!(lines, 1, "{logs:#?}");
    let heard = town.ears.heard();
    let [notice] = heard.as_slice() else { panic!("one notice: {heard:#?}") };
    assert_eq!(text(&notice["title"]), "contoso: sign-ins of the break-glass accounts cannot be read");
    assert!(text(&notice["text"]).starts_with("the sign-in log could not be read: the tenant needs Entra ID P1"));
    assert_eq!(red(&mut town).await.len(), 1);
    let asked = town.world.sim.count(|one| one.path.contains("auditLogs"));
    assert!(asked <= 5 * 4, "{asked} requests in an hour: what only a person mends is tried each quarter of an hour");
    town.contoso.set_premium(true);
    town.minutes(17).await;
    assert_eq!(
        town.ears.lines().iter().map(|line| line.split(':').next().unwrap_or("")).collect::<Vec<_>>(),
        ["resolved"]
    );
    assert!(red(&mut town).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_of_more_than_an_hour_everything_since_its_beginning_is_read() {
    let mut town = Town::new();
    town.minutes(3).await;
    town.world.sim.fault(Fault::new(
        "GET /auditLogs/**",
        When::For(Duration::from_secs(100 * 60)),
        What::Status(503, "ServiceUnavailable"),
    ));
    town.minutes(5).await;
    assert_eq!(town.ears.lines(), Vec::<String>::new(), "an outage mostly ends by itself");
    town.sign_in(0, 0);
    let logs = town.minutes(80).await;
    assert!(logs.iter().filter(|line| line.contains("not watched")).count() <= 1, "{logs:#?}");
    let lines = town.ears.lines();
    assert_eq!(lines, ["opened: Sign-ins of break-glass accounts cannot be read"], "one for everybody whom it hits");
    town.minutes(25).await;
    let lines = town.ears.lines();
    assert!(
        lines.contains(&"triggered: The break-glass account bg1@contoso.onmicrosoft.com of contoso signed in".into()),
        "{lines:?}"
    );
    assert!(lines.contains(&"resolved: Sign-ins of break-glass accounts cannot be read".into()), "{lines:?}");
    assert!(red(&mut town).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_a_standstill_of_the_program_what_happened_meanwhile_is_read() {
    let mut town = Town::new();
    town.minutes(3).await;
    town.sign_in(0, 0);
    town.world.pass(jiff::SignedDuration::from_hours(9)).await;
    town.restart();
    town.minutes(2).await;
    assert_eq!(town.incidents(Kind::SignIn).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_customer_who_cannot_be_read_takes_nothing_from_another() {
    let mut town = Town::new();
    let fabrikam = town.world.customer("fabrikam");
    let other = uuid::Uuid::from_u128(0xfab);
    town.customer().break_glass.accounts =
        vec![access::config::BreakGlassAccount { id: access::ids::GuestId(other), upn: "bg@fabrikam.example".into() }];
    fabrikam.set_premium(false);
    town.minutes(2).await;
    town.sign_in(0, 0);
    town.minute().await;
    assert_eq!(town.incidents(Kind::SignIn).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_is_refused_is_the_programs_trouble_and_all_is_made_up_for() {
    let mut town = Town::new();
    town.minutes(3).await;
    // The token that is kept must not outlast it.
    town.restart();
    town.world.sim.fault(Fault::new("POST /*/oauth2/v2.0/token", When::Every, What::SignIn(7_000_215)));
    town.sign_in(0, 0);
    town.minutes(90).await;
    let lines = town.ears.lines();
    assert_eq!(lines, ["opened: Microsoft refuses our credential"], "{lines:?}");
    let kept = town.engine().store().list("unwatched/").await.expect("the store works");
    assert_eq!(kept, Vec::<String>::new());
    town.world.sim.clear_faults();
    town.minutes(2).await;
    assert_eq!(town.incidents(Kind::SignIn).await.len(), 1);
}
