//! What a query gives: rows whose values are found by the name of their column.

use crate::json::{self, Wrong};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// The most rows that are kept of one answer.
pub const ROWS_MAX: usize = 10_000;

/// The rows of one answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    /// Why these are not all rows, if they are not: the service's own words, or that there were more than [`ROWS_MAX`].
    /// Absence must not be inferred then.
    pub partial: Option<String>,
}

impl Rows {
    /// The rows, in the service's order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|values| Row { columns: &self.columns, values })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// One row. A column that the answer does not have is the same as one without a value.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl<'a> Row<'a> {
    /// The value as it came; `None` for null.
    pub fn value(&self, column: &str) -> Option<&'a Value> {
        let place = self.columns.iter().position(|name| name == column)?;
        self.values.get(place).filter(|value| !value.is_null())
    }

    /// Text, or a number or truth value as text; `None` if it is empty.
    pub fn text(&self, column: &str) -> Option<String> {
        match self.value(column)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A point in time.
    pub fn time(&self, column: &str) -> Option<Timestamp> {
        self.value(column)?.as_str()?.parse().ok()
    }

    /// A GUID; `None` for one that is all zeros, which stands for none.
    pub fn guid(&self, column: &str) -> Option<Uuid> {
        Uuid::try_parse(self.value(column)?.as_str()?).ok().filter(|id| !id.is_nil())
    }

    /// A whole number, which may have come as text.
    pub fn number(&self, column: &str) -> Option<i64> {
        let value = self.value(column)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// A truth value, which may have come as text or as a number.
    pub fn flag(&self, column: &str) -> Option<bool> {
        match self.value(column)? {
            Value::Bool(value) => Some(*value),
            Value::Number(number) => Some(number.as_i64()? != 0),
            Value::String(text) => text.to_lowercase().parse().ok(),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A value of type `dynamic`: JSON, which comes as text.
    pub fn json(&self, column: &str) -> Option<Value> {
        match self.value(column)? {
            Value::String(text) => serde_json::from_str(text).ok().filter(|value: &Value| !value.is_null()),
            other => Some(other.clone()),
        }
    }
}

/// Reads an answer (page "Azure Monitor Log Analytics API response format").
pub(super) fn read(body: &Value, partial: Option<String>) -> Result<Rows, Wrong> {
    let tables = json::list(json::object(body)?, "tables")?;
    let is_primary = |table: &&Value| table.get("name").and_then(Value::as_str) == Some("PrimaryResult");
    let table = tables.iter().find(is_primary).or_else(|| tables.first());
    let table = json::object(table.ok_or_else(|| Wrong::at("tables[0]", "object"))?)?;
    let inside = |wrong: Wrong| wrong.inside("tables[]");
    let columns = json::list(table, "columns").map_err(inside)?;
    let columns = json::each(columns, "columns", |column| json::text(column, "name")).map_err(inside)?;
    let found = json::list(table, "rows").map_err(inside)?;
    let row = |(at, row): (usize, &Value)| match row.as_array() {
        Some(values) if values.len() == columns.len() => Ok(values.clone()),
        _ => Err(Wrong::at(format!("tables[].rows[{at}]"), "value for each column")),
    };
    let rows = found.iter().take(ROWS_MAX).enumerate().map(row).collect::<Result<Vec<_>, _>>()?;
    let too_many = || format!("more than {ROWS_MAX} rows came; only the first {ROWS_MAX} were kept");
    let partial = partial.or_else(|| (found.len() > ROWS_MAX).then(too_many));
    Ok(Rows { columns, rows, partial })
}
