//! Names, schedules and limits that stand both in the templates and in the program.

use super::text;
use functions::{Binding, Definition};
use gatehouse::settings;
use std::collections::{BTreeMap, BTreeSet};

const SAM: &str = "infra/aws/template.yaml";
const APP: &str = "infra/azure/modules/app.bicep";
const HOST_STORAGE: &str = "infra/azure/modules/host-storage.bicep";

/// The resources of the SAM template by name, each with its lines.
fn resources() -> BTreeMap<String, Vec<String>> {
    let template = text(SAM);
    let (_, resources) = template.split_once("\nResources:\n").unwrap();
    let (resources, _) = resources.split_once("\nOutputs:\n").unwrap();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut name = String::new();
    for line in resources.lines().filter(|line| !line.trim_start().starts_with('#')) {
        match line.strip_prefix("  ") {
            Some(head) if !head.starts_with(' ') && head.ends_with(':') => name = head.trim_end_matches(':').to_owned(),
            _ => found.entry(name.clone()).or_default().push(line.trim().to_owned()),
        }
    }
    found
}

/// What stands after a key, the first time that it comes.
fn value<'l>(lines: &'l [String], key: &str) -> &'l str {
    let found = lines.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("no {key} in {lines:#?}"))
}

fn number(lines: &[String], key: &str) -> u64 {
    value(lines, key).parse().unwrap()
}

fn host() -> serde_json::Value {
    serde_json::from_str(&text("host.json")).unwrap()
}

/// A six-field schedule in the scheduler's words. It knows no seconds, and wants a question mark for one of the two days.
fn in_words_of_the_scheduler(schedule: &str) -> String {
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let [_second, minute, hour, day, month, weekday] = fields.as_slice() else { panic!("{schedule}") };
    assert_eq!(*weekday, "*", "{schedule}: nobody has needed days of the week yet");
    format!("cron({minute} {hour} {day} {month} ? *)")
}

#[test]
fn every_timer_has_a_schedule_on_aws_and_every_schedule_a_timer() {
    let timers: BTreeMap<String, String> = functions::all()
        .iter()
        .filter_map(|function| {
            let schedule = function.definition.trigger().and_then(|trigger| trigger.schedule.as_deref())?;
            Some((format!("'{{\"function\":\"{}\"}}'", function.name), in_words_of_the_scheduler(schedule)))
        })
        .collect();
    assert!(timers.len() >= 5);
    let schedules: BTreeMap<String, String> = resources()
        .values()
        .filter(|lines| value(lines, "Type") == "AWS::Scheduler::Schedule")
        .map(|lines| (value(lines, "Input").to_owned(), value(lines, "ScheduleExpression").to_owned()))
        .collect();
    assert_eq!(schedules, timers);
}

#[test]
fn a_second_path_pages_and_never_looks_after_memberships() {
    let always: BTreeSet<String> = resources()
        .values()
        .filter(|lines| value(lines, "Type") == "AWS::Scheduler::Schedule" && value(lines, "State") == "ENABLED")
        .map(|lines| value(lines, "Description").to_owned())
        .collect();
    assert_eq!(always, ["follow_incidents", "watch_sign_ins"].map(str::to_owned).into());
}

#[test]
fn queues_are_those_of_the_functions() {
    let all = functions::all();
    let definitions: Vec<&Definition> = all.iter().map(|function| &function.definition).collect();
    let bindings = || definitions.iter().flat_map(|definition| &definition.bindings);
    let queues: BTreeSet<&str> = bindings().filter_map(|binding| binding.queue_name.as_deref()).collect();
    let bicep = text(HOST_STORAGE);
    let (_, list) = bicep.split_once("var queues = [\n").unwrap();
    let made: BTreeSet<&str> = list
        .split_once(']')
        .unwrap()
        .0
        .lines()
        .map(|line| line.trim().trim_matches('\''))
        .filter(|name| !name.is_empty())
        .collect();
    let wanted: BTreeSet<String> =
        queues.iter().flat_map(|queue| [(*queue).to_owned(), format!("{queue}-poison")]).collect();
    assert_eq!(made.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), wanted);
    // On AWS there is one, which GATEHOUSE_QUEUE_URL names.
    let one: Vec<&str> = queues.into_iter().collect();
    let [queue] = one.as_slice() else { panic!("{one:?}") };
    assert!(value(&resources()["Queue"], "QueueName").ends_with(&format!("-{queue}")));
    // The app finds the queue's account by the settings that begin with the connection's name.
    let connections: BTreeSet<&str> =
        bindings().filter_map(|binding: &Binding| binding.connection.as_deref()).collect();
    let app = text(APP);
    for connection in connections {
        for setting in ["accountName", "credential", "clientId"] {
            assert!(app.contains(&format!("name: '{connection}__{setting}'")), "{connection}__{setting}");
        }
    }
}

