//! The body of a request, as we ask for it: raw bytes in, what is asked out, or everything that is wrong with it.

use super::draft::Draft;
use super::json;
use super::{Invitee, Ticket};
use crate::config::Field;
use crate::ids::TenantId;
use serde_json::Value;

/// What somebody asks for: every part is of the right type and length, and nothing is held against policy yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The ticket, where one is named.
    pub ticket: Option<Ticket>,
    /// Where.
    pub customer: CustomerRef,
    /// Who is to have access.
    pub invitee: Invitee,
    /// To what.
    pub package: String,
    /// How long; at least 1. What does not fit is [`u32::MAX`], longer than any grant.
    pub hours: u32,
    /// The mail address of whoever asks.
    pub requested_by: Option<String>,
    /// Why.
    pub reason: String,
    /// Where to report back.
    pub callback: Option<String>,
}

/// How a customer is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerRef {
    /// By the tenant.
    TenantId(TenantId),
    /// By the name of its file.
    Name(String),
}

/// Why a body asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is not JSON, or not of a kind that can be read in one way only: `invalid_json`.
    NotJson(String),
    /// These parts are wrong, all of them: `invalid_body`.
    Wrong(Vec<Wrong>),
}

/// One part of a body that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Where: a JSON pointer in the form that follows an address, `#/invitee/email` (RFC 6901, section 6).
    pub pointer: String,
    /// What, in words.
    pub detail: String,
}

/// Where our own body has a field: a JSON pointer in the form of [`Wrong::pointer`].
pub fn pointer(field: Field) -> String {
    format!("#/{}", field.name().replace('.', "/"))
}

/// Reads a body of ours. Unknown members are let pass at the top and in `ticket`, which a ticketing system's template
/// may fill with more than we asked for; anywhere else a member that we do not know is a misspelt one.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Asked, Unfit> {
    let body = json::read(bytes).map_err(Unfit::NotJson)?;
    let mut draft = Draft::new(false);
    match &body {
        Value::Object(members) => {
            for (name, value) in members {
                section(&mut draft, name, value);
            }
        }
        _ => return Err(Unfit::Wrong(vec![Wrong { pointer: "#".into(), detail: "expected an object".into() }])),
    }
    draft.finish().map_err(Unfit::Wrong)
}

/// One member at the top: a value, or an object with the fields of that section.
fn section(draft: &mut Draft, name: &str, value: &Value) {
    let pointer = json::member("#", name);
    if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) {
        return draft.set(field, value.clone(), pointer);
    }
    let fields: Vec<(Field, &str)> = (Field::ALL.into_iter())
        .filter_map(|field| Some((field, field.name().strip_prefix(name)?.strip_prefix('.')?)))
        .collect();
    match value {
        _ if fields.is_empty() => {}
        Value::Null => {}
        Value::Object(members) => {
            for (member, value) in members {
                match fields.iter().find(|(_, known)| known == member) {
                    Some((field, _)) => draft.set(*field, value.clone(), json::member(&pointer, member)),
                    None if name == "ticket" => {}
                    None => draft.wrong(json::member(&pointer, member), "unknown member"),
                }
            }
        }
        _ => {
            draft.wrong(pointer, "expected an object");
            fields.into_iter().for_each(|(field, _)| draft.spoil(field));
        }
    }
}
