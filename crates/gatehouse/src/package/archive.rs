//! A package as a zip whose bytes depend on what is in it alone.

use super::Host;
use super::folder::failed;
use super::made::File;
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// The slowest and smallest: a package is made once, and fetched at each cold start.
const LEVEL: i64 = 9;

/// See [`super::Package::write_zip`].
pub(super) fn write(host: Host, files: &[File<'_>], path: &Path) -> Result<(), String> {
    if let Some(why) = foreign(host, path)? {
        return Err(format!("{} is there, and no package of ours: {why}; name another folder", path.display()));
    }
    let bytes = bytes(files).map_err(|error| failed("make", path, &error.into()))?;
    // Whoever finds the zip finds the whole of it.
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    fs::write(part, bytes).map_err(|error| failed("write", part, &error))?;
    fs::rename(part, path).map_err(|error| failed("write", path, &error))
}

/// The mode bits are Unix's and the time is the first that a zip can tell, whoever packages and when; there are no
/// entries for folders, whose order and mode would be one more thing that differs.
fn bytes(files: &[File<'_>]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let options = SimpleFileOptions::default()
            .system(System::Unix)
            .unix_permissions(file.mode())
            .last_modified_time(DateTime::DEFAULT)
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL));
        zip.start_file(&*file.path, options)?;
        zip.write_all(file.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// What in the file at this path is no earlier package of ours.
fn foreign(host: Host, path: &Path) -> Result<Option<String>, String> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("look at", path, &error)),
    };
    let Ok(mut zip) = ZipArchive::new(file) else { return Ok(Some("it is no zip".into())) };
    let names = zip.file_names().map(|name| Ok(name?.into_owned())).collect::<zip::result::ZipResult<Vec<_>>>();
    let Ok(names) = names else { return Ok(Some("it has a name that cannot be read".into())) };
    let mut host_json = String::new();
    let has_host_json =
        zip.by_name("host.json").is_ok_and(|file| file.take(1 << 20).read_to_string(&mut host_json).is_ok());
    Ok(host.foreign(&names, has_host_json.then_some(&*host_json)))
}
