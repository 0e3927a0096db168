//! From the text of a filter to its tree.

use super::Filter;
use crate::graph::refusal::Refusal;
use serde_json::Value;

impl Filter {
    /// Parses a filter; what the service does not support here is refused the way it refuses it.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let tokens = tokens(text)?;
        if tokens.len() > TOKENS_MAX {
            return Err(syntax("too long"));
        }
        let mut parser = Parser { tokens, at: 0 };
        let filter = parser.or(0)?;
        if parser.at < parser.tokens.len() {
            return Err(syntax(text));
        }
        Ok(filter)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

fn syntax(text: &str) -> Refusal {
    Refusal::new(400, "BadRequest", format!("Invalid filter clause: '{text}'."))
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let (mut found, mut chars) = (Vec::new(), text.chars().peekable());
    while let Some(next) = chars.next() {
        match next {
            ' ' => {}
            '(' | ')' | ',' | ':' => found.push(Token::Mark(next)),
            '\'' => {
                let mut literal = String::new();
                loop {
                    match chars.next() {
                        // A quote inside a literal is written twice.
                        Some('\'') if chars.peek() == Some(&'\'') => literal.extend(chars.next()),
                        Some('\'') => break,
                        Some(other) => literal.push(other),
                        None => return Err(syntax(text)),
                    }
                }
                found.push(Token::Text(literal));
            }
            other => {
                let mut word = String::from(other);
                // Times have colons, and only numbers and times begin with a digit.
                let ends = if other.is_ascii_digit() { " (),'" } else { " (),:'" };
                while let Some(more) = chars.next_if(|next| !ends.contains(*next)) {
                    word.push(more);
                }
                found.push(Token::Word(word));
            }
        }
    }
    Ok(found)
}

/// Filters come from strangers: deeper nesting than this is refused.
const DEPTH_MAX: usize = 64;
/// So are longer ones; fifty ids take 200.
const TOKENS_MAX: usize = 1000;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn or(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut left = self.and(depth)?;
        while self.word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut left = self.term(depth)?;
        while self.word("and") {
            left = Filter::And(Box::new(left), Box::new(self.term(depth)?));
        }
        Ok(left)
    }

    fn term(&mut self, depth: usize) -> Result<Filter, Refusal> {
        if depth > DEPTH_MAX {
            return Err(syntax("too deep"));
        }
        if self.word("not") {
            return Ok(Filter::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.mark('(') {
            let inner = self.or(depth + 1)?;
            self.expect(')')?;
            return Ok(inner);
        }
        let property = self.name()?;
        if let "startswith" | "endswith" = property.to_lowercase().as_str() {
            self.expect('(')?;
            let inner = self.name()?;
            self.expect(',')?;
            let Value::String(text) = self.literal()? else { return Err(syntax(&property)) };
            self.expect(')')?;
            return Ok(Filter::Affix { property: inner, text, at_end: property.to_lowercase() == "endswith" });
        }
        if let Some(collection) = property.strip_suffix("/any") {
            return self.any(collection);
        }
        if self.word("in") {
            self.expect('(')?;
            let mut values = vec![self.literal()?];
            while self.mark(',') {
                values.push(self.literal()?);
            }
            self.expect(')')?;
            if values.len() > 15 {
                return Err(Refusal::unsupported_query(
                    "Too many child clauses specified in search filter expression.",
                ));
            }
            return Ok(Filter::In { property, values });
        }
        let operator = self.name()?;
        match operator.as_str() {
            "eq" | "ne" => Ok(Filter::Equals { property, value: self.literal()?, negated: operator == "ne" }),
            "lt" | "le" | "gt" | "ge" => {
                let (less, or_equal) = (operator.starts_with('l'), operator.ends_with('e'));
                Ok(Filter::Order { property, value: self.literal()?, less, or_equal })
            }
            other => Err(Refusal::unsupported_query(format!("Unsupported operator '{other}' in $filter."))),
        }
    }

    fn any(&mut self, collection: &str) -> Result<Filter, Refusal> {
        self.expect('(')?;
        let variable = self.name()?;
        self.expect(':')?;
        let mut tests = Vec::new();
        loop {
            let path = self.name()?;
            let inner = match path.strip_prefix(&variable) {
                Some("") => None,
                Some(below) => Some(below.trim_start_matches('/').to_owned()),
                None => return Err(syntax(&path)),
            };
            if self.name()? != "eq" {
                return Err(Refusal::unsupported_query("Only 'eq' is supported inside any()."));
            }
            tests.push((inner, self.literal()?));
            if !self.word("and") {
                break;
            }
        }
        self.expect(')')?;
        Ok(Filter::Any { property: collection.to_owned(), tests })
    }

    fn name(&mut self) -> Result<String, Refusal> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            other => Err(syntax(&format!("{other:?}"))),
        }
    }

    fn literal(&mut self) -> Result<Value, Refusal> {
        let value = match self.tokens.get(self.at) {
            Some(Token::Text(text)) => Value::String(text.clone()),
            Some(Token::Word(word)) => match word.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                // Dates and GUIDs come without quotes.
                other => other.parse::<i64>().map_or_else(|_| Value::String(other.to_owned()), Value::from),
            },
            other => return Err(syntax(&format!("{other:?}"))),
        };
        self.at += 1;
        Ok(value)
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == wanted);
        self.at += usize::from(found);
        found
    }

    fn mark(&mut self, wanted: char) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Mark(wanted));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), Refusal> {
        if self.mark(wanted) { Ok(()) } else { Err(syntax(&format!("expected '{wanted}'"))) }
    }
}
