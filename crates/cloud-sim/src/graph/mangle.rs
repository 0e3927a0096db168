//! Answers that a fault makes worse than they are.

use super::call::Answer;
use crate::fault::What;
use serde_json::{Value, json};

/// The page of a proxy.
pub(crate) const PAGE: &str = "<html><body><h1>Please sign in to the network</h1></body></html>";

/// The page of a proxy instead of an answer. In a batch, whatever is not JSON comes as text in base64.
pub(crate) fn page(trouble: Option<What>) -> Option<Answer> {
    use base64::Engine;
    match trouble? {
        What::ProxyPage { status, .. } => {
            let text = base64::engine::general_purpose::STANDARD.encode(PAGE);
            Some(Answer { status, headers: Vec::new(), body: Value::String(text) })
        }
        _ => None,
    }
}

/// A success by its status, an error by its body.
pub(crate) fn error_body() -> Answer {
    Answer::ok(json!({ "error": { "code": "UnknownError", "message": "A fault was set for this request." } }))
}

/// A list that lacks half of its objects, or shows them twice. What is no list stays as it is.
pub(crate) fn list(trouble: Option<What>, mut answer: Answer) -> Answer {
    let Some(body) = answer.body.as_object_mut() else { return answer };
    let Some(value) = body.get_mut("value").and_then(Value::as_array_mut) else { return answer };
    match trouble {
        Some(What::HalfPage) => {
            value.truncate(value.len() / 2);
            body.remove("@odata.nextLink");
            body.remove("nextLink");
        }
        Some(What::Twice) => value.extend(value.clone()),
        _ => {}
    }
    answer
}
