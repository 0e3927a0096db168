//! The expressions of ARM templates: what stands in brackets in a text (page "Syntax and expressions in ARM templates").

use serde_json::Value;
use std::iter::Peekable;
use std::str::Chars;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Literal(Value),
    Call(String, Vec<Expression>),
    /// A member of an object by its name, or of a list by its place.
    Member(Box<Expression>, Box<Expression>),
}

/// The expression in a text; `None`: it is a text and nothing else.
pub(super) fn parse(text: &str) -> Option<Expression> {
    let inner = text.strip_prefix('[').filter(|rest| !rest.starts_with('['))?.strip_suffix(']')?;
    let mut letters = inner.chars().peekable();
    let expression = whole(&mut letters);
    assert_eq!(letters.next(), None, "more after the expression: {text}");
    Some(expression)
}

type Letters<'t> = Peekable<Chars<'t>>;

fn skip(letters: &mut Letters<'_>) {
    while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
}

fn expect(letters: &mut Letters<'_>, wanted: char) {
    skip(letters);
    assert_eq!(letters.next(), Some(wanted));
}

fn name(letters: &mut Letters<'_>) -> String {
    let mut name = String::new();
    while let Some(letter) = letters.next_if(|letter| letter.is_alphanumeric() || *letter == '_') {
        name.push(letter);
    }
    assert!(!name.is_empty(), "a name is missing before {:?}", letters.peek());
    name
}

fn whole(letters: &mut Letters<'_>) -> Expression {
    skip(letters);
    let mut expression = match letters.peek() {
        Some('\'') => Expression::Literal(Value::String(quoted(letters))),
        Some(letter) if letter.is_ascii_digit() => {
            Expression::Literal(Value::from(name(letters).parse::<u64>().expect("a number")))
        }
        _ => call(letters),
    };
    loop {
        skip(letters);
        let member = match letters.peek() {
            Some('.') => {
                letters.next();
                Expression::Literal(Value::String(name(letters)))
            }
            Some('[') => {
                letters.next();
                let index = whole(letters);
                expect(letters, ']');
                index
            }
            _ => return expression,
        };
        expression = Expression::Member(Box::new(expression), Box::new(member));
    }
}

/// A text in quotes; a quote within it is written twice.
fn quoted(letters: &mut Letters<'_>) -> String {
    expect(letters, '\'');
    let mut text = String::new();
    loop {
        match letters.next().expect("the text ends") {
            '\'' if letters.next_if_eq(&'\'').is_none() => return text,
            letter => text.push(letter),
        }
    }
}

fn call(letters: &mut Letters<'_>) -> Expression {
    let function = name(letters);
    expect(letters, '(');
    let mut arguments = Vec::new();
    loop {
        skip(letters);
        match letters.peek() {
            Some(')') => {
                letters.next();
                return Expression::Call(function, arguments);
            }
            Some(',') => {
                letters.next();
            }
            _ => arguments.push(whole(letters)),
        }
    }
}
