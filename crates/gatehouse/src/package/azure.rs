//! What the Azure Functions host loads: `host.json`, `<function>/function.json`, and this program, at the zip's root.

use std::path::{Path, PathBuf};

/// `host.json` at the top of the repository, the one place where it is written.
pub(super) const HOST_JSON: &str = include_str!("../../../../host.json");
/// The executable's name in the folder; host.json names the same.
pub(super) const EXECUTABLE: &str = "gatehouse";

/// The host's settings, and what each function is woken by.
pub(super) fn files() -> Vec<(String, &'static str)> {
    let functions = functions::all();
    let functions = functions.iter().map(|function| (format!("{}/function.json", function.name), function.source));
    std::iter::once(("host.json".to_owned(), HOST_JSON)).chain(functions).collect()
}

/// `DIR.zip` beside `DIR`.
pub(super) fn zip(out: &Path) -> Result<PathBuf, String> {
    let name = out.file_name().ok_or_else(|| {
        format!("{} has no name of its own, which the zip beside it would have; name a folder", out.display())
    })?;
    let mut name = name.to_owned();
    name.push(".zip");
    Ok(out.with_file_name(name))
}

/// See [`super::Host::foreign`]. Functions that no longer exist are of an earlier package, too.
pub(super) fn foreign(names: &[String], host_json: Option<&str>) -> Option<String> {
    if !host_json.is_some_and(names_our_executable) {
        return Some("it has no host.json that starts gatehouse".into());
    }
    let is_functions = |name: &str| name.strip_suffix("/function.json").is_some_and(|folder| !folder.contains('/'));
    let ours = |name: &str| name == "host.json" || name == EXECUTABLE || is_functions(name);
    names.iter().find(|name| !ours(name)).map(|name| format!("it has {name}"))
}

fn names_our_executable(host_json: &str) -> bool {
    let host: serde_json::Value = serde_json::from_str(host_json).unwrap_or_default();
    host["customHandler"]["description"]["defaultExecutablePath"] == EXECUTABLE
}

/// See [`super::Host::next`].
pub(super) fn next(zip: &Path) -> String {
    let zip = zip.display();
    format!(
        "Next:
  1. make the app and what it needs, once: infra/azure of the repository has the templates and says how
  2. store the configuration where the app reads it, now and after each change:
       gatehouse publish --config FOLDER --to az://ACCOUNT/CONTAINER/PREFIX
     Its [store] is one that every instance can write, such as az://ACCOUNT/CONTAINER/PREFIX: the app's own folder
     is read-only.
  3. tell the app, once, and add each secret that the configuration names as env:NAME:
       az functionapp config appsettings set --resource-group GROUP --name APP --settings \\
         GATEHOUSE_CONFIG=az://ACCOUNT/CONTAINER/PREFIX AZURE_CLIENT_ID=CLIENT_ID_OF_ITS_MANAGED_IDENTITY
  4. deploy, now and after each release:
       az functionapp deployment source config-zip --resource-group GROUP --name APP --src {zip}
  5. look whether it is up:
       curl https://APP.azurewebsites.net/api/v1/health
"
    )
}
