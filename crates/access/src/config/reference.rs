//! The configuration reference: every key, from the same schemas that editors get.

use super::schema::{Kind, schema};
use super::words::GRAMMARS;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

/// The reference of all three kinds of file, in Markdown.
///
/// A table that may stand in several places is described where it comes first, and named elsewhere.
pub fn reference() -> String {
    let mut text = String::from(INTRODUCTION);
    let mut described = BTreeMap::new();
    for (kind, title) in [
        (Kind::Program, "gatehouse.toml"),
        (Kind::Customer, "customers/NAME.toml"),
        (Kind::Profile, "profiles/NAME.toml"),
    ] {
        let root = schema(kind);
        let file = File { title, definitions: root["$defs"].as_object().cloned().unwrap_or_default() };
        file.describe(&root, &mut described, &mut text);
    }
    text.push_str("\n## Texts with a grammar\n\n| word | what it is |\n| --- | --- |\n");
    for (word, doc) in GRAMMARS {
        line(&mut text, &[word, doc.trim()]);
    }
    text
}

const INTRODUCTION: &str = "# Configuration reference

Every key of every file, made from the program's own types (`gatehouse schema` prints the same as JSON Schema, for editors).
[The configuration](configuration.md) explains them with examples, and [how values are written](configuration.md#how-values-are-written).
A key that is not here is an error. Where *default* is empty, leaving a key out means that there is none, or what its meaning says.
The words in *value* are explained [at the end](#texts-with-a-grammar); an *id* is an object id as the Entra admin center shows it.
";

/// One kind of file.
struct File {
    title: &'static str,
    definitions: Map<String, Value>,
}

/// A table that is yet to be described: where it stands, and what it may hold.
struct Section {
    /// Its path, such as `packages.requests`; empty: the file itself.
    path: String,
    heading: String,
    schema: Value,
}

impl File {
    fn describe(&self, root: &Value, described: &mut BTreeMap<String, String>, text: &mut String) {
        let about = root["description"].as_str().unwrap_or_default();
        write!(text, "\n## `{}`\n\n{}\n", self.title, about.split_once(": ").map_or(about, |(_, after)| after))
            .expect("a String takes every character");
        let mut sections =
            VecDeque::from([Section { path: String::new(), heading: String::new(), schema: root.clone() }]);
        while let Some(section) = sections.pop_front() {
            if !section.heading.is_empty() {
                write!(text, "\n### `{}`\n", section.heading).expect("a String takes every character");
            }
            let mut found = Vec::new();
            self.rows(&section, described, &mut found, text);
            for one in found.into_iter().rev() {
                sections.push_front(one);
            }
        }
    }

    /// The table of one section's keys; the tables among them are added to `found`.
    fn rows(
        &self,
        section: &Section,
        described: &mut BTreeMap<String, String>,
        found: &mut Vec<Section>,
        text: &mut String,
    ) {
        let alternatives = section.schema["oneOf"].as_array();
        let tables: Vec<&Value> = alternatives.map_or_else(|| vec![&section.schema], |some| some.iter().collect());
        if alternatives.is_some() {
            text.push_str("\nExactly one of:\n");
        }
        text.push_str("\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
        for table in tables {
            let required: Vec<&str> =
                table["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (key, value) in table["properties"].as_object().into_iter().flatten() {
                let written = self.value(key, value, section, described, found);
                let default = match (&value["default"], required.contains(&key.as_str()) && alternatives.is_none()) {
                    (_, true) => "**required**".to_owned(),
                    (Value::Null, false) => String::new(),
                    (default, false) => format!("`{default}`"),
                };
                let mut meaning = value["description"].as_str().unwrap_or_default().to_owned();
                if let (true, Some(about)) = (alternatives.is_some(), table["description"].as_str()) {
                    about.clone_into(&mut meaning);
                }
                meaning.push_str(&self.choices(value));
                line(text, &[&format!("`{key}`"), &written, &default, &meaning]);
            }
        }
    }

    /// What may be written, in words.
    fn value(
        &self,
        key: &str,
        value: &Value,
        section: &Section,
        described: &mut BTreeMap<String, String>,
        found: &mut Vec<Section>,
    ) -> String {
        let path = if section.path.is_empty() { key.to_owned() } else { format!("{}.{key}", section.path) };
        let mut table = |name: Option<&str>, schema: &Value, path: String, is_list: bool| {
            let heading = if is_list { format!("[[{path}]]") } else { format!("[{path}]") };
            if let Some(known) = name.and_then(|name| described.get(name)) {
                return format!("as `{known}`");
            }
            if let Some(name) = name {
                described.insert(name.to_owned(), format!("{heading}` of `{}", self.title));
            }
            found.push(Section { path, heading: heading.clone(), schema: schema.clone() });
            format!("`{heading}`")
        };
        let (name, resolved) = self.resolve(value);
        if is_table(resolved) {
            return table(name, resolved, path, false);
        }
        if let Some(items) = resolved.get("items") {
            let (name, item) = self.resolve(items);
            if is_table(item) {
                return table(name, item, path, true);
            }
            return format!("list of {}{}", self.scalar(items), bounds(resolved, "minItems", "maxItems", " of them"));
        }
        if let Some(each) = resolved.get("additionalProperties").filter(|each| each.is_object()) {
            let (name, each) = self.resolve(each);
            if is_table(each) {
                return table(name, each, format!("{path}.NAME"), false);
            }
            return format!("table of {}", self.scalar(each));
        }
        let some: Vec<String> = alternatives(resolved)
            .map(|one| {
                let (name, one) = self.resolve(one);
                match is_table(one) {
                    true => table(name, one, path.clone(), false),
                    false => self.scalar(one),
                }
            })
            .collect();
        if some.is_empty() { self.scalar(resolved) } else { some.join(" or ") }
    }

    /// What may be written where no table may.
    fn scalar(&self, value: &Value) -> String {
        let (_, value) = self.resolve(value);
        if let Some(only) = value.get("const") {
            return format!("`{only}`");
        }
        let some: Vec<String> = alternatives(value).map(|one| self.scalar(one)).collect();
        if !some.is_empty() {
            return some.join(" or ");
        }
        if let Some(items) = value.get("items") {
            return format!("list of {}", self.scalar(items));
        }
        let word = value["x-word"].as_str().map(str::to_owned);
        let name = match &value["type"] {
            Value::String(name) => name.as_str(),
            Value::Array(names) => names.first().and_then(Value::as_str).unwrap_or_default(),
            _ => "",
        };
        match (word, name, value["format"].as_str()) {
            (Some(word), ..) => word,
            (_, _, Some("uuid")) => "id".into(),
            (_, "integer" | "number", _) => format!("number{}", bounds(value, "minimum", "maximum", "")),
            (_, "string", _) => "text".into(),
            (_, "boolean", _) => "`true` or `false`".into(),
            (_, "object", _) => "table".into(),
            (_, other, _) => other.into(),
        }
    }

    /// The meanings of words of which one may be written.
    fn choices(&self, value: &Value) -> String {
        let (_, value) = self.resolve(value);
        let items = value.get("items").map(|items| self.resolve(items).1);
        let choices = alternatives(items.unwrap_or(value));
        let said: Vec<String> = choices
            .filter_map(|one| Some((one.get("const")?.as_str()?, one["description"].as_str()?)))
            .map(|(word, meaning)| format!("`{word}`: {meaning}"))
            .collect();
        if said.is_empty() { String::new() } else { format!(" {}", said.join(" ")) }
    }

    /// The schema that a reference leads to, and its name; of `T or null` it is T.
    fn resolve<'a>(&'a self, value: &'a Value) -> (Option<&'a str>, &'a Value) {
        if let Some(name) = value["$ref"].as_str().and_then(|link| link.strip_prefix("#/$defs/")) {
            return self.definitions.get(name).map_or((None, value), |schema| (Some(name), schema));
        }
        let real = |one: &&Value| one["type"] != "null";
        match value["anyOf"].as_array().map(|some| some.iter().filter(real).collect::<Vec<_>>()).as_deref() {
            Some([only]) => self.resolve(only),
            _ => (None, value),
        }
    }
}

fn alternatives(value: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"].into_iter().filter_map(|key| value[key].as_array()).flatten().filter(|one| one["type"] != "null")
}

/// Whether it has keys of its own, alone or in each of its alternatives.
fn is_table(value: &Value) -> bool {
    let has_keys = |value: &Value| value.get("properties").is_some();
    has_keys(value) || value["oneOf"].as_array().is_some_and(|some| some.iter().all(has_keys))
}

fn bounds(value: &Value, least: &str, most: &str, of: &str) -> String {
    match (value.get(least), value.get(most)) {
        (Some(least), Some(most)) => format!(", {least} to {most}{of}"),
        (Some(least), None) => format!(", at least {least}{of}"),
        (None, Some(most)) => format!(", at most {most}{of}"),
        (None, None) => String::new(),
    }
}

fn line(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
    writeln!(text, "| {} |", cells.join(" | ")).expect("a String takes every character");
}

#[cfg(test)]
mod tests {
    use super::reference;
    use expect_test::expect_file;

    /// `UPDATE_EXPECT=1 cargo test -p access reference` writes it anew.
    #[test]
    fn the_page_shows_every_key_as_the_program_reads_it() {
        expect_file!["../../../../docs/configuration-reference.md"].assert_eq(&reference());
    }
}
