//! What each service gets of a page: whole where it is new, and what differs where details come, where somebody
//! acknowledges it, where it is over, where it is a test or a drill, and where it may be there already. And what it gets
//! of a page whose texts try to be more than texts.

mod chats;
mod letters;
mod programs;
mod records;
mod telephones;

use super::stand::{channel, sends};
use super::{hostile_page, page};
use crate::{Act, Page, Sent};
use access::config::Service;
use expect_test::Expect;

/// What would be a mention or a link in Slack.
const CALLING: &[&str] = &["<!", "<@", "<https://evil"];

/// What readers would make a link of by themselves.
const LINKING: &[&str] = &["https://evil", "www.evil"];

/// `never` is what must not be in what the service gets of a page with hostile texts.
async fn check(service: Service, never: &[&str], usual: Expect, hostile: Expect) {
    let channel = channel(service);
    let (sent, first) = sends(&channel, &page()).await;
    assert_eq!(sent, Sent::Taken);
    let mut text = lines("triggered", &first);
    let by = Some("ola@example.com".to_owned());
    for (name, other) in [
        ("updated", Page { act: Act::Update, message: "5a1c7f0e93d24a55-duty-2".into(), ..page() }),
        ("acknowledged", Page { act: Act::Acknowledge, by: by.clone(), ..page() }),
        ("resolved", Page { act: Act::Resolve, by, ..page() }),
        ("test", Page { test: true, severity: access::incidents::Severity::Info, ..page() }),
        ("drill", Page { drill: true, ..page() }),
        ("may repeat", Page { may_repeat: true, ..page() }),
    ] {
        let (sent, got) = sends(&channel, &other).await;
        assert_eq!(sent, Sent::Taken, "{name}");
        let gone = first.iter().filter(|line| !got.contains(line)).map(|line| format!("- {line}"));
        let come = got.iter().filter(|line| !first.contains(line)).map(|line| format!("+ {line}"));
        let differs: Vec<String> = if got.is_empty() { vec!["nothing".into()] } else { gone.chain(come).collect() };
        text.push_str(&lines(name, &differs));
    }
    usual.assert_eq(&text);
    let (sent, got) = sends(&channel, &hostile_page()).await;
    assert_eq!(sent, Sent::Taken);
    let text = got.join("\n");
    for forbidden in never.iter().chain(&["\u{202e}", "\u{7}", "\r"]) {
        assert!(!text.contains(forbidden), "{forbidden:?} in {text}");
    }
    hostile.assert_eq(&lines("hostile", &got));
}

fn lines(heading: &str, lines: &[String]) -> String {
    format!("== {heading}\n{}\n", lines.join("\n"))
}
