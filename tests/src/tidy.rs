//! The rules of the house that no compiler checks.

use functions::{Binding, Function, route};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Above this, a file holds a second idea.
const LINES_MAX: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file below the folder with this name's ending, sorted; build output left out.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(files(&path, ending));
        } else if path.is_file() && name.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The manifests of the workspace's own crates, by crate name.
fn manifests() -> BTreeMap<String, toml::Table> {
    let manifests = files(root(), "Cargo.toml").into_iter().filter(|path| path.parent() != Some(root()));
    let manifests = manifests.map(|path| fs::read_to_string(path).unwrap().parse::<toml::Table>().unwrap());
    manifests.map(|manifest| (manifest["package"]["name"].as_str().unwrap().to_owned(), manifest)).collect()
}

fn names<'m>(manifest: &'m toml::Table, section: &str) -> BTreeSet<&'m str> {
    let table = manifest.get(section).and_then(toml::Value::as_table);
    table.into_iter().flat_map(toml::Table::keys).map(String::as_str).collect()
}

#[test]
fn every_function_has_a_folder_and_every_folder_a_function() {
    let folders: Vec<_> = files(&root().join("functions"), "function.json");
    let folders: Vec<_> = folders.iter().map(|path| path.parent().unwrap()).collect();
    let direct = folders.iter().map(|folder| folder.strip_prefix(root().join("functions")).unwrap().to_str().unwrap());
    let names: Vec<_> = functions::all().iter().map(|function| function.name).collect();
    assert_eq!(direct.collect::<Vec<_>>(), names, "folders and registry, both sorted");
    for folder in folders {
        for part in ["handler.rs", "tests.rs", "captured"] {
            assert!(folder.join(part).exists(), "{} has no {part}", folder.display());
        }
    }
}

/// What the Azure host demands of a name: it skips a function that breaks this, and says so only in its log.
fn is_name(name: &str, also: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(fits) && name.len() <= 128
}

fn complain(function: &Function) -> Vec<String> {
    let bindings = &function.definition.bindings;
    let mut wrong = Vec::new();
    let mut complain = |text: &str| wrong.push(format!("{}: {text}", function.name));
    if !is_name(function.name, "_-") || function.name == "host" {
        complain("the name");
    }
    let distinct: BTreeSet<_> = bindings.iter().map(|binding| binding.name.to_ascii_lowercase()).collect();
    if distinct.len() != bindings.len() || !bindings.iter().all(|binding| is_name(&binding.name, "")) {
        complain("the names of the bindings");
    }
    let Some(trigger) = function.definition.trigger() else {
        complain("exactly one trigger");
        return wrong;
    };
    let inputs = bindings.iter().filter(|binding| binding.direction == "in").count();
    let outputs: Vec<&Binding> = function.definition.outputs().collect();
    if inputs != 1 || trigger.direction != "in" || outputs.len() + 1 != bindings.len() {
        complain("the trigger is the only input");
    }
    let kinds: Vec<&str> = outputs.iter().map(|output| output.kind.as_str()).collect();
    let queues = bindings.iter().filter(|binding| binding.kind.starts_with("queue"));
    if !queues.clone().all(|queue| queue.queue_name.is_some() && queue.connection.is_some()) {
        complain("a queue has a name and a connection");
    }
    match (trigger.kind.as_str(), function.handler) {
        ("httpTrigger", functions::Handler::Http(_)) => {
            // Only then does the host relay a request as it is.
            if kinds != ["http"] {
                complain("an HTTP function has exactly one output, http");
            }
            if trigger.auth_level.as_deref() != Some("anonymous") {
                complain("the program authenticates its callers by itself");
            }
            if trigger.route.is_none() || trigger.methods.as_ref().is_none_or(Vec::is_empty) {
                complain("a route and its methods");
            }
        }
        ("timerTrigger", functions::Handler::Timer(_)) => {
            if trigger.schedule.is_none() || trigger.run_on_startup != Some(false) || trigger.use_monitor != Some(true)
            {
                complain("a timer has a schedule, is monitored, and does not run at each start");
            }
        }
        ("queueTrigger", functions::Handler::Queue(_)) => {}
        (kind, _) => complain(&format!("the handler is not one for {kind}")),
    }
    if trigger.kind != "httpTrigger" && kinds.iter().any(|kind| *kind != "queue") {
        complain("timers and queue functions write to queues only");
    }
    wrong
}