#[test]
fn the_limits_on_aws_are_those_of_host_json() {
    let (host, resources) = (host(), resources());
    let timeout = number(&resources["Gatehouse"], "Timeout");
    assert_eq!(host["functionTimeout"], format!("00:{:02}:00", timeout / 60));
    assert_eq!(timeout % 60, 0);
    let queue = &resources["Queue"];
    // As "Using Lambda with Amazon SQS" asks: six times the function's timeout.
    assert!(number(queue, "VisibilityTimeout") >= 6 * timeout);
    assert_eq!(host["extensions"]["queues"]["maxDequeueCount"], number(queue, "maxReceiveCount"));
    assert!(resources["FromQueue"].iter().any(|line| line == "FunctionResponseTypes: [ReportBatchItemFailures]"));
}

#[test]
fn the_settings_of_the_app_are_those_that_the_program_reads() {
    let app = text(APP);
    for name in [settings::CONFIG, settings::LOG, "AZURE_CLIENT_ID", "OTEL_EXPORTER_OTLP_ENDPOINT", "MALLOC_ARENA_MAX"]
    {
        assert!(app.contains(&format!("    name: '{name}'\n")), "{name}");
    }
    // Flex Consumption refuses the one, and has the runtime in the resource.
    assert!(
        !app.contains("'FUNCTIONS_WORKER_RUNTIME'") && app.contains("        name: 'custom'\n        version: '1.0'\n")
    );
    let function = &resources()["Gatehouse"];
    for name in
        [settings::CONFIG, settings::LOG, "GATEHOUSE_QUEUE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "MALLOC_ARENA_MAX"]
    {
        assert!(!value(function, name).is_empty(), "{name}");
    }
    assert_eq!((value(function, "Runtime"), value(function, "Handler")), ("provided.al2023", "bootstrap"));
}

#[test]
fn nothing_is_reached_by_a_key_of_a_storage_account() {
    for module in [HOST_STORAGE, "infra/azure/modules/state-storage.bicep"] {
        assert!(text(module).contains("    allowSharedKeyAccess: false\n"), "{module}");
    }
    // Nor does anybody write one down.
    for module in [HOST_STORAGE, APP, "infra/azure/main.bicep"] {
        for word in ["AccountKey", "listKeys", "SharedAccessSignature"] {
            assert!(!text(module).contains(word), "{module}: {word}");
        }
    }
}

/// What a lifecycle rule names in both clouds begins in the same place: `state`, a container on Azure and a prefix on AWS.
#[test]
fn nothing_of_the_journal_is_ever_thrown_away() {
    let (azure, aws) = (text("infra/azure/modules/state-storage.bicep"), text(SAM));
    let azure = azure.lines().filter_map(|line| line.trim().strip_prefix('\'')?.strip_suffix('\''));
    let azure: BTreeSet<&str> = azure.filter(|prefix| prefix.starts_with("state")).collect();
    let rules = aws.lines().filter(|line| line.contains("NoncurrentVersionExpiration"));
    let aws: BTreeSet<&str> =
        rules.map(|line| line.split_once("Prefix: ").unwrap().1.split(',').next().unwrap()).collect();
    for (cloud, prefixes) in [("Azure", &azure), ("AWS", &aws)] {
        assert!(prefixes.len() >= 10, "{cloud}: {prefixes:?}");
        let over = |prefix: &&str| "state/journal/".starts_with(prefix) || prefix.starts_with("state/journal");
        assert!(!prefixes.iter().any(over), "{cloud}: {prefixes:?}");
    }
    assert!(resources()["State"].iter().any(|line| line == "Filter: { Prefix: state/journal/ }"));
}
