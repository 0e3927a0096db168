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
    expect![[r#"
        Plan, let the rails judge, and carry out what they let through

        Usage: gatehouse sync [OPTIONS] [CUSTOMER]...

        Arguments:
          [CUSTOMER]...  Customers by name; without any, all of them (with --release and --refuse: those
                         that hold this plan)

        Options:
              --enforce                 Carry out the plan of customers in `observe` too, for this one run
              --release <DIGEST|CAUSE>  Let exactly the held steps of this digest, or of this cause in all
                                        customers, through, as `gatehouse plan` shows it
              --refuse <DIGEST|CAUSE>   Refuse these held steps: they stay held as long as they are planned,
                                        or until a release
              --confirm <N>             How many people a cause concerns in all customers, as `gatehouse
                                        plan` shows it
              --invitations-lifted      Say that Microsoft's support has lifted its block on invitations to
                                        these customers
              --by <NAME>               Who decides: a named person, for the journal; required with
                                        --release, --refuse and --invitations-lifted
              --reason <TEXT>           Why, for the journal
              --format <FORMAT>         How the answer is written [default: text] [possible values: text,
                                        json]
          -h, --help                    Print help

        For every command:
              --config <DIR|URL>  The configuration folder, or where one is published, instead of
                                  GATEHOUSE_CONFIG

        Customers in mode `enforce` are changed. Those in `observe` are only reported, and do not change
        the exit status: 0 converged, 3 something is held or waits for the next run, 1 a customer
        failed.

        Examples:
          gatehouse sync                      every customer
          gatehouse sync contoso --enforce    one customer in `observe`, changed this once
          gatehouse sync --release sha256:78f1… --by lead@northwind.example --reason "new teams"
                                              let exactly the held steps of this digest through
          gatehouse sync --release cause:1f00… --confirm 12 --by lead@northwind.example
                                              the same wherever one cause holds steps, of 12 people in all
          gatehouse sync --refuse sha256:78f1… --by lead@northwind.example
                                              hold them as long as they are planned, or until a release
    "#]]
    .assert_eq(&help.out);
}

#[tokio::test(start_paused = true)]
async fn the_help_of_the_program_names_both_hosts_and_what_a_desk_needs() {
    let help = Terminal::new().check("--help", 0).await;
    let (_, end) = help.out.split_once("Options:").unwrap();
    expect![[r#"

          -h, --help     Print help
          -V, --version  Print version

        For every command:
              --config <DIR|URL>  The configuration folder, or where one is published, instead of
                                  GATEHOUSE_CONFIG

        Begin with:
          gatehouse demo --once              what it does, on simulated tenants
          gatehouse --config DIR check       whether your configuration can be used
          gatehouse --config DIR plan        what it would do in your customers' tenants
          gatehouse --config DIR sync        do it

        Environment:
          GATEHOUSE_CONFIG   the configuration folder, or where one is published (az://, s3://, file:)
          GATEHOUSE_LOG      what is logged, such as info or warn,engine=debug
          GATEHOUSE_URL      where the public reaches a host: https://HOST
          OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS
                             where a host sends traces and metrics
          SSL_CERT_FILE      root certificates instead of the system's
          and the variables that the configuration names as env:NAME

        With the configuration of a host, at a desk:
          GATEHOUSE_STORAGE_TOKEN     a token of yours for the store in Azure
          AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                                      credentials of yours for the store in S3
          GATEHOUSE_APP_CERTIFICATE   a PEM file with a certificate of the app and its key, where the
                                      hosts sign in with a managed identity

        Without a command it serves the host that started it: Azure Functions (FUNCTIONS_CUSTOMHANDLER_PORT)
        or AWS Lambda (AWS_LAMBDA_RUNTIME_API). Started by neither, it prints this help.
    "#]]
    .assert_eq(end);
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
