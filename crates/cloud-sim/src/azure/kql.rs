//! As much of the query language as a faithful answer needs. Nothing is computed: a query is read for the tables it names,
//! the texts it compares with, and the columns it shows.
//!
//! So a row is wanted when one of the query's texts names the account, object or actor that the row is about, whatever the
//! operators are; a query without texts wants every row. Tables and columns that do not exist are refused, as are brackets
//! and quotes that do not close.

use super::tables::Found;
use crate::tenant::TABLES;
use serde_json::Value;

/// A query, read.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) tables: Vec<&'static str>,
    /// Whether the audit log's targets get a row each.
    pub(super) by_target: bool,
    /// In lower case.
    texts: Vec<String>,
    nothing: bool,
    count: bool,
    rows_max: Option<usize>,
    /// Each column with the words of its expression; `None` shows all.
    columns: Option<Vec<(String, Vec<String>)>>,
}

impl Query {
    /// Reads a query; the error is the service's message.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (bare, texts) = without_texts(text)?;
        balanced(&bare)?;
        let words = words(&bare);
        let tables: Vec<&'static str> =
            TABLES.into_iter().filter(|table| words.iter().any(|word| word == table)).collect();
        if tables.is_empty() {
            return Err("Failed to resolve table or column expression".to_owned());
        }
        let steps: Vec<&str> = bare.split('|').map(str::trim).collect();
        let first_word = |step: &&str| words_of(step).first().cloned().unwrap_or_default();
        let columns = steps.iter().rfind(|step| first_word(step) == "project").map(|step| columns(step));
        let number = |step: &&str| words_of(step).get(1).and_then(|word| word.parse().ok());
        let limits = steps.iter().filter(|step| matches!(first_word(step).as_str(), "take" | "top" | "limit"));
        Ok(Self {
            by_target: steps.iter().any(|step| first_word(step) == "mv-expand"),
            nothing: steps.iter().any(|step| words_of(step) == ["where", "false"]),
            count: steps.last().is_some_and(|step| *step == "count"),
            rows_max: limits.filter_map(number).min(),
            tables,
            texts,
            columns,
        })
    }

    /// Whether the query is after this row.
    pub(super) fn wants(&self, row: &Found) -> bool {
        !self.nothing && (self.texts.is_empty() || row.about.iter().any(|about| self.texts.contains(about)))
    }

    /// Columns and rows as the query shows them.
    pub(super) fn shown(&self, found: &[Found]) -> Result<(Vec<String>, Vec<Vec<Value>>), String> {
        if self.count {
            return Ok((vec!["Count".to_owned()], vec![vec![found.len().into()]]));
        }
        let found = &found[..found.len().min(self.rows_max.unwrap_or(usize::MAX))];
        let Some(columns) = &self.columns else {
            let names: Vec<String> = found.first().into_iter().flat_map(|row| row.columns.keys().cloned()).collect();
            let row =
                |row: &Found| names.iter().map(|name| row.columns.get(name).cloned().unwrap_or_default()).collect();
            return Ok((names.clone(), found.iter().map(row).collect()));
        };
        let value = |row: &Found, (name, words): &(String, Vec<String>)| {
            let of = |name: &String| row.columns.get(name).cloned();
            let unknown = || format!("'project' operator: Failed to resolve scalar expression named '{name}'");
            of(name).or_else(|| words.iter().rev().find_map(of)).ok_or_else(unknown)
        };
        let row = |row: &Found| columns.iter().map(|column| value(row, column)).collect::<Result<Vec<_>, _>>();
        let rows = found.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        Ok((columns.iter().map(|(name, _)| name.clone()).collect(), rows))
    }
}

/// The query with an empty pair of quotes for each text in it, and the texts in lower case.
fn without_texts(text: &str) -> Result<(String, Vec<String>), String> {
    let (mut bare, mut texts, mut letters) = (String::new(), Vec::new(), text.chars());
    while let Some(letter) = letters.next() {
        bare.push(letter);
        if letter != '"' {
            continue;
        }
        let mut inside = String::new();
        loop {
            match letters.next() {
                Some('"') => break,
                Some('\\') => match letters.next() {
                    Some('u') => {
                        let digits: String = letters.by_ref().take(4).collect();
                        let letter = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                        inside.push(letter.ok_or("SyntaxError: a text has a wrong escape")?);
                    }
                    Some(escaped @ ('"' | '\\' | '\'')) => inside.push(escaped),
                    _ => return Err("SyntaxError: a text has a wrong escape".to_owned()),
                },
                Some(other) if !other.is_control() => inside.push(other),
                _ => return Err("SyntaxError: a text does not end".to_owned()),
            }
        }
        bare.push('"');
        texts.push(inside.to_lowercase());
    }
    Ok((bare, texts))
}

fn balanced(bare: &str) -> Result<(), String> {
    let mut open = Vec::new();
    for letter in bare.chars() {
        match letter {
            '(' | '[' | '{' => open.push(letter),
            ')' | ']' | '}' => {
                let fits = matches!((open.pop(), letter), (Some('('), ')') | (Some('['), ']') | (Some('{'), '}'));
                if !fits {
                    return Err(format!("SyntaxError: Query could not be parsed at '{letter}'"));
                }
            }
            _ => {}
        }
    }
    if open.is_empty() { Ok(()) } else { Err("SyntaxError: Query could not be parsed: a bracket is open".to_owned()) }
}

fn words(bare: &str) -> Vec<String> {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    bare.split(|letter| !is_word(letter)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn words_of(step: &str) -> Vec<String> {
    words(step)
}

/// The columns of a `project`: `Name`, or `Name = expression`. A step that ends a part in brackets ends with that bracket.
fn columns(step: &str) -> Vec<(String, Vec<String>)> {
    let list = step.trim_start_matches("project");
    let (mut depth, mut end) = (0_i32, list.len());
    let mut parts = vec![0];
    for (at, letter) in list.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                end = at;
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => parts.push(at + 1),
            _ => {}
        }
    }
    let ends = parts.iter().skip(1).map(|start| start - 1).chain([end]);
    let one = |(start, end): (&usize, usize)| {
        let part = list.get(*start..end).unwrap_or_default();
        let (name, expression) = part.split_once('=').unwrap_or((part, part));
        (name.trim().to_owned(), words(expression))
    };
    parts.iter().zip(ends).map(one).collect()
}
