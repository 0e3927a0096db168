//! A package as a folder.

use super::Host;
use super::made::File;
use std::fs;
use std::io;
use std::path::Path;

/// See [`super::Package::write_folder`].
pub(super) fn write(host: Host, files: &[File<'_>], out: &Path) -> Result<(), String> {
    for stale in ours(host, out)?.iter().filter_map(|name| name.split_once('/')) {
        let folder = out.join(stale.0);
        fs::remove_dir_all(&folder).map_err(|error| failed("remove", &folder, &error))?;
    }
    for file in files {
        let path = out.join(&file.path);
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))?;
        // A file that is being run cannot be written to, but it can be replaced.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("replace", &path, &error)),
            _ => {}
        }
        fs::write(&path, file.bytes).map_err(|error| failed("write", &path, &error))?;
        set_mode(&path, file.mode())?;
    }
    Ok(())
}

/// The files of an earlier package, `folder/file` at the deepest; none in a folder that is new or empty. A folder with
/// anything that no package has is somebody else's.
fn ours(host: Host, out: &Path) -> Result<Vec<String>, String> {
    if !fs::exists(out).map_err(|error| failed("look at", out, &error))? {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for name in names(out)? {
        let path = out.join(&name);
        if path.is_dir() {
            let below = names(&path)?;
            // An empty folder is nobody's function.
            files.extend(if below.is_empty() { vec![format!("{name}/")] } else { Vec::new() });
            files.extend(below.iter().map(|below| format!("{name}/{below}")));
        } else {
            files.push(name);
        }
    }
    if files.is_empty() {
        return Ok(files);
    }
    let host_json = fs::read_to_string(out.join("host.json")).ok();
    match host.foreign(&files, host_json.as_deref()) {
        Some(why) => {
            Err(format!("{} is not empty, and no package of ours: {why}; name a new or an empty folder", out.display()))
        }
        None => Ok(files),
    }
}

fn names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| failed("read", folder, &error))?;
    let mut names: Vec<_> = entries.into_iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|error| failed("set the mode of", path, &error))
}

/// The folder is to look at; the zip carries the mode bits, on every system.
#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<(), String> {
    Ok(())
}

pub(super) fn failed(what: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}
