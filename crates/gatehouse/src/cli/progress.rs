//! Many customers at once, with a bar for whoever is watching.

use super::console::Console;
use crate::hosts::local::AT_ONCE_MAX;
use futures::StreamExt;
use futures::stream;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Does the work for every customer, as many at once as the hosts do, and returns the results in the order of the names.
pub(super) async fn each<T, F>(
    names: &[String],
    what: &'static str,
    console: &Console<'_>,
    work: impl Fn(String) -> F,
) -> Vec<T>
where
    F: Future<Output = T>,
{
    let bar = bar(names.len() as u64, what, console.is_process);
    let work = &work;
    let bar_of = &bar;
    let mut done: Vec<(usize, T)> = stream::iter(names.iter().cloned().enumerate())
        .map(|(index, name)| async move {
            bar_of.set_message(name.clone());
            let result = work(name).await;
            bar_of.inc(1);
            (index, result)
        })
        .buffer_unordered(AT_ONCE_MAX)
        .collect()
        .await;
    bar.finish_and_clear();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// On standard error, and only if that is a terminal: a pipe or a log stays quiet.
pub(super) fn bar(length: u64, what: &'static str, is_process: bool) -> ProgressBar {
    let target = if is_process { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target).with_prefix(what);
    match ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}") {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
