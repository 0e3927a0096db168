//! The login service failing: for everybody, for one tenant, and tokens that end in the middle of a run.

use super::life::Life;
use cloud_sim::{Fault, What, When};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const TOKEN: &str = "POST /*/oauth2/v2.0/token";

#[tokio::test(start_paused = true)]
async fn nothing_is_done_while_nobody_can_sign_in_and_all_of_it_after() {
    for what in [What::SignIn(7_000_215), What::SignIn(90_033), What::ResetBefore, What::ErrorBody] {
        let mut life = Life::new(1, |_| {});
        life.world.sim.fault(Fault::new(TOKEN, When::For(Duration::from_secs(3_600)), what));
        for _ in 0..6 {
            life.turn().await;
        }
        assert_eq!(life.world.sim.effects(), [], "{what:?}");
        let text = format!("{:?}", life.world.engine().health(true).await.red);
        assert!(text.contains("partner_unread"), "{what:?}: {text}");
        let left = life.end().await;
        assert_eq!(left, Vec::<String>::new(), "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_tenant_that_cannot_be_entered_keeps_no_other_waiting() {
    for what in [What::SignIn(90_033), What::SignIn(7_000_229), What::Slow(Duration::from_secs(20))] {
        let mut life = Life::new(1, |_| {});
        life.world.sim.fault(Fault::new(TOKEN, When::Every, what).in_tenant(life.contoso.id()));
        for _ in 0..3 {
            life.turn().await;
        }
        let of = |tenant: &cloud_sim::TenantHandle| {
            life.world.sim.effects().iter().filter(|effect| effect.tenant == tenant.id()).count()
        };
        assert_eq!(of(&life.contoso), 0, "{what:?}");
        assert!(of(&life.fabrikam) > 6, "{what:?}");
        let left = life.end().await;
        assert_eq!(left, Vec::<String>::new(), "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_end_or_are_revoked_in_the_middle_of_a_run_are_renewed() {
    // So slow a service that a token does not last for a run.
    let mut life = Life::new(1, |options| {
        (options.token_life, options.latency) = (Duration::from_secs(6), Duration::from_secs(2));
    });
    life.live().await;
    let left = life.end().await;
    assert_eq!(left, Vec::<String>::new());

    let mut life = Life::new(1, |_| {});
    let (sent, tenants) = (AtomicUsize::new(0), life.world.sim.tenants());
    life.wire.before_each(move |_| {
        if sent.fetch_add(1, Ordering::SeqCst) % 7 == 3 {
            tenants.iter().for_each(cloud_sim::TenantHandle::revoke_tokens);
        }
    });
    life.live().await;
    life.wire.before_each(|_| {});
    let left = life.end().await;
    assert_eq!(left, Vec::<String>::new());
}
