//! Links that expire while they are followed.

use super::life::Life;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
