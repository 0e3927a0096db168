//! Addresses that come in requests: to which of them may be written.
//!
//! Whoever may send us a request could make us call any machine that we can reach. So an address is used only where
//! the operator listed its host for that caller.

use std::collections::BTreeSet;
use std::fmt;
use url::Url;

/// The longest address that is looked at, in bytes.
pub const CALLBACK_BYTES_MAX: usize = 2048;

/// Why an address is not used. Never repeats the address: it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackRefused {
    /// It is no URL, is too long, or holds characters that readers of URLs disagree about.
    NotAUrl,
    /// It is not https.
    NotHttps,
    /// It holds a user or a password, which would be sent along.
    UserInfo,
    /// Its host, with its port, is not listed for the caller.
    NotListed,
}

impl fmt::Display for CallbackRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUrl => "is not a URL",
            Self::NotHttps => "must begin with https://",
            Self::UserInfo => "must not hold a user or a password",
            Self::NotListed => "is at a host that is not listed in the caller's `callbacks`",
        })
    }
}

/// The address as it is to be called, where one of `listed` (`host`, which means port 443, or `host:port`) is its host.
///
/// What is called must be the result and not the text that came: two readers of one text might find two hosts in it.
///
/// # Errors
/// When the address is not to be used.
pub fn allowed(text: &str, listed: &BTreeSet<String>) -> Result<String, CallbackRefused> {
    // Readers of URLs take backslashes for slashes, or drop tabs and line ends, or do not.
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if text.len() > CALLBACK_BYTES_MAX || text.contains(odd) {
        return Err(CallbackRefused::NotAUrl);
    }
    let mut url = Url::parse(text).map_err(|_| CallbackRefused::NotAUrl)?;
    if url.scheme() != "https" {
        return Err(CallbackRefused::NotHttps);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(CallbackRefused::UserInfo);
    }
    let host = url.host_str().ok_or(CallbackRefused::NotAUrl)?;
    let port = url.port().unwrap_or(HTTPS);
    let is_it = |entry: &String| match entry.rsplit_once(':') {
        Some((name, number)) => name == host && number.parse() == Ok(port),
        None => entry == host && port == HTTPS,
    };
    if !listed.iter().any(is_it) {
        return Err(CallbackRefused::NotListed);
    }
    url.set_fragment(None);
    Ok(url.into())
}

const HTTPS: u16 = 443;

#[cfg(test)]
mod tests {
    use super::{CALLBACK_BYTES_MAX, CallbackRefused, allowed};
    use std::collections::BTreeSet;

    fn listed() -> BTreeSet<String> {
        ["example.service-now.com", "tickets.northwind.example:8443", "xn--mnchen-3ya.example", "10.1.2.3:8443"]
            .map(str::to_owned)
            .into()
    }

    #[test]
    fn a_listed_host_is_called_at_its_port_however_it_is_spelled() {
        for (given, called) in [
            ("https://example.service-now.com/hook?a=b", "https://example.service-now.com/hook?a=b"),
            ("HTTPS://EXAMPLE.service-now.com:443", "https://example.service-now.com/"),
            ("https://example.service-now.com/a/../b#part", "https://example.service-now.com/b"),
            ("https://tickets.northwind.example:8443/", "https://tickets.northwind.example:8443/"),
            ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
            ("https://10.1.2.3:8443/", "https://10.1.2.3:8443/"),
        ] {
            assert_eq!(allowed(given, &listed()).as_deref(), Ok(called), "{given}");
        }
    }

    #[test]
    fn whatever_is_not_listed_to_the_letter_is_not_called() {
        use CallbackRefused::{NotAUrl, NotHttps, NotListed, UserInfo};
        for (given, why) in [
            ("https://evil.example/", NotListed),
            ("https://example.service-now.com.evil.example/", NotListed),
            ("https://sub.example.service-now.com/", NotListed),
            ("https://example.service-now.com./", NotListed),
            ("https://example.service-now.com:8443/", NotListed),
            ("https://tickets.northwind.example/", NotListed),
            ("https://tickets.northwind.example:8444/", NotListed),
            ("https://169.254.169.254/latest/meta-data", NotListed),
            // The same address of this machine in one number, and the listed private one without its port.
            ("https://2130706433/", NotListed),
            ("https://0x0a010203/", NotListed),
            ("https://[::1]/", NotListed),
            ("http://example.service-now.com/", NotHttps),
            ("file:///etc/passwd", NotHttps),
            ("https://example.service-now.com@evil.example/", UserInfo),
            ("https://user:pass@example.service-now.com/", UserInfo),
            ("https://evil.example\\@example.service-now.com/", NotAUrl),
            ("https://example.service-now.com\t.evil.example/", NotAUrl),
            (" https://example.service-now.com/", NotAUrl),
            ("//example.service-now.com/", NotAUrl),
            ("example.service-now.com", NotAUrl),
            ("https://", NotAUrl),
            ("", NotAUrl),
        ] {
            assert_eq!(allowed(given, &listed()), Err(why), "{given}");
        }
        assert_eq!(allowed("https://example.service-now.com/", &BTreeSet::new()), Err(NotListed));
    }

    #[test]
    fn an_address_has_at_most_2048_bytes() {
        let start = "https://example.service-now.com/";
        let of = |bytes: usize| format!("{start}{}", "a".repeat(bytes - start.len()));
        assert!(allowed(&of(CALLBACK_BYTES_MAX), &listed()).is_ok());
        assert_eq!(allowed(&of(CALLBACK_BYTES_MAX + 1), &listed()), Err(CallbackRefused::NotAUrl));
    }
}
