mod channels;
mod render;
mod sending;

use crate::{Notice, State};
use access::config::NoticeKind;

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
