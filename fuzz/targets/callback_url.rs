//! The address in a request to which its changes are told.
#![no_main]

use access::callback::allowed;
use fuzz::place::config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let listed = &config().callers["tickets"].callbacks;
    let Ok(address) = allowed(text, listed) else { return };
    // What is called is at a listed host, whoever reads it, and reading it again changes nothing.
    assert_eq!(allowed(&address, listed).as_ref(), Ok(&address));
    let is_listed = |host: &str, port: u16| {
        let port = if port == 443 { String::new() } else { format!(":{port}") };
        listed.contains(&format!("{host}{port}"))
    };
    let url = url::Url::parse(&address).expect("it is an address");
    assert!(is_listed(url.host_str().unwrap_or_default(), url.port().unwrap_or(443)), "{address}");
    if let Ok(uri) = address.parse::<http::Uri>() {
        assert!(is_listed(uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(443)), "{address}");
    }
});
