//! A group that is full of people who are none of our business.

use crate::world::{World, one_customer};
use cloud_sim::NewUser;
use engine::membership::documents::body_path;
use store::Documents;

const OWN: usize = 1_500;
const GUESTS: usize = 1_500;

/// The size of what is stored of the customer.
async fn body_bytes(world: &World) -> usize {
    let path = body_path(world.config.customers[0].tenant_id);
    world.documents.get(&path).await.expect("memory works").expect("a body").bytes.len()
}

#[tokio::test(start_paused = true)]
async fn three_people_join_a_crowd_and_what_is_stored_does_not_grow_with_it() {
    let (world, contoso, source, target) = one_customer();
    world.people(3, &[source]);
    for number in 0..OWN {
        let own = contoso.add_user(NewUser::with_mail(&format!("own{number}@contoso.example")));
        contoso.add_member(target, own);
    }
    let mut sizes = Vec::new();
    for wave in 0..2 {
        for number in 0..GUESTS {
            let guest = contoso.add_guest(&format!("guest{wave}-{number}@elsewhere.example"));
            contoso.add_member(target, guest);
        }
        let run = world.sync().await;
        assert_eq!((run.failures.len(), run.waiting), (0, 0), "{:?}", run.failures);
        assert_eq!(run.applied, if wave == 0 { 6 } else { 0 });
        sizes.push(body_bytes(&world).await);
        let crowd = OWN + GUESTS * (wave + 1);
        assert_eq!(contoso.member_mails(target).len(), crowd + 3);
    }
    // What is named is bounded; the second crowd adds nothing but a longer number.
    assert!(sizes[1] < sizes[0] + 1_000, "{sizes:?}");
    assert!(sizes[0] < 500_000, "{sizes:?}");
}
