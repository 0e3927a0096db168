//! The bodies that decide: on a request, and on a plan.
#![no_main]

use fuzz::desk::{inside, post, run};
use libfuzzer_sys::fuzz_target;

const ASKS: &[u8] = br#"{
    "ticket": { "number": "INC0010023" },
    "customer": { "name": "examplecorp" },
    "invitee": { "email": "kari.nordmann@partner.example.com" },
    "access": { "package": "tier2-intune", "durationHours": 8 },
    "reason": "enrolment fault"
}"#;

fuzz_target!(|bytes: &[u8]| {
    run(async {
        let inside = inside();
        let asked = post(&inside, "/api/v1/invitations", ASKS).await;
        let request = asked.headers()["location"].to_str().expect("it is a path");
        // Nobody can be looked up, so nobody is let in, whatever the body says.
        for verb in ["approve", "extend", "reject", "cancel"] {
            let answer = post(&inside, &format!("{request}/{verb}"), bytes).await;
            assert!(verb != "approve" || !answer.status().is_success(), "{:?}", answer.body());
        }
        let none = "0".repeat(64);
        post(&inside, &format!("/api/v1/plans/sha256:{none}/release"), bytes).await;
    });
});
