//! The bodies that this ticketing system sends by itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::asking::native("autotask", bytes));
