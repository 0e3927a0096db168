use super::*;
use std::io::Write;
use std::process::Command;
use zip::write::SimpleFileOptions;

/// What another program than ours reads in a zip: a line for each file with its path, mode bits, system (3 is Unix) and
/// time, in the zip's order; and all of it extracted below `into`.
fn read_by_python(zip: &Path, into: &Path) -> Vec<String> {
    let script = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as zip:
    assert zip.testzip() is None
    zip.extractall(sys.argv[2])
    for file in zip.infolist():
        print(file.filename, oct(file.external_attr >> 16), file.create_system, *file.date_time)
";
    let python = Command::new("python3").args(["-c", script]).args([zip, into]).output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    String::from_utf8(python.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_zip_holds_what_the_folder_holds_sorted_and_with_unix_mode_bits() {
    let scratch = Scratch::new("zip");
    let expected = |path: &str, is_program: bool| {
        format!("{path} {} 3 1980 1 1 0 0 0", if is_program { "0o100755" } else { "0o100644" })
    };
    let check = |host: Host, out: &str, zip: &str, files: &[String]| {
        let (out, zip) = (scratch.0.join(out), scratch.0.join(zip));
        let package = scratch.package(host);
        package.write_folder(&out).unwrap();
        package.write_zip(&out).unwrap();
        let into = scratch.0.join(format!("extracted-{host:?}"));
        let lines: Vec<_> = files.iter().map(|path| expected(path, path == host.executable())).collect();
        assert_eq!(read_by_python(&zip, &into), lines);
        assert_eq!(tree(&into), files);
        for path in files {
            assert_eq!(fs::read(into.join(path)).unwrap(), fs::read(out.join(path)).unwrap(), "{path}");
        }
    };
    check(Host::Azure, "app", "app.zip", &app());
    check(Host::Lambda, "function", "function/bootstrap.zip", &["bootstrap".to_owned()]);
}

#[test]
fn the_same_program_gives_the_same_bytes() {
    let (here, there) = (Scratch::new("here"), Scratch::new("there"));
    for host in [Host::Azure, Host::Lambda] {
        let zips = [&here, &there].map(|scratch| {
            let out = scratch.0.join(host.executable());
            let package = scratch.package(host);
            package.write_folder(&out).unwrap();
            package.write_zip(&out).unwrap();
            fs::read(host.zip(&out).unwrap()).unwrap()
        });
        assert!(zips[0] == zips[1], "{host:?}");
    }
}

#[test]
fn a_zip_of_somebody_elses_is_left_alone_and_ours_is_replaced() {
    let scratch = Scratch::new("foreign-zip");
    let package = scratch.package(Host::Azure);
    let zip_of = |names: &[(&str, &str)]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in names {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let out = scratch.0.join("app");
    let path = scratch.0.join("app.zip");
    for foreign in [
        b"no zip at all".to_vec(),
        zip_of(&[("holiday.jpg", "")]),
        zip_of(&[("host.json", r#"{"version":"2.0"}"#)]),
        zip_of(&[("host.json", HOST_JSON), ("config/gatehouse.toml", "")]),
    ] {
        fs::write(&path, &foreign).unwrap();
        let error = package.write_zip(&out).unwrap_err();
        assert!(error.contains("no package of ours"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), foreign);
    }
    fs::write(&path, zip_of(&[("host.json", HOST_JSON), ("of_yesterday/function.json", "{}")])).unwrap();
    package.write_zip(&out).unwrap();
    assert_eq!(read_by_python(&path, &scratch.0.join("extracted")).len(), app().len());
}

#[test]
fn a_zip_is_named_after_its_folder() {
    let zip = |out: &str| Host::Azure.zip(Path::new(out)).map(|path| path.display().to_string());
    assert_eq!(zip("app").unwrap(), "app.zip");
    assert_eq!(zip("deep/app-0.1.0/").unwrap(), "deep/app-0.1.0.zip");
    for nameless in [".", "..", "/"] {
        assert!(zip(nameless).unwrap_err().contains("no name of its own"), "{nameless}");
    }
}
