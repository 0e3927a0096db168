//! What came of a test of the channels.

use super::incidents::short_id;
use super::words::{count, visible, wrap};
use access::incidents::{Incident, PageState};

/// A table: each channel, and whether it took its page.
pub fn page_test(incident: &Incident) -> String {
    let width = incident.pages.iter().map(|page| page.channel.chars().count()).max().unwrap_or(0).max("CHANNEL".len());
    let mut text = format!("{:width$}  TEST PAGE\n", "CHANNEL");
    for page in &incident.pages {
        let result = match (page.state, page.why.as_deref()) {
            (PageState::Sent, _) => "taken".to_owned(),
            (_, why) => format!("NOT TAKEN: {}", visible(why.unwrap_or("no outcome"))),
        };
        text.push_str(&wrap(&format!("{:width$}  ", page.channel), &result));
    }
    let taken = incident.pages.iter().filter(|page| page.state == PageState::Sent).count();
    let all = count(incident.pages.len(), "channel", "channels");
    text.push_str(&format!("{taken} of {all} took it; kept as incident {}\n", short_id(incident)));
    text
}
