//! Whether an alert would be raised at each sign-in, and reach somebody.

use super::case::Case;
use super::facts::{ActionGroup, LogRule, Processing, Receiver, Rule};
use super::judged::Judged;
use super::logs::is_same;
use jiff::SignedDuration;

/// A rule looks at least this often.
const EVERY_MAX: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn right(case: &Case<'_>, judged: &mut Judged) {
    if case.facts.rules.is_empty() {
        return judged.unknown("", &case.unsaid("break_glass.rules"));
    }
    if case.facts.accounts.is_empty() {
        judged.unknown("", &case.no_accounts());
    }
    let mut watches_sign_ins = false;
    for (id, read) in &case.facts.rules {
        let name = id.rsplit('/').next().unwrap_or(id);
        let rule = match read {
            Ok(Some(rule)) => rule,
            Ok(None) => {
                judged.fail(format!("rule {name} is not there"));
                continue;
            }
            Err(unread) => {
                judged.unknown(&format!("rule {name}"), unread);
                // It may be the one.
                watches_sign_ins = true;
                continue;
            }
        };
        let wrong = match rule {
            Rule::Logs(rule) => {
                watches_sign_ins |= rule.conditions.iter().any(|one| has_word(&one.query, |word| word == "signinlogs"));
                weaknesses(case, rule)
            }
            Rule::Activity { enabled, action_groups } => {
                let mut wrong = Vec::new();
                if !enabled {
                    wrong.push("is switched off".to_owned());
                }
                wrong.extend(calls_us(case, action_groups));
                wrong
            }
        };
        wrong.iter().for_each(|why| judged.fail(format!("rule {name} {why}")));
        if wrong.is_empty() {
            judged.pass();
        }
    }
    if !watches_sign_ins {
        judged.fail("none of the rules looks at SigninLogs");
    }
}

/// Whether a query has such a word, lower case; names are words of letters, digits and underscores.
fn has_word(query: &str, is_it: impl Fn(&str) -> bool) -> bool {
    let lower = query.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_it)
}

fn weaknesses(case: &Case<'_>, rule: &LogRule) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    if !rule.enabled {
        wrong.push("is switched off".into());
    }
    if rule.resolves {
        wrong.push("resolves by itself: it fires once and is silent about the next sign-in".into());
    }
    if let Some(mute) = &rule.mute {
        wrong.push(format!("is silent for {mute} after each alert"));
    }
    if rule.every.is_none_or(|every| every > EVERY_MAX) {
        wrong.push("looks less often than every five minutes".into());
    }
    if rule.severity != Some(0) {
        wrong.push("has not severity 0".into());
    }
    let workspace = case.declared.workspace.as_ref().and_then(|workspace| workspace.resource.as_deref());
    if let Some(workspace) = workspace
        && !rule.scopes.iter().any(|scope| is_same(scope, workspace))
    {
        wrong.push("looks at another workspace".into());
    }
    if rule.conditions.is_empty() {
        wrong.push("looks for nothing".into());
    }
    for condition in &rule.conditions {
        let query = condition.query.to_lowercase();
        for account in &case.facts.accounts {
            if !query.contains(&account.id.to_string()) {
                wrong.push(format!("does not look for the object id of {}", account.upn));
            }
        }
        if has_word(&query, |word| word.starts_with("contains")) {
            wrong.push("compares with `contains`, which a rename defeats and strangers match".into());
        }
        let at_least_one = match (condition.operator.to_lowercase().as_str(), condition.threshold) {
            ("greaterthan", Some(threshold)) => threshold < 1.0,
            ("greaterthanorequal", Some(threshold)) => threshold <= 1.0,
            _ => false,
        };
        if !at_least_one {
            wrong.push("does not fire at the first row".into());
        }
    }
    wrong.extend(calls_us(case, &rule.action_groups));
    wrong
}

/// What is wrong with whom a rule calls.
fn calls_us(case: &Case<'_>, action_groups: &[String]) -> Option<String> {
    match &case.declared.action_group {
        _ if action_groups.is_empty() => Some("calls no action group".to_owned()),
        Some(ours) if !action_groups.iter().any(|id| is_same(id, ours)) => {
            Some("calls another action group than the declared one".to_owned())
        }
        _ => None,
    }
}

pub(super) fn reaches(case: &Case<'_>, judged: &mut Judged) {
    let group = match &case.facts.action_group {
        Ok(Some(group)) => group,
        Ok(None) => return judged.fail("the declared action group is not there"),
        Err(unread) => return judged.unknown("", unread),
    };
    let ActionGroup { enabled, receivers } = group;
    if !enabled {
        judged.fail("it is switched off");
    }
    // A receiver that is off gets nothing.
    let (ours, others): (Vec<&Receiver>, Vec<&Receiver>) =
        receivers.iter().filter(|receiver| receiver.enabled).partition(|receiver| is_ours(case, receiver));
    if ours.is_empty() {
        judged.fail(format!("no webhook of it ends in alerts/{}, so nothing reaches us", case.customer));
    } else if !ours.iter().any(|receiver| receiver.common_schema) {
        judged.fail("our webhook does not get the common alert schema");
    }
    if others.is_empty() {
        judged.fail("it tells nobody but us: if we are down, nobody hears of a sign-in");
    }
    judged.pass();
}

/// Whether the receiver is our route for this customer.
fn is_ours(case: &Case<'_>, receiver: &Receiver) -> bool {
    let ours = format!("/alerts/{}", case.customer.to_lowercase());
    receiver.path.as_ref().is_some_and(|path| path.trim_end_matches('/').ends_with(&ours))
}

pub(super) fn suppressed(case: &Case<'_>, judged: &mut Judged) {
    let processing = match &case.facts.processing {
        Ok(processing) => processing,
        Err(unread) => return judged.unknown("", unread),
    };
    judged.pass();
    let declared = case.declared;
    let workspace = declared.workspace.iter().filter_map(|workspace| workspace.resource.as_ref());
    let watched: Vec<&String> = workspace.chain(&declared.rules).chain(&declared.action_group).collect();
    if watched.is_empty() {
        judged.unknown("what has to be free of them", &case.unsaid("break_glass.rules"));
    }
    for rule in processing.iter().filter(|rule| rule.enabled && rule.suppresses && !is_over(rule, case)) {
        // An alert belongs to what it is about: the workspace of a log rule, the rule itself of a tamper alert.
        if rule.scopes.iter().any(|scope| watched.iter().any(|id| is_within(id, scope))) {
            judged
                .fail(format!("alert processing rule \"{}\" suppresses the notifications of these alerts", rule.name));
        }
    }
}

fn is_over(rule: &Processing, case: &Case<'_>) -> bool {
    rule.until.is_some_and(|until| until < case.now)
}

/// Whether an ARM id is that of the scope, or of something in it.
fn is_within(id: &str, scope: &str) -> bool {
    let (id, scope) = (id.trim_matches('/').to_lowercase(), scope.trim_matches('/').to_lowercase());
    id == scope || id.strip_prefix(&scope).is_some_and(|rest| rest.starts_with('/'))
}
