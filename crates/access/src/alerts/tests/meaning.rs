//! The order in which a sender writes what it says means nothing.

use super::{alert, body, files};
use proptest::prelude::*;
use serde_json::Value;
use std::fmt::Write;

/// Writes the tree with the fields of each object in an order of its own.
fn written(json: &Value, order: &mut impl Iterator<Item = usize>, out: &mut String) {
    match json {
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n > 0 { ", " } else { "" });
                written(item, order, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            let by = order.next().unwrap_or_default() % fields.len().max(1);
            fields.rotate_left(by);
            if by % 2 == 1 {
                fields.reverse();
            }
            out.push('{');
            for (n, (name, value)) in fields.into_iter().enumerate() {
                let comma = if n > 0 { "," } else { "" };
                write!(out, "{comma}\n {}: ", Value::from(name.as_str())).expect("a text takes it");
                written(value, order, out);
            }
            out.push('}');
        }
        scalar => write!(out, "{scalar}").expect("a text takes it"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_names_means_nothing(file in any::<prop::sample::Index>(), order in prop::collection::vec(0..97usize, 20)) {
        let files: Vec<_> = files("").into_iter().filter(|file| !file.starts_with("24")).collect();
        let bytes = body(&files[file.index(files.len())]);
        let json: Value = serde_json::from_slice(&bytes).expect("it is JSON");
        let mut other = String::new();
        written(&json, &mut order.into_iter().cycle(), &mut other);
        prop_assert_eq!(alert(&bytes), alert(other.as_bytes()));
    }
}
