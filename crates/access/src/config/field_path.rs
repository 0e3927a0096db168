//! Where a ticketing system's own body says something: `issue.fields.customfield_10201`,
//! `ticket.customfields[name=CFInviteEmail].value`, `labels[0]`, or always the same text: `= contoso`.

/// The most steps of a path.
const STEPS_MAX: usize = 16;

/// Where the value of a field comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldSource {
    /// Always this text.
    Constant(String),
    /// What this path leads to, from the top of the body.
    Path(Vec<FieldStep>),
}

/// One step down into a body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldStep {
    /// Into the member of this name.
    Member(String),
    /// Into this element of a list, from 0.
    Element(usize),
    /// Into the one element of a list whose member says this.
    Where {
        /// The member's name.
        member: String,
        /// What it must say: a text, or a number as it is written.
        says: String,
    },
}

/// Reads a source as people write it; `None`: it is none.
pub(super) fn parse(text: &str) -> Option<FieldSource> {
    if let Some(constant) = text.strip_prefix('=') {
        let constant = constant.trim();
        return (!constant.is_empty()).then(|| FieldSource::Constant(constant.to_owned()));
    }
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, more) = rest.split_at(end);
        steps.push(FieldStep::Member(word(name)?));
        rest = more;
        while let Some(inside) = rest.strip_prefix('[') {
            let (choice, after) = inside.split_once(']')?;
            steps.push(choose(choice)?);
            rest = after;
        }
        if steps.len() > STEPS_MAX {
            return None;
        }
        match rest.strip_prefix('.') {
            Some(next) => rest = next,
            None => return rest.is_empty().then_some(FieldSource::Path(steps)),
        }
    }
}

fn choose(choice: &str) -> Option<FieldStep> {
    if let Some((member, says)) = choice.split_once('=') {
        return Some(FieldStep::Where { member: word(member)?, says: word(says)? });
    }
    let digits = !choice.is_empty() && choice.bytes().all(|byte| byte.is_ascii_digit());
    choice.parse().ok().filter(|_| digits).map(FieldStep::Element)
}

/// A name or value: no brackets, which would be another step, and no space around it, which would be a slip.
fn word(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.trim() == text && !text.contains(['[', ']', '=']);
    fits.then(|| text.to_owned())
}
