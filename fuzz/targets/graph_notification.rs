//! What Microsoft Graph, or anybody who knows the address, says that has changed.
#![no_main]

use fuzz::desk::{inside, post, run};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    run(async {
        post(&inside(), "/api/v1/directory-changes", bytes).await;
    });
});
