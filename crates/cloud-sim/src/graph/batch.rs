//! `POST /$batch`: up to 20 requests in one, each with an answer of its own, in whatever order.

use super::call::{Answer, Call};
use super::refusal::Refusal;
use super::serve::Caller;
use crate::Sim;
use crate::fault::What;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// "Combine multiple requests": the most items.
const ITEMS_MAX: usize = 20;

/// One item, read but not yet done.
struct Item {
    id: String,
    call: Call,
    depends_on: Vec<String>,
}

/// Runs a batch. The second part is trouble of an item that cuts the whole connection.
pub(crate) async fn run(sim: &Sim, call: &Call, caller: &Caller) -> (Result<Answer, Refusal>, Option<What>) {
    let mut waiting = match read(call) {
        Ok(items) => items,
        Err(refusal) => return (Err(refusal), None),
    };
    sim.with_state(|state| state.rng.shuffle(&mut waiting));
    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    let mut group_writes: BTreeMap<String, usize> = BTreeMap::new();
    let (mut responses, mut cut) = (Vec::new(), None);
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|item| item.depends_on.iter().all(|id| statuses.contains_key(id)));
        let Some(ready) = ready else {
            return (Err(Refusal::new(400, "BadRequest", "The dependencies of the batch form a circle.")), None);
        };
        let item = waiting.remove(ready);
        let mut unanswered = false;
        let failed = item.depends_on.iter().any(|id| statuses.get(id).is_some_and(|status| *status >= 400));
        let answer = if failed {
            let body = json!({ "error": {
                "code": "FailedDependency", "message": "One or more of the requests this request depends on failed.",
            }});
            Answer { status: 424, headers: Vec::new(), body }
        } else if too_many_writes(sim, &item.call, &mut group_writes) {
            let message = "A conflicting change is being made to the object. Please retry.";
            let body = json!({ "error": { "code": "Directory_ConcurrencyViolation", "message": message } });
            Answer { status: 503, headers: Vec::new(), body }
        } else {
            let reply = sim.one(item.call, caller).await;
            let spoilt = reply.trouble.filter(|trouble| trouble.spoils_envelope());
            // The envelope was on its way: others of its items may have been done.
            cut = cut.or(spoilt.map(|trouble| if trouble == What::NeverSent { What::ResetBefore } else { trouble }));
            unanswered = reply.trouble == Some(What::Unanswered);
            reply.answer
        };
        statuses.insert(item.id.clone(), answer.status);
        if !unanswered {
            responses.push(response(&item.id, answer));
        }
    }
    sim.with_state(|state| state.rng.shuffle(&mut responses));
    (Ok(Answer::ok(json!({ "responses": responses }))), cut)
}

fn response(id: &str, answer: Answer) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    headers.insert("Cache-Control".to_owned(), json!("no-cache"));
    for (name, value) in answer.headers {
        headers.insert(name.to_owned(), json!(value));
    }
    if !answer.body.is_null() {
        headers.insert("Content-Type".to_owned(), json!("application/json"));
    }
    json!({ "id": id, "status": answer.status, "headers": headers, "body": answer.body })
}

/// Many changes of one group in one batch run into each other.
fn too_many_writes(sim: &Sim, call: &Call, seen: &mut BTreeMap<String, usize>) -> bool {
    let Some(most) = sim.options().same_group_writes_max else { return false };
    if call.method != "PATCH" || call.segments.first().is_none_or(|first| first != "groups") {
        return false;
    }
    let count = seen.entry(call.path.to_lowercase()).or_default();
    *count += 1;
    *count > most
}

fn read(call: &Call) -> Result<Vec<Item>, Refusal> {
    let bad = |message: String| Refusal::new(400, "BadRequest", message);
    if call.method != "POST" {
        return Err(Refusal::new(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        ));
    }
    let requests = call.body.get("requests").and_then(Value::as_array);
    let requests = requests.ok_or_else(|| bad("Invalid batch payload format.".to_owned()))?;
    if requests.len() > ITEMS_MAX {
        return Err(bad(format!("Number of batch request steps exceeds the maximum value of {ITEMS_MAX}.")));
    }
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for request in requests {
        let item = item(request).ok_or_else(|| bad("Invalid batch payload format.".to_owned()))?;
        if !seen.insert(item.id.to_lowercase()) {
            return Err(bad(format!("The request id '{}' is used twice.", item.id)));
        }
        items.push(item);
    }
    let unknown = items.iter().flat_map(|item| &item.depends_on).find(|id| !items.iter().any(|item| item.id == **id));
    match unknown {
        Some(id) => Err(bad(format!("A request depends on '{id}', which is not in the batch."))),
        None => Ok(items),
    }
}

fn item(request: &Value) -> Option<Item> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let url = text("url")?;
    let path = url.trim_start_matches('/');
    // A batch is of one version, v1.0.
    if url.contains("://") || path.starts_with("$batch") || path.starts_with("beta/") {
        return None;
    }
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in request.get("headers").and_then(Value::as_object).into_iter().flatten() {
        headers.insert(name.to_lowercase(), value.as_str()?.to_owned());
    }
    let body = request.get("body").cloned().unwrap_or_default();
    if !body.is_null() && headers.get("content-type").is_none_or(|kind| !kind.starts_with("application/json")) {
        return None;
    }
    let depends_on = request.get("dependsOn").and_then(Value::as_array);
    let depends_on = depends_on.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let mut call = Call::parse(text("method")?, url, headers, body);
    call.in_batch = true;
    Some(Item { id: text("id")?.to_owned(), call, depends_on })
}
