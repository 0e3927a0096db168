//! A row of a log, in whichever of its forms it arrives. Columns are found by name: their order is the rule's.

use super::json::Json;

/// Names and values.
pub(super) struct Row<'a>(Vec<(&'a str, &'a Json)>);

impl<'a> Row<'a> {
    /// `{"UserId": …}`.
    pub(super) fn of_object(json: &'a Json) -> Self {
        Self(json.fields().iter().map(|(name, value)| (name.as_str(), value)).collect())
    }

    /// Several objects as one row; where two have the name, the first counts.
    pub(super) fn of_objects(objects: &[&'a Json]) -> Self {
        Self(objects.iter().flat_map(|json| Self::of_object(json).0).collect())
    }

    /// `[{"name": "UserId", "value": …}]`: dimensions, and the rows of Simple Log Alerts.
    pub(super) fn of_pairs(json: &'a Json) -> Self {
        let pair = |pair: &'a Json| Some((pair.get("name").text()?, pair.get("value")));
        Self(json.items().iter().filter_map(pair).collect())
    }

    /// The value under the first of these names that has one.
    pub(super) fn get(&self, names: &[&str]) -> Option<&'a Json> {
        let has_value = |value: &Json| match value {
            Json::Null => false,
            Json::Text(text) => !text.trim().is_empty(),
            _ => true,
        };
        let under = |name: &&str| {
            let found = self.0.iter().find(|(key, value)| key.eq_ignore_ascii_case(name) && has_value(value));
            found.map(|(_, value)| *value)
        };
        names.iter().find_map(under)
    }

    pub(super) fn scalar(&self, names: &[&str]) -> Option<&'a str> {
        self.get(names)?.scalar()
    }
}

/// All rows of a query's result: `{"tables": [{"columns": [{"name": …}], "rows": [[…]]}]}`.
pub(super) fn each_row<'a>(result: &'a Json, mut take: impl FnMut(&Row<'a>)) {
    for table in result.get("tables").items() {
        let columns: Vec<&str> =
            table.get("columns").items().iter().map(|column| column.get("name").text().unwrap_or_default()).collect();
        for row in table.get("rows").items() {
            match row {
                Json::Object(_) => take(&Row::of_object(row)),
                _ => take(&Row(columns.iter().copied().zip(row.items()).collect())),
            }
        }
    }
}
