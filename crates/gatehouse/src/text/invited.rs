//! What became of many wishes, a line for each.

use super::requests::{Shown, short, status};
use super::words::{count, wrap};

/// What became of one wish.
pub struct Invited<'a> {
    /// Its line in the file.
    pub line: u64,
    /// The customer, as it was named.
    pub customer: &'a str,
    /// The package, as it was named.
    pub package: &'a str,
    /// The address, as it was given.
    pub mail: &'a str,
    /// What came of it.
    pub result: &'static str,
    /// The request, where there is one.
    pub shown: Option<Shown<'a>>,
    /// Why there is none.
    pub problems: Vec<String>,
}

/// A table, with the reasons below each line that was refused.
pub fn invited(rows: &[Invited<'_>]) -> String {
    let widest =
        |title: &str, of: &dyn Fn(&Invited<'_>) -> usize| rows.iter().map(of).max().unwrap_or(0).max(title.len());
    let customer = widest("CUSTOMER", &|row| row.customer.chars().count());
    let package = widest("PACKAGE", &|row| row.package.chars().count());
    let mut text = format!("LINE  RESULT   REQUEST   {:customer$}  {:package$}  WHO\n", "CUSTOMER", "PACKAGE");
    for row in rows {
        let digits = row.shown.map_or("-", |shown| short(shown.request));
        let Invited { line, result, mail, .. } = row;
        text.push_str(&format!(
            "{line:4}  {result:7}  {digits:8}  {:customer$}  {:package$}  {mail}\n",
            row.customer, row.package
        ));
        if let Some(shown) = &row.shown {
            text.push_str(&wrap("      ? ", &status(shown)));
        }
        row.problems.iter().for_each(|why| text.push_str(&wrap("      ! ", why)));
    }
    let number = |result: &str| rows.iter().filter(|row| row.result == result).count();
    let words = [
        ("made", "made"),
        ("again", "asked before"),
        ("allowed", "allowed by the policy"),
        ("refused", "refused"),
        ("failed", "failed"),
    ];
    let totals = words.iter().filter(|(result, _)| number(result) > 0);
    let totals: Vec<String> = totals.map(|(result, said)| format!("{} {said}", number(result))).collect();
    text.push_str(&wrap("", &format!("{}: {}", count(rows.len(), "wish", "wishes"), totals.join(", "))));
    text
}
