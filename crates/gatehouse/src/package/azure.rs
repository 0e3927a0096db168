//! A folder that the Azure Functions host loads: `host.json`, `<function>/function.json`, and this program.

use std::fs;
use std::io::Read;
use std::path::Path;

/// `host.json` at the top of the repository, the one place where it is written.
pub(super) const HOST_JSON: &str = include_str!("../../../../host.json");
/// The executable's name in the folder; host.json names the same.
pub(super) const EXECUTABLE: &str = "gatehouse";

/// Writes the folder and returns what to do next, in words. `executable` is the program to put in (this very one, as a
/// rule): it must run on Azure's machines.
///
/// A folder that holds anything else is left alone; one that an earlier call made is replaced, functions that no longer
/// exist included. The error says what could not be written and why.
pub fn azure(out: &Path, executable: &Path) -> Result<String, String> {
    runs_on_azure(executable)?;
    for stale in ours(out)? {
        fs::remove_dir_all(out.join(&stale)).map_err(|error| failed("remove", &out.join(&stale), &error))?;
    }
    write(&out.join("host.json"), HOST_JSON)?;
    for function in functions::all() {
        write(&out.join(function.name).join("function.json"), function.source)?;
    }
    let target = out.join(EXECUTABLE);
    if fs::exists(&target).unwrap_or(false) {
        // A file that is being run cannot be written to, but it can be replaced.
        fs::remove_file(&target).map_err(|error| failed("replace", &target, &error))?;
    }
    fs::copy(executable, &target).map_err(|error| failed("copy the program to", &target, &error))?;
    make_executable(&target)?;
    Ok(next(out))
}

/// The function folders of an earlier package; none in a folder that is new or empty. A folder with anything that this
/// module does not write is somebody else's.
fn ours(out: &Path) -> Result<Vec<String>, String> {
    if !fs::exists(out).map_err(|error| failed("look at", out, &error))? {
        return Ok(Vec::new());
    }
    let mut names = names(out)?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let foreign = |why: String| {
        Err(format!("{} is not empty, and no package of ours: {why}; name a new or an empty folder", out.display()))
    };
    if !fs::read_to_string(out.join("host.json")).is_ok_and(|text| names_our_executable(&text)) {
        return foreign("it has no host.json that starts gatehouse".into());
    }
    names.retain(|name| name != "host.json" && name != EXECUTABLE);
    for name in &names {
        let folder = out.join(name);
        if !folder.is_dir() || self::names(&folder)? != ["function.json"] {
            return foreign(format!("it has {name}"));
        }
    }
    Ok(names)
}

fn names_our_executable(host_json: &str) -> bool {
    let host: serde_json::Value = serde_json::from_str(host_json).unwrap_or_default();
    host["customHandler"]["description"]["defaultExecutablePath"] == EXECUTABLE
}

fn names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| failed("read", folder, &error))?;
    Ok(entries.into_iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// Azure runs x86-64 Linux. Deployed, another program would only show as a host that never becomes ready.
fn runs_on_azure(executable: &Path) -> Result<(), String> {
    let mut start = [0; 20];
    let read = fs::File::open(executable).and_then(|mut file| file.read_exact(&mut start));
    read.map_err(|error| failed("read the program", executable, &error))?;
    // ELF: magic, 64 bits, little-endian; at offset 18 the machine, 62 for x86-64.
    let fits = start.starts_with(b"\x7fELF\x02\x01") && start[18..20] == [62, 0];
    let path = executable.display();
    fits.then_some(()).ok_or_else(|| {
        format!(
            "{path} is not a program for 64-bit Linux on x86-64, which Azure Functions runs; package on such a machine"
        )
    })
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))?;
    fs::write(path, text).map_err(|error| failed("write", path, &error))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(|error| failed("make executable", path, &error))
}

#[cfg(not(unix))]
fn make_executable(path: &Path) -> Result<(), String> {
    Err(format!("{} cannot be marked as executable here; package on Linux", path.display()))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

fn next(out: &Path) -> String {
    let out = out.display();
    format!(
        "The function app is in {out}.\n\
         Next, on this machine (a zip made on Windows loses the program's mode bits):\n\
         \x20 1. copy the configuration folder to {out}/config; its [store] must be a path that every instance can write,\n\
         \x20    such as a mounted file share (the app's own folder is read-only; blob stores come in a later version)\n\
         \x20 2. (cd {out} && zip -r ../gatehouse.zip .)\n\
         \x20 3. az functionapp deployment source config-zip --resource-group GROUP --name APP --src gatehouse.zip\n\
         \x20 4. set the app setting GATEHOUSE_CONFIG=config and the secrets that the configuration names\n"
    )
}
