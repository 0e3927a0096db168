//! The measurement itself, tiny: that it still works and finds what it should, never how long it takes.

use crate::run::inside;
use crate::scenario::all;

#[tokio::test]
async fn gatehouse_converges_in_every_scenario_at_a_small_size() {
    for scenario in all().into_iter().filter(|scenario| scenario.faults == 0.0) {
        let row = inside(&scenario.small()).await.expect(&scenario.name);
        let tally = row.tally;
        let name = &scenario.name;
        assert_eq!((tally.missing, tally.lingering), (0, 0), "{name}");
        assert_eq!((tally.wrong_removals, tally.duplicates, tally.throttled), (0, 0, 0), "{name}");
        // One round trip for the partner, one for each customer.
        if name.starts_with("nothing") || name == "large" {
            assert_eq!(tally.requests, 1 + scenario.small().customers, "{name}");
        }
        assert_eq!(tally.last_removal > 0.0, scenario.leaver, "{name}");
    }
}
