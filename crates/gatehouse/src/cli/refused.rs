//! How a command ends that was refused, in the words of the command line.

use super::console::Failure;
use access::config::Field;
use access::requests::body::{Wrong, pointer};
use engine::requests::Refused;
use serde::Serialize;

/// One reason why something is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Reason {
    /// For programs; the HTTP API has the same codes.
    pub(super) code: String,
    /// The part of the command line, or the column, that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<&'static str>,
    /// For people.
    pub(super) text: String,
}

impl Reason {
    /// In a line.
    pub(super) fn line(&self) -> String {
        let Self { code, part, text } = self;
        match part {
            Some(part) => format!("{part}: {text} ({code})"),
            None => format!("{text} ({code})"),
        }
    }
}

/// What a part of a wish is called.
pub(super) type Naming = fn(Field) -> &'static str;

/// As an argument.
pub(super) fn argument(field: Field) -> &'static str {
    match field {
        Field::CustomerName | Field::CustomerTenantId => "CUSTOMER",
        Field::Package => "PACKAGE",
        Field::InviteeEmail => "MAIL",
        Field::InviteeGivenName => "--given-name",
        Field::InviteeSurname => "--surname",
        Field::DurationHours => "--for",
        Field::RequestedBy => "--by",
        Field::Reason => "--reason",
        Field::TicketNumber | Field::TicketId | Field::TicketSystem | Field::TicketUrl => "--ticket",
        Field::CallbackUrl => "callback",
    }
}

/// As a column of a file.
pub(super) fn column(field: Field) -> &'static str {
    match field {
        Field::CustomerName | Field::CustomerTenantId => "customer",
        Field::Package => "package",
        Field::InviteeEmail => "mail",
        Field::InviteeGivenName => "given_name",
        Field::InviteeSurname => "surname",
        Field::DurationHours => "for",
        Field::Reason => "reason",
        Field::TicketNumber | Field::TicketId | Field::TicketSystem | Field::TicketUrl => "ticket",
        // Not of a row: whoever runs the command.
        Field::RequestedBy | Field::CallbackUrl => argument(field),
    }
}

/// What is wrong with a part of a wish.
pub(super) fn unfit(wrong: &Wrong, naming: Naming) -> Reason {
    let field = Field::ALL.into_iter().find(|field| pointer(*field) == wrong.pointer);
    // The customer is named in one way only here, so it is not said to be missing at either of its fields.
    let field = field.or((wrong.pointer == "#/customer").then_some(Field::CustomerName));
    let text = match field {
        Some(Field::CustomerName) if wrong.pointer == "#/customer" => "is missing".into(),
        _ => wrong.detail.clone(),
    };
    Reason { code: "invalid_body".into(), part: field.map(naming), text }
}

/// Why something is refused; an error is something that failed instead.
pub(super) fn reasons(refused: Refused, naming: Naming) -> Result<Vec<Reason>, engine::Error> {
    let one = |code: &str, text: String| Ok(vec![Reason { code: code.into(), part: None, text }]);
    match refused {
        Refused::Policy(problems) => {
            let reason = |problem: access::requests::policy::Problem| Reason {
                code: problem.code.name().into(),
                part: Some(naming(problem.field)),
                text: problem.detail,
            };
            Ok(problems.into_iter().map(reason).collect())
        }
        Refused::Body(wrong) => Ok(wrong.iter().map(|wrong| unfit(wrong, naming)).collect()),
        Refused::Unreadable(text) => one("invalid_json", text),
        Refused::Rules { code, text } => one(code, text),
        Refused::KeyReused => one("idempotency_key_reused", "this key was given to another wish before".into()),
        Refused::NotFound(id) => one("not_found", format!("there is no request {id}")),
        Refused::Forbidden(text) => one("forbidden", text),
        Refused::OwnRequest(text) => one("own_request", text),
        Refused::WrongState(text) => one("wrong_state", text),
        Refused::Failed(error) => Err(error),
    }
}

/// How the command ends. `id`: the request that it was about, as it was named.
pub(super) fn failure(refused: Refused, id: Option<&str>) -> Failure {
    match reasons(refused, argument) {
        Ok(reasons) => told(&reasons, id),
        Err(error) => error.into(),
    }
}

/// The same, of the reasons alone.
pub(super) fn told(reasons: &[Reason], id: Option<&str>) -> Failure {
    let lines: Vec<String> = reasons.iter().map(Reason::line).collect();
    let failure = Failure::new(lines.join("\nerror: "));
    let code = reasons.first().map_or("", |reason| reason.code.as_str());
    match (code, id) {
        ("not_found", _) => failure.hint("gatehouse requests lists them"),
        ("own_request", _) => {
            failure.hint("nothing was changed; neither who asked nor who is invited decides: --by SOMEBODY@ELSE")
        }
        ("forbidden", Some(id)) => {
            failure.hint(format!("nothing was changed; gatehouse requests show {id} says whose word it waits for"))
        }
        (_, Some(id)) => {
            failure.hint(format!("nothing was changed; gatehouse requests show {id} says where it stands"))
        }
        ("unknown_customer", None) => failure.hint("a customer's name is its file's: customers/NAME.toml"),
        (_, None) => failure.hint(
            "nothing was asked for; [packages.requests] in the customer's file says who may ask for what, how long",
        ),
    }
}
