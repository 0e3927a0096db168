//! A customer's stop list that answers with less than there is: nobody is let in against it.

use crate::checkers::Checkers;
use crate::world::World;
use access::ids::GroupId;
use cloud_sim::{Fault, What, When};
use engine::How;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::time::Duration;

const STOPPED: &str = "p0@northwind.example";

#[tokio::test(start_paused = true)]
async fn a_stop_list_of_which_a_part_is_shown_lets_nobody_in_and_whoever_leaves_it_comes_back_at_once() {
    for what in [What::HalfPage, What::EmptyPage, What::Stale(Duration::from_secs(900))] {
        let mut world = World::with(1, |options| options.history = Duration::from_secs(1_800));
        let source = world.partner.add_group("Engineers");
        world.people(4, &[source]);
        let contoso = world.customer("contoso");
        let (target, deny) = (contoso.add_group("Partner"), contoso.add_group("No entry"));
        contoso.add_member(deny, contoso.add_guest("nobody@elsewhere.example"));
        world.package("second-line", &[source], &[target]);
        world.config.customers[0].deny = Some(GroupId(deny));
        world.sim.settle();
        let checkers = Checkers::new(&world, SignedDuration::ZERO);
        let engine = world.engine_on(world.documents.clone(), checkers.transport());
        let turn = async |after: SignedDuration| {
            world.pass(after).await;
            engine.tick().await.expect("the store works");
            engine.sync("contoso", How::default()).await.expect("the store works");
            checkers.look();
        };
        turn(SignedDuration::ZERO).await;
        let stopped = contoso.find_guest(STOPPED).expect("invited");
        contoso.add_member(deny, stopped);
        checkers.look();
        turn(SignedDuration::from_mins(5)).await;
        assert!(!contoso.member_mails(target).contains(STOPPED));

        let list = "GET /groups/{id}/transitiveMembers/{cast}";
        let fault = Fault::new(list, When::For(Duration::from_secs(480)), what);
        world.sim.fault(fault.in_tenant(contoso.id()));
        for number in 0..5 {
            // Something to do in each turn, so that everything is read.
            world.person(&format!("joiner{number}"), &[source]);
            checkers.look();
            turn(SignedDuration::from_mins(2)).await;
        }
        assert_eq!(contoso.member_mails(target).len(), 3 + 5, "{what:?}");

        world.sim.clear_faults();
        turn(SignedDuration::from_mins(5)).await;
        contoso.remove_member(deny, stopped);
        checkers.look();
        turn(SignedDuration::from_mins(5)).await;
        assert!(contoso.member_mails(target).contains(STOPPED), "{what:?}: a row told of it");
        let mut wrong = checkers.wrong();
        wrong.extend(checkers.not_converged(&world, &BTreeSet::new()).await);
        assert_eq!(wrong, Vec::<String>::new(), "{what:?}");
    }
}
