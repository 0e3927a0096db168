//! `$filter`: the part of OData's language that directory clients use, and an index for the common questions.

use super::refusal::Refusal;
use serde_json::Value;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    Or(Box<Filter>, Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// `property eq literal`, or `ne`.
    Equals {
        property: String,
        value: Value,
        negated: bool,
    },
    In {
        property: String,
        values: Vec<Value>,
    },
    /// `otherMails/any(m:m eq 'x')`, with a path below the item when it is an object.
    Any {
        property: String,
        tests: Vec<(Option<String>, Value)>,
    },
    /// `startsWith(property,'x')` or `endsWith`.
    Affix {
        property: String,
        text: String,
        at_end: bool,
    },
}

impl Filter {
    /// Parses a filter; what the service does not support here is refused the way it refuses it.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0 };
        let filter = parser.or(0)?;
        if parser.at < parser.tokens.len() {
            return Err(syntax(text));
        }
        Ok(filter)
    }

    /// Whether it needs `ConsistencyLevel: eventual` and `$count=true`.
    pub(crate) fn is_advanced(&self) -> bool {
        match self {
            Self::Or(left, right) | Self::And(left, right) => left.is_advanced() || right.is_advanced(),
            Self::Not(_) => true,
            Self::Equals { negated, .. } => *negated,
            Self::Affix { at_end, .. } => *at_end,
            Self::In { .. } | Self::Any { .. } => false,
        }
    }

    /// Whether it names objects by id alone, which needs no index.
    pub(crate) fn is_by_id(&self) -> bool {
        match self {
            Self::Or(left, right) => left.is_by_id() && right.is_by_id(),
            Self::Equals { property, negated: false, .. } | Self::In { property, .. } => property == "id",
            _ => false,
        }
    }

    /// The values that one of these properties must have for the filter to hold; `None` when it does not say.
    pub(crate) fn keys(&self, properties: &[&str]) -> Option<Vec<&str>> {
        let texts = |values: &'_ [Value]| values.iter().all(Value::is_string);
        match self {
            Self::Or(left, right) => {
                let mut keys = left.keys(properties)?;
                keys.extend(right.keys(properties)?);
                Some(keys)
            }
            Self::And(left, right) => left.keys(properties).or_else(|| right.keys(properties)),
            Self::Equals { property, value, negated: false } if properties.contains(&property.as_str()) => {
                value.as_str().map(|text| vec![text])
            }
            Self::In { property, values } if properties.contains(&property.as_str()) && texts(values) => {
                Some(values.iter().filter_map(Value::as_str).collect())
            }
            Self::Any { property, tests } if properties.contains(&property.as_str()) => match &tests[..] {
                [(None, Value::String(text))] => Some(vec![text]),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an object passes; `get` reads one of its properties.
    pub(crate) fn holds(&self, get: &dyn Fn(&str) -> Option<Value>) -> Result<bool, Refusal> {
        let read = |property: &str| {
            get(property).ok_or_else(|| {
                Refusal::unsupported_query(format!("Unsupported property filter clause on property '{property}'."))
            })
        };
        Ok(match self {
            Self::Or(left, right) => left.holds(get)? | right.holds(get)?,
            Self::And(left, right) => left.holds(get)? & right.holds(get)?,
            Self::Not(inner) => !inner.holds(get)?,
            Self::Equals { property, value, negated } => same(&read(property)?, value) != *negated,
            Self::In { property, values } => {
                let found = read(property)?;
                values.iter().any(|value| same(&found, value))
            }
            Self::Any { property, tests } => {
                let found = read(property)?;
                found.as_array().into_iter().flatten().any(|item| {
                    tests.iter().all(|(path, value)| {
                        same(path.as_ref().map_or(item, |path| item.get(path).unwrap_or(&Value::Null)), value)
                    })
                })
            }
            Self::Affix { property, text, at_end } => {
                let found = read(property)?.as_str().unwrap_or_default().to_lowercase();
                let text = text.to_lowercase();
                if *at_end { found.ends_with(&text) } else { found.starts_with(&text) }
            }
        })
    }
}

/// The directory compares texts without regard to case.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => found.to_lowercase() == wanted.to_lowercase(),
        _ => found == wanted,
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
                while let Some(more) = chars.next_if(|next| !" (),:'".contains(*next)) {
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
        let negated = match self.name()?.as_str() {
            "eq" => false,
            "ne" => true,
            other => return Err(Refusal::unsupported_query(format!("Unsupported operator '{other}' in $filter."))),
        };
        Ok(Filter::Equals { property, value: self.literal()?, negated })
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
                other => Value::String(other.to_owned()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_of_directory_clients_hold_for_the_right_users() {
        let user = json!({
            "id": "1", "mail": "Ana@northwind.example", "otherMails": ["a@b.example"], "userType": "Guest",
            "accountEnabled": true, "displayName": "O'Brien", "identities": [{ "issuer": "mail", "issuerAssignedId": "x" }],
        });
        let get = |name: &str| user.get(name).cloned();
        for (filter, expected) in [
            ("mail eq 'ana@northwind.example'", true),
            ("mail eq 'a@b.example' or otherMails/any(m:m eq 'a@b.example')", true),
            ("otherMails/any(m:m eq 'x') or mail in ('y','ana@northwind.example')", true),
            ("userType eq 'Guest' and accountEnabled eq false", false),
            ("id in ('2','3')", false),
            ("not (displayName eq 'O''Brien')", false),
            ("startsWith(displayName,'o''b')", true),
            ("identities/any(c:c/issuerAssignedId eq 'x' and c/issuer eq 'mail')", true),
            ("identities/any(c:c/issuerAssignedId eq 'x' and c/issuer eq 'other')", false),
        ] {
            let parsed = Filter::parse(filter).unwrap_or_else(|refusal| panic!("{filter}: {refusal:?}"));
            assert_eq!(parsed.holds(&get), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        let too_many = format!("id in ({})", vec!["'1'"; 16].join(","));
        let too_deep = format!("{}id eq '1'{}", "(".repeat(100), ")".repeat(100));
        for filter in ["mail", "mail eq", "mail eq 'x", "mail gt 'x'", "mail eq 'x' mail", &too_many, &too_deep] {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn a_filter_by_addresses_says_which() {
        let keys = |text: &str| {
            let parsed = Filter::parse(text).expect("a filter");
            parsed.keys(&["mail", "otherMails"]).map(|keys| keys.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(keys("mail eq 'a' or otherMails/any(m:m eq 'b')"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(keys("mail eq 'a' and userType eq 'Guest'"), Some(vec!["a".to_owned()]));
        assert_eq!(keys("mail eq 'a' or userType eq 'Guest'"), None);
    }
}