#[test]
fn every_function_json_is_one_that_the_azure_host_loads() {
    let wrong: Vec<_> = functions::all().iter().flat_map(complain).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_queue_that_is_written_is_read_by_one_function() {
    let functions = functions::all();
    let readers = functions.iter().filter_map(|function| function.definition.trigger()?.queue_name.clone());
    let readers: Vec<_> = readers.collect();
    let distinct: BTreeSet<_> = readers.iter().cloned().collect();
    assert_eq!(readers.len(), distinct.len());
    let outputs = functions.iter().flat_map(|function| function.definition.outputs());
    let written: BTreeSet<_> = outputs.filter_map(|output| output.queue_name.clone()).collect();
    assert_eq!(written, distinct);
}

#[test]
fn no_public_route_can_reach_a_function_that_is_not_public() {
    let host: serde_json::Value = serde_json::from_str(&fs::read_to_string(root().join("host.json")).unwrap()).unwrap();
    let prefix = host["extensions"]["http"]["routePrefix"].as_str().unwrap();
    assert_eq!(functions::PREFIX, format!("/{prefix}/"));
    let functions = functions::all();
    let (public, private): (Vec<_>, Vec<_>) = functions.iter().partition(|function| function.is_http());
    for hidden in private {
        // The host sends envelopes to this path; whoever could send a public request there could forge one.
        let envelope = format!("/{}", hidden.name);
        assert!(!envelope.starts_with(functions::PREFIX) && hidden.name != prefix);
        for open in &public {
            let template = open.definition.trigger().unwrap().route.as_deref().unwrap();
            let first = template.split('/').next().unwrap();
            assert!(!first.starts_with('{'), "{}: a route starts with fixed text", open.name);
            for path in [envelope.clone(), format!("/{prefix}{envelope}"), format!("/{prefix}/{first}{envelope}")] {
                for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                    let reached = route(&functions, &method.parse().unwrap(), &path);
                    assert!(reached.is_none(), "{method} {path} reaches {reached:?}");
                }
            }
        }
    }
}

#[test]
fn crates_depend_on_each_other_as_drawn() {
    const ALL: &[&str] =
        &["access", "outside", "cloud", "cloud-sim", "store", "notify", "callers", "engine", "functions", "gatehouse"];
    let drawn: BTreeMap<&str, &[&str]> = [
        ("access", &[][..]),
        ("outside", &[]),
        ("cloud", &["outside"]),
        ("cloud-sim", &["outside"]),
        ("store", &["access", "outside"]),
        ("notify", &["access", "outside"]),
        ("callers", &["access", "outside"]),
        ("engine", &["access", "outside", "cloud", "store", "notify", "callers"]),
        ("functions", &["access", "callers", "engine"]),
        ("gatehouse", ALL),
        ("scenarios", ALL),
        ("bench", ALL),
        ("fuzz", ALL),
    ]
    .into();
    for (name, manifest) in manifests() {
        let allowed: BTreeSet<_> = drawn[name.as_str()].iter().copied().collect();
        for (section, also) in
            [("dependencies", None), ("build-dependencies", None), ("dev-dependencies", Some("cloud-sim"))]
        {
            // A crate's tests may run against the simulated cloud, but `cloud` itself never meets it.
            let also = also.filter(|_| name != "cloud");
            let ours: BTreeSet<_> = names(&manifest, section).into_iter().filter(|name| ALL.contains(name)).collect();
            let wrong: Vec<_> = ours.iter().filter(|ours| !allowed.contains(*ours) && Some(**ours) != also).collect();
            assert!(wrong.is_empty(), "{name} must not have {wrong:?} among its {section}");
        }
    }
}

#[test]
fn what_a_crate_promises_not_to_do_its_manifest_does_not_let_it() {
    let check = |name: &str, banned: &[&str]| {
        let manifest = &manifests()[name];
        let wrong: Vec<_> = names(manifest, "dependencies").into_iter().filter(|name| banned.contains(name)).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    };
    // No async, no clock, no I/O, no log.
    check(
        "access",
        &["tokio", "futures", "async-trait", "reqwest", "hyper", "axum", "tracing", "getrandom", "fastrand"],
    );
    // Handlers have no HTTP client and start nothing of their own.
    check("functions", &["tokio", "reqwest", "hyper", "hyper-util", "axum"]);
    // Whoever calls is found out from bytes alone.
    check("callers", &["tokio", "reqwest", "hyper", "axum"]);
}

#[test]
fn every_crate_inherits_the_lints_and_takes_its_dependencies_from_the_workspace() {
    for (name, manifest) in manifests() {
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(lints, Some(true), "{name}");
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (dependency, how) in manifest.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
                let inherited = how.get("workspace").and_then(toml::Value::as_bool);
                assert_eq!(inherited, Some(true), "{name} pins {dependency} by itself");
            }
        }
    }
}

#[test]
fn no_file_is_long() {
    let long: Vec<_> = files(root(), ".rs")
        .into_iter()
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, path)| format!("{}:{lines}", path.strip_prefix(root()).unwrap().display()))
        .collect();
    assert!(long.is_empty(), "longer than {LINES_MAX} lines: {long:#?}");
}
