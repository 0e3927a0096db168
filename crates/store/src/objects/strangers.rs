//! What somebody else put below our prefix.
//!
//! The crate `object_store` gives up a whole list for one name that it finds unfit, such as `a//b`, and takes the mark of a
//! folder, `a/`, for the object `a`. Such names are taken out of a page before it sees them: those alone that no document of
//! ours can have. What cannot be told for sure stays in, and if it is unfit, the list fails as a whole.

use super::answers::Where;
use crate::documents::check_path;
use bytes::Bytes;
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much is shown of somebody else's name.
const SHOWN_CHARS: usize = 80;

/// What is known of them in one container or bucket.
pub(super) struct Strangers {
    /// What all names of ours begin with; empty or with a slash at its end.
    prefix: String,
    told: AtomicBool,
}

impl Strangers {
    pub(super) fn below(prefix: &str) -> Self {
        Self { prefix: prefix.into(), told: AtomicBool::new(false) }
    }

    /// The page without them. The log has the first one that a process meets with.
    pub(super) fn without(&self, place: &Where, page: Bytes) -> Bytes {
        // A page was found to be text before.
        let Some((left, first)) = std::str::from_utf8(&page).ok().and_then(|text| left(place, text, &self.prefix))
        else {
            return page;
        };
        if !self.told.swap(true, Ordering::Relaxed) {
            let first: String = first.chars().take(SHOWN_CHARS).collect();
            tracing::warn!(
                "{place} holds {first:?}, which is no name of ours: it is left alone and in no list, and so is whatever \
                 else is not ours there; the store's prefix should be Gatehouse's alone"
            );
        }
        left.into()
    }
}

/// What is left of a page, and the first name that is not ours; `None`: all of them may be.
fn left(place: &Where, page: &str, prefix: &str) -> Option<(String, String)> {
    let (element, name) = match place {
        Where::Azure { .. } => ("Blob", "Name"),
        Where::S3 { .. } => ("Contents", "Key"),
    };
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let (mut left, mut first, mut rest) = (String::new(), None, page);
    while let Some((before, entry, after)) = between(rest, &open, &close) {
        let named =
            between(entry, &format!("<{name}>"), &format!("</{name}>")).and_then(|(_, text, _)| unescaped(text));
        let stranger = named.filter(|named| named.strip_prefix(prefix).is_some_and(|path| check_path(path).is_err()));
        left.push_str(before);
        match stranger {
            Some(stranger) => first = first.or_else(|| Some(stranger.into_owned())),
            None => left.extend([&open, entry, &close]),
        }
        rest = after;
    }
    left.push_str(rest);
    first.map(|first| (left, first))
}

/// What is before, between and after the first two of these.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, rest) = text.split_once(open)?;
    let (inside, after) = rest.split_once(close)?;
    Some((before, inside, after))
}

/// The text that XML means by this one; `None` where that is more than characters and their escapes.
fn unescaped(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('<') {
        return None;
    }
    if !text.contains('&') {
        return Some(text.into());
    }
    let mut parts = text.split('&');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (escape, after) = part.split_once(';')?;
        plain.push(match escape {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = escape.strip_prefix('#')?;
                let number = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(number.ok()?)?
            }
        });
        plain.push_str(after);
    }
    Some(plain.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn azure() -> Where {
        Where::Azure { account: "gatehouse1".into(), container: "state".into() }
    }

    #[test]
    fn only_what_no_document_of_ours_can_be_called_is_taken_out_of_a_page() {
        let entry = |name: &str| format!("<Blob><Name>{name}</Name><Properties><Etag>0x1</Etag></Properties></Blob>");
        let page =
            |entries: &str| format!("<EnumerationResults><Blobs>{entries}</Blobs><NextMarker/></EnumerationResults>");
        let (first, last) = (entry("prod/a/1"), entry("prod/b"));
        for (name, stays) in [
            ("prod/a/2", true),
            // Escaped for no reason, and ours all the same.
            ("prod&#x2F;a&#47;2", true),
            ("prod//a", false),
            ("prod/a/", false),
            ("prod/", false),
            ("prod/a/../b", false),
            ("prod/a&#x1;b", false),
            ("prod/a&amp;b", false),
            ("prod/A", false),
            // It cannot be told for sure.
            ("other//a", true),
            ("prod/a&nbsp;//b", true),
            ("prod/a&#xD800;//b", true),
            ("<![CDATA[prod/a//b]]>", true),
        ] {
            let whole = page(&format!("{first}{}{last}", entry(name)));
            let expected = if stays { whole.clone() } else { page(&format!("{first}{last}")) };
            let left = Strangers::below("prod/").without(&azure(), whole.into());
            assert_eq!(left, expected, "{name}");
        }
        // A name that Azure had to encode says so in its tag.
        let encoded = page("<Blob><Name Encoded=\"true\">prod%2Fa</Name></Blob>");
        assert_eq!(Strangers::below("prod/").without(&azure(), encoded.clone().into()), encoded);
    }
}
