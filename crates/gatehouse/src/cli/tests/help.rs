//! What each command says of itself.

use super::Terminal;
use crate::cli::Cli;
use clap::{Command, CommandFactory};
use expect_test::expect;

/// Every command and subcommand by how it is typed, with the end of its help.
fn all(command: &Command, typed: &str, found: &mut Vec<(String, String)>) {
    for below in command.get_subcommands() {
        let typed = format!("{typed} {}", below.get_name());
        found.push((typed.clone(), below.get_after_help().map(ToString::to_string).unwrap_or_default()));
        all(below, &typed, found);
    }
}

#[tokio::test(start_paused = true)]
async fn no_line_that_somebody_may_paste_is_broken() {
    let terminal = Terminal::new();
    let root = Cli::command();
    let mut found = vec![(String::new(), root.get_after_help().unwrap().to_string())];
    all(&root, "", &mut found);
    assert!(found.len() > 30, "{found:?}");
    for (typed, after) in found {
        let help = terminal.check(&format!("{typed} --help"), 0).await.out;
        assert!(help.contains(after.trim_end()), "gatehouse{typed} --help\n{help}");
        for line in after.lines() {
            assert!(line.chars().count() <= 100, "gatehouse{typed}: {line}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_help_of_a_command_has_its_own_options_first() {
    let help = Terminal::new().check("sync --help", 0).await;
    expect![[]].assert_eq(&help.out);
}

#[tokio::test(start_paused = true)]
async fn the_help_of_the_program_names_both_hosts_and_what_a_desk_needs() {
    let help = Terminal::new().check("--help", 0).await;
    let (_, end) = help.out.split_once("Options:").unwrap();
    expect![[]].assert_eq(end);
}

/// What scripts and older pages say.
#[tokio::test(start_paused = true)]
async fn what_was_called_otherwise_is_still_understood() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    let same = [
        ("check --format human", "check --format text"),
        ("report adatum --format human", "report adatum --format text"),
        ("permissions --format human", "permissions"),
        ("plan adatum --format human", "plan adatum"),
    ];
    for (old, new) in same {
        assert_eq!(terminal.check(old, 0).await.out, terminal.check(new, 0).await.out, "{old}");
    }
    terminal.home.world.a_script_goes_wrong();
    let digest = terminal.digest("tailspin").await;
    let by = "--by lead@northwind.example";
    terminal.check(&format!("sync --release {digest} {by} --comment meant"), 0).await;
    assert!(terminal.check("journal tailspin", 0).await.out.contains(": meant\n"));
    let help = terminal.check("sync --help", 0).await.out + &terminal.check("requests approve --help", 0).await.out;
    assert!(help.contains("--reason <TEXT>") && !help.contains("--comment") && !help.contains("human"), "{help}");
}
