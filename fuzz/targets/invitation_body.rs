//! The body that asks for access.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::asking::ours(bytes));
