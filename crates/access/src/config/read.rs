//! One file: its text, parsed and walked along the schema of its kind.
//!
//! Whatever does not fit is a problem and is left out: an optional key is dropped, an element leaves its list, and a
//! table without a key that it must have goes as a whole. What remains fits the type, so that the checks of the
//! meaning look at all of it, and one reading names every problem.

use super::places::Places;
use super::problem::{ConfigProblem, Severity};
use super::shape::{Shape, Shapes};
use super::words;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The most characters of a key that a problem repeats.
const KEY_CHARS_SHOWN_MAX: usize = 64;

/// Reads one file; `None` when nothing of it can be used, and then a problem says why.
pub(super) fn read<T: DeserializeOwned>(
    file: &str,
    text: &str,
    shapes: &Shapes,
    problems: &mut Vec<ConfigProblem>,
) -> (Option<T>, Places) {
    let places = Places::new(file, text);
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            // Only the message: the error's own display quotes the line, which may hold a secret.
            problems.push(places.problem("", error.span(), Severity::Error, "invalid_toml", error.message().into()));
            return (None, places);
        }
    };
    let mut walk = Walk { shapes, places, problems };
    let value = walk.table(table.get_ref(), table.span(), shapes.root(), &At::default());
    let places = walk.places;
    let Some(value) = value else { return (None, places) };
    match serde_json::from_value(value) {
        Ok(parts) => (Some(parts), places),
        Err(_) => {
            problems.push(places.error("", "unreadable", "does not fit its own schema; please report this"));
            (None, places)
        }
    }
}

/// Where the walk is.
#[derive(Debug, Clone, Default)]
struct At {
    /// In the file, as people count.
    key: String,
    /// In what is kept.
    path: String,
}

impl At {
    fn key(&self, key: &str) -> Self {
        let below = |parent: &str, key: &str| match parent {
            "" => key.to_owned(),
            parent => format!("{parent}.{key}"),
        };
        Self { key: below(&self.key, &shown(key)), path: below(&self.path, key) }
    }

    fn element(&self, written: usize, kept: usize) -> Self {
        Self { key: format!("{}[{written}]", self.key), path: format!("{}[{kept}]", self.path) }
    }
}

/// A key as people may see it: quoted keys can hold anything, a terminal's control characters too.
fn shown(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let short: String = key.chars().take(KEY_CHARS_SHOWN_MAX).collect();
    if !key.is_empty() && key.chars().all(is_bare) { short } else { format!("{short:?}") }
}

struct Walk<'a> {
    shapes: &'a Shapes,
    places: Places,
    problems: &'a mut Vec<ConfigProblem>,
}

type Node<'t> = Spanned<DeValue<'t>>;

