mod anew;
mod answers;
mod channels;
mod judging;
mod limits;
mod pages;
mod render;
mod sending;
mod sigv4;
mod stand;

use crate::message::Message;
use crate::{Act, Notice, Page, State};
use access::config::NoticeKind;
use access::incidents::Severity;

/// A notice with texts that try to be more than texts.
pub(crate) fn hostile() -> Notice {
    Notice {
        kind: NoticeKind::Held,
        state: State::Opened,
        id: "0123456789abcdef-1793610000".into(),
        message: "0123456789abcdef-1793610000-1".into(),
        title: "12 people are held <!channel> [free](https://evil.example)".into(),
        text: "Nobody is removed: the group \"R&D\" <https://evil.example|click>\r\n*is* empty\u{202e}.".into(),
        customers: vec!["adatum".into(), "contoso".into()],
        count: 30,
        command: Some("gatehouse sync --release cause:0011223344556677 --confirm 12".into()),
        link: None,
        since: "2026-11-02T09:00:00Z".parse().unwrap(),
        may_repeat: false,
    }
}

/// The message of a notice.
pub(crate) fn of(notice: &Notice) -> Message {
    Message::from(notice)
}

/// A page as it usually is.
pub(crate) fn page() -> Page {
    Page {
        act: Act::Trigger,
        key: "5a1c7f0e93d24a55".into(),
        alerts: vec![0],
        follows: false,
        message: "5a1c7f0e93d24a55-duty-1".into(),
        severity: Severity::Critical,
        test: false,
        drill: false,
        may_repeat: false,
        customer: "Example Corp".into(),
        title: "Break-glass account signed in".into(),
        text: "If nobody on the call list did this, treat it as a compromise.".into(),
        facts: vec![
            ("Account".into(), "bg-01@examplecorp.onmicrosoft.com".into()),
            ("Result".into(), "Success (0)".into()),
            ("IP".into(), "203.0.113.77 (Oslo, NO)".into()),
        ],
        incidents: vec!["5a1c7f0e93d24a55".into(), "6b2d8f1fa4e35b66".into()],
        count: 2,
        link: Some("https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233".into()),
        at: "2026-11-20T02:38:41Z".parse().unwrap(),
        by: None,
    }
}

/// A page with texts that try to be more than texts, wherever a text may come from outside.
pub(crate) fn hostile_page() -> Page {
    let evil = "<!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example\r\nBcc: all@evil.example\u{202e}\u{7}";
    Page {
        customer: format!("Contoso {evil}"),
        title: format!("Sign-in {evil}"),
        text: format!("Text {evil}"),
        facts: vec![("App".into(), evil.into()), (evil.into(), "[code]<b>x</b>[/code]".into())],
        by: Some(evil.into()),
        ..page()
    }
}
