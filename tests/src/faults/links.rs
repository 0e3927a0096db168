//! Links that expire while they are followed.

use super::life::Life;
use crate::world::World;
use access::ids::GroupId;
use jiff::SignedDuration;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn links_that_expire_between_two_pages_lose_nobody_and_remove_nobody() {
    for of_partner in [true, false] {
        let mut life = Life::new(1, |options| (options.page_cap, options.delta_page_size) = (Some(2), 1));
        let tenant = if of_partner { life.world.partner.clone() } else { life.contoso.clone() };
        let (pages, expired) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let count = expired.clone();
        life.wire.before_each(move |request| {
            let body = String::from_utf8_lossy(request.body()).into_owned();
            let is_page = body.contains("skiptoken") || request.uri().query().is_some_and(|q| q.contains("skiptoken"));
            // Neither every page, or nothing would ever be read, nor always the same one.
            if is_page && pages.fetch_add(1, Ordering::SeqCst) % 5 == 2 {
                count.fetch_add(1, Ordering::SeqCst);
                tenant.expire_links();
            }
        });
        life.live().await;
        life.wire.before_each(|_| {});
        let left = life.end().await;
        assert_eq!(left, Vec::<String>::new(), "of the partner: {of_partner}");
        assert!(expired.load(Ordering::SeqCst) > 5, "the links must have expired again and again");
    }
}

/// Where the partner's links start anew, no row tells who came: the first round lists who is there, and a replica that lags
/// contradicts it.
#[tokio::test(start_paused = true)]
async fn whoever_comes_while_links_expire_and_replicas_lag_is_neither_lost_nor_let_in_against_an_exception() {
    for nested in [false, true] {
        let mut world = World::with(5, |options| options.member_lag = Duration::from_secs(90));
        let (source, never) = (world.partner.add_group("Engineers"), world.partner.add_group("Never"));
        let juniors = world.partner.add_group("Juniors");
        world.people(6, &[source]);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner");
        world.package("second-line", &[source], &[target]).except = [GroupId(never)].into();
        world.sim.settle();
        world.sync().await;
        world.pass(SignedDuration::from_mins(11)).await;
        world.sync().await;
        // Everybody sees by now that this one is in the team.
        let barred = world.person("barred", &[source]);
        world.pass(SignedDuration::from_secs(100)).await;
        // Nobody sees yet that they are in the exception, and that another came.
        world.partner.add_member(never, barred);
        let joiner = world.person("joiner", &[if nested { juniors } else { source }]);
        if nested {
            world.partner.add_member(source, juniors);
        }
        world.partner.expire_links();
        for seconds in [0, 50, 100, 700] {
            world.pass(SignedDuration::from_secs(seconds)).await;
            world.sync().await;
            assert_eq!(contoso.find_guest("barred@northwind.example"), None, "after {seconds} s more");
        }
        assert!(world.partner.is_enabled(joiner));
        let members = contoso.member_mails(target);
        assert!(members.contains("joiner@northwind.example") && members.len() == 7, "nested: {nested}: {members:?}");
    }
}