impl Walk<'_> {
    fn value(&mut self, node: &Node<'_>, schema: &Value, at: &At) -> Option<Value> {
        let shapes = self.shapes;
        let kept = match (shapes.of(schema), node.get_ref()) {
            (Shape::Words(words), DeValue::String(text)) => self.one_of(text, &words, node, at),
            (Shape::OneKey(keys), DeValue::Table(table)) => self.one_key(table, node, &keys, at),
            (Shape::Either(schemas), _) => self.either(node, &schemas, at),
            (Shape::Text { word: Some("day") }, DeValue::Datetime(day)) => {
                self.text(&day.to_string(), Some("day"), node, at)
            }
            (Shape::Text { word }, DeValue::String(text)) => self.text(text, word, node, at),
            (Shape::Number { min, max }, DeValue::Integer(number)) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                self.number(number, min, max, node, at)
            }
            (Shape::Switch, DeValue::Boolean(on)) => Some(Value::Bool(*on)),
            (Shape::List { items, min, max, unique }, DeValue::Array(list)) => {
                let kept = self.list(list.iter(), items, unique, at);
                if (min..=max).contains(&list.len()) {
                    Some(kept)
                } else {
                    self.wrong_length(list.len(), min, max, node, at)
                }
            }
            (Shape::Table { .. } | Shape::Map { .. }, DeValue::Table(table)) => {
                self.table(table, node.span(), schema, at)
            }
            (_, found) => {
                let (wanted, found) = (shapes.noun(schema), noun(found));
                self.refuse(at, node.span(), "wrong_type", format!("must be {wanted}, not {found}"));
                None
            }
        }?;
        self.places.note(&at.path, &at.key, node.span());
        Some(kept)
    }

    /// A table, at the top of the file too.
    fn table(&mut self, table: &DeTable<'_>, span: Range<usize>, schema: &Value, at: &At) -> Option<Value> {
        let shapes = self.shapes;
        self.places.note(&at.path, &at.key, span.clone());
        let mut kept = Map::new();
        let (keys, required) = match shapes.of(schema) {
            Shape::Map { values } => {
                for (key, node) in table {
                    if let Some(value) = self.value(node, values, &at.key(key.get_ref())) {
                        kept.insert(key.get_ref().to_string(), value);
                    }
                }
                return Some(Value::Object(kept));
            }
            Shape::Table { keys, required } => (keys, required),
            _ => (Vec::new(), Vec::new()),
        };
        for (key, node) in table {
            match keys.iter().find(|(known, _)| known == key.get_ref()) {
                Some((known, schema)) => {
                    if let Some(value) = self.value(node, schema, &at.key(known)) {
                        kept.insert((*known).to_owned(), value);
                    }
                }
                None => self.unknown_key(key, keys.iter().map(|(key, _)| *key), at),
            }
        }
        for key in required.iter().filter(|key| !table.keys().any(|written| written.get_ref() == **key)) {
            self.refuse(&at.key(key), span.clone(), "missing_key", "missing".to_owned());
        }
        required.iter().all(|key| kept.contains_key(*key)).then_some(Value::Object(kept))
    }

    /// A table that holds exactly one of several keys.
    fn one_key(&mut self, table: &DeTable<'_>, node: &Node<'_>, keys: &[(&str, &Value)], at: &At) -> Option<Value> {
        let names = || keys.iter().map(|(key, _)| *key);
        let mut known = Vec::new();
        for (key, node) in table {
            match keys.iter().find(|(known, _)| known == key.get_ref()) {
                Some((key, schema)) => known.push((*key, node, *schema)),
                None => self.unknown_key(key, names(), at),
            }
        }
        match known.as_slice() {
            [(key, node, schema)] => {
                let value = self.value(node, schema, &at.key(key))?;
                Some(Value::Object(Map::from_iter([((*key).to_owned(), value)])))
            }
            [] if !table.is_empty() => None,
            _ => {
                let text = format!("must hold exactly one of {}", listed(names()));
                self.refuse(at, node.span(), "not_exactly_one", text);
                None
            }
        }
    }

    fn either(&mut self, node: &Node<'_>, schemas: &[&Value], at: &At) -> Option<Value> {
        let found = noun(node.get_ref());
        match schemas.iter().find(|schema| self.shapes.noun(schema) == found) {
            Some(schema) => self.value(node, schema, at),
            None => {
                let wanted: Vec<_> = schemas.iter().map(|schema| self.shapes.noun(schema)).collect();
                let text = format!("must be {}, not {found}", wanted.join(" or "));
                self.refuse(at, node.span(), "wrong_type", text);
                None
            }
        }
    }

    fn list<'n, 't: 'n>(
        &mut self,
        list: impl Iterator<Item = &'n Node<'t>>,
        items: &Value,
        unique: bool,
        at: &At,
    ) -> Value {
        let mut kept: Vec<Value> = Vec::new();
        for (written, node) in list.enumerate() {
            let at = at.element(written, kept.len());
            let Some(value) = self.value(node, items, &at) else { continue };
            if unique && kept.iter().any(|other| is_same(other, &value)) {
                let text = "is in the list already".to_owned();
                self.problems.push(self.places.problem(
                    &at.key,
                    Some(node.span()),
                    Severity::Warning,
                    "repeated",
                    text,
                ));
            }
            kept.push(value);
        }
        Value::Array(kept)
    }

    fn wrong_length(&mut self, found: usize, min: usize, max: usize, node: &Node<'_>, at: &At) -> Option<Value> {
        let text =
            if found < min { "must not be empty".to_owned() } else { format!("holds {found}, and may hold {max}") };
        self.refuse(at, node.span(), "wrong_length", text);
        None
    }

    fn text(&mut self, text: &str, word: Option<&str>, node: &Node<'_>, at: &At) -> Option<Value> {
        match words::check(word.unwrap_or_default(), text) {
            Ok(()) => Some(Value::String(text.to_owned())),
            Err(complaint) => {
                let problem = self.places.problem(
                    &at.key,
                    Some(node.span()),
                    Severity::Error,
                    complaint.code,
                    complaint.text.into(),
                );
                self.places.damage(&at.key);
                self.problems.push(ConfigProblem { hint: complaint.hint.map(str::to_owned), ..problem });
                None
            }
        }
    }

    fn one_of(&mut self, text: &str, words: &[&str], node: &Node<'_>, at: &At) -> Option<Value> {
        if words.contains(&text) {
            return Some(Value::String(text.to_owned()));
        }
        let one_of = format!("must be one of {}", listed(words.iter().copied()));
        let problem = self.places.problem(&at.key, Some(node.span()), Severity::Error, "unknown_word", one_of);
        self.places.damage(&at.key);
        self.problems.push(match nearest(text, words.iter().copied()) {
            Some((word, true)) => problem.hint(format!("did you mean `{word}`?")),
            _ => problem,
        });
        None
    }

    fn number(&mut self, number: Option<i64>, min: i64, max: i64, node: &Node<'_>, at: &At) -> Option<Value> {
        match number {
            Some(number) if (min..=max).contains(&number) => Some(number.into()),
            _ => {
                self.refuse(at, node.span(), "out_of_range", format!("must be from {min} to {max}"));
                None
            }
        }
    }

    fn unknown_key<'k>(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        known: impl Iterator<Item = &'k str>,
        at: &At,
    ) {
        let known: Vec<&str> = known.collect();
        let key_at = at.key(key.get_ref());
        let problem = self.places.problem(
            &key_at.key,
            Some(key.span()),
            Severity::Error,
            "unknown_key",
            "unknown key".to_owned(),
        );
        // The whole table counts as damaged: what is missing in it may be what was mistyped.
        self.places.damage(&key_at.key);
        self.problems.push(match nearest(key.get_ref(), known.iter().copied()) {
            Some((key, true)) => problem.hint(format!("did you mean `{key}`?")),
            Some((key, false)) => {
                problem.hint(format!("the nearest known key is `{key}`; known here: {}", listed(known)))
            }
            None => problem,
        });
    }

    fn refuse(&mut self, at: &At, span: Range<usize>, code: &'static str, text: String) {
        self.places.damage(&at.key);
        self.problems.push(self.places.problem(&at.key, Some(span), Severity::Error, code, text));
    }
}

/// The candidate nearest to `text`, and whether it is near enough to have been meant.
pub(super) fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<(&'a str, bool)> {
    let distance = |candidate: &str| strsim::damerau_levenshtein(text, candidate);
    let best = candidates.min_by_key(|candidate| (distance(candidate), *candidate))?;
    let slips_max = (best.chars().count() / 3).max(1);
    Some((best, distance(best) <= slips_max))
}

fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Ids and domains are the same in capitals; nothing else in a list differs by capitals alone.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

fn noun(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
