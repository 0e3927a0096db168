//! What is printed.

use super::matrix::{ALERTS, Behaviour, Cell, Contender};
use super::{Flooded, Speed};
use crate::asking::percentile;

/// How soon pages are there.
pub fn speeds(rows: &[Speed]) -> String {
    let mut text = "| senders | alerts | alerts a second | page p50 ms | page p99 ms | page worst ms | answer p50 ms | answer p99 ms | errors | host's CPU ms each | host's peak MiB |\n".to_owned();
    text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for Speed { senders, page_ms, answer_ms, a_second, errors, cpu_ms, peak_mib } in rows {
        text.push_str(&format!(
            "| {senders} | {} | {a_second:.0} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {errors} | {cpu_ms:.2} | {peak_mib:.0} |\n",
            page_ms.len(),
            percentile(page_ms, 50),
            percentile(page_ms, 99),
            percentile(page_ms, 100),
            percentile(answer_ms, 50),
            percentile(answer_ms, 99),
        ));
    }
    text
}

/// What became of a flood.
pub fn flooded(flooded: &Flooded) -> String {
    let Flooded { alerts, sign_ins, broken, untaken, lost, repeated, repeated_unsaid, .. } = flooded;
    format!(
        "| alerts | sign-ins | calls broken off | not taken | lost | paged again, and said so | paged again unsaid | sent in s | all paged after s | peak MiB |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n\
         | {alerts} | {sign_ins} | {broken} | {untaken} | {lost} | {repeated} | {repeated_unsaid} | {:.1} | {:.1} | {:.0} |\n",
        flooded.seconds, flooded.settled_seconds, flooded.peak_mib
    )
}

/// What becomes of pages when the receiver is not well.
pub fn cells(cells: &[Cell]) -> String {
    let mut text =
        "| receiver | | taken | lost | taken twice | sent again without an answer, and said so | median s | last s |\n"
            .to_owned();
    text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for cell in cells {
        let who = match cell.contender {
            Contender::Gatehouse => "Gatehouse",
            Contender::Alertmanager => "Alertmanager",
        };
        let behaviour = match cell.behaviour {
            Behaviour::Takes => "takes each page",
            Behaviour::IsFar => "takes each page after 100 ms",
            Behaviour::Fails => "answers the first attempt with 500",
            Behaviour::Busy => "answers the first with 429, `Retry-After: 2`",
            Behaviour::Hangs => "never answers the first",
            Behaviour::Cuts => "cuts the connection of the first",
            Behaviour::IsOut => "cuts every connection for 10 s",
            Behaviour::IsOutAndKilled => "the same, and the sender is killed meanwhile",
        };
        let Cell { taken, lost, repeated, unclear: (again, said), seconds, .. } = cell;
        let time = |percent: usize| match seconds.is_empty() {
            true => "-".to_owned(),
            false => format!("{:.2}", percentile(seconds, percent)),
        };
        text.push_str(&format!(
            "| {behaviour} | {who} | {taken} of {ALERTS} | {lost} | {repeated} | {again}, {said} | {} | {} |\n",
            time(50),
            time(100)
        ));
    }
    text
}
