//! The question that senders of cloud events ask before they deliver.

/// The most deliveries a minute that are agreed to.
pub const HANDSHAKE_RATE_MAX: u32 = 1500;

/// What is agreed to where the sender does not say how much it wants.
const RATE_DEFAULT: u32 = 120;

/// Azure Event Grid calls itself so (*Endpoint validation using CloudEvents schema*).
const EVENT_GRID: &str = "eventgrid.azure.net";

/// The headers that answer an OPTIONS request with these values of `WebHook-Request-Origin` and `WebHook-Request-Rate`.
///
/// Consent is in the headers, not in the status: anybody but Event Grid gets none. The address in
/// `WebHook-Request-Callback` is never called.
pub fn handshake(origin: Option<&str>, rate: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = vec![("Allow", "POST, OPTIONS".to_owned())];
    if origin.is_some_and(|origin| origin.trim().eq_ignore_ascii_case(EVENT_GRID)) {
        let wanted = rate.and_then(|rate| rate.trim().parse().ok()).filter(|rate| *rate > 0);
        headers.push(("WebHook-Allowed-Origin", EVENT_GRID.to_owned()));
        headers.push(("WebHook-Allowed-Rate", wanted.unwrap_or(RATE_DEFAULT).min(HANDSHAKE_RATE_MAX).to_string()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::handshake;

    fn rate(asked: Option<&str>) -> String {
        handshake(Some("EventGrid.azure.net"), asked).pop().expect("there are headers").1
    }

    #[test]
    fn event_grid_may_deliver_as_often_as_it_asks_within_bounds() {
        let asked = [None, Some("120"), Some("1500"), Some("1501"), Some("0"), Some("*"), Some("-1")];
        assert_eq!(asked.map(rate), ["120", "120", "1500", "1500", "120", "120", "120"]);
    }

    #[test]
    fn nobody_else_may_deliver() {
        let others = [None, Some(""), Some("*"), Some("eventgrid.azure.net.example"), Some("x.eventgrid.azure.net")];
        for origin in others {
            assert_eq!(handshake(origin, Some("120")), [("Allow", "POST, OPTIONS".to_owned())], "{origin:?}");
        }
    }
}
