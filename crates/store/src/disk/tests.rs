//! What only a folder has to fear: other processes, sudden death, and strange files.

use super::Disk;
use crate::{DOCUMENT_BYTES_MAX, Documents, Error};
use outside::{Random, SystemRandom};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Tells a child process where the documents are.
const FOLDER_VARIABLE: &str = "GATEHOUSE_TEST_FOLDER";
const DOCUMENTS: u64 = 4;
const INCREMENTS: u64 = 40;

/// A folder for one test, removed after it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("gatehouse-store-{}", SystemRandom.id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_writer_shows_whole_documents_and_when_killed_loses_nothing_acknowledged() {
    let folder = Folder::new();
    for round in [1, 2, 5, 11, 40] {
        let mut child = start("disk::tests::child_writes_until_it_is_killed", folder.path());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let disk = Disk::new(folder.path()).unwrap();
        let mut acknowledged = 0;
        for number in lines.filter_map(|line| line.strip_prefix("wrote ")?.parse::<u64>().ok()).take(round) {
            acknowledged = number;
            for path in disk.list("").await.unwrap() {
                number_in(&disk.get(&path).await.unwrap().unwrap().bytes);
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(acknowledged > 0, "the child writes until it is killed");

        let disk = Disk::new(folder.path()).unwrap();
        let mut newest = 0;
        for path in disk.list("").await.unwrap() {
            let stored = disk.get(&path).await.unwrap().unwrap();
            newest = newest.max(number_in(&stored.bytes));
            disk.replace(&path, content(0).into(), &stored.tag).await.expect("the dead hold no lock");
        }
        assert!(newest >= acknowledged, "write {acknowledged} was acknowledged, and {newest} is the newest there");
        assert_eq!(temporary_files(folder.path()), 0);
    }
}

#[tokio::test]
async fn two_processes_lose_no_update() {
    let folder = Folder::new();
    let disk = Disk::new(folder.path()).unwrap();
    disk.create("counter", "0".into()).await.unwrap();
    let children = [(); 2].map(|()| start("disk::tests::child_counts", folder.path()));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let counter = disk.get("counter").await.unwrap().unwrap();
    assert_eq!(counter.bytes, (2 * INCREMENTS).to_string());
}

#[tokio::test]
#[ignore = "a child process of another test"]
async fn child_writes_until_it_is_killed() {
    let Some(folder) = folder_of_the_parent() else { return };
    let disk = Disk::new(folder).unwrap();
    for number in 1.. {
        let path = format!("documents/{}", number % DOCUMENTS);
        match disk.get(&path).await.unwrap() {
            Some(stored) => disk.replace(&path, content(number).into(), &stored.tag).await.unwrap(),
            None => disk.create(&path, content(number).into()).await.unwrap(),
        };
        println!("wrote {number}");
    }
}

#[tokio::test]
#[ignore = "a child process of another test"]
async fn child_counts() {
    let Some(folder) = folder_of_the_parent() else { return };
    let disk = Disk::new(folder).unwrap();
    let mut left = INCREMENTS;
    while left > 0 {
        let stored = disk.get("counter").await.unwrap().unwrap();
        let next = std::str::from_utf8(&stored.bytes).unwrap().parse::<u64>().unwrap() + 1;
        match disk.replace("counter", next.to_string().into(), &stored.tag).await {
            Ok(_) => left -= 1,
            Err(error) => assert_eq!(error, Error::Conflict),
        }
    }
}

#[tokio::test]
async fn what_a_dead_writer_left_behind_is_swept_and_never_listed() {
    let folder = Folder::new();
    Disk::new(folder.path()).unwrap();
    let (dead, alive) = (folder.path().join(".locks/07.new"), folder.path().join(".locks/08.new"));
    fs::write(&dead, "half a docu").unwrap();
    fs::write(&alive, "half a docu").unwrap();
    let lock = fs::File::create(alive.with_extension("")).unwrap();
    lock.lock().unwrap();

    let disk = Disk::new(folder.path()).unwrap();
    assert!(!dead.exists());
    assert!(alive.exists(), "its writer is still at work");
    assert_eq!(disk.list("").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn strange_files_are_no_documents() {
    let folder = Folder::new();
    let disk = Disk::new(folder.path()).unwrap();
    disk.create("customers/contoso", "bytes".into()).await.unwrap();
    for strange in ["customers/contoso~", "customers/.contoso.swp", "customers/NOTES", ".DS_Store"] {
        fs::write(folder.path().join(strange), "strange").unwrap();
    }
    assert_eq!(disk.list("").await.unwrap(), ["customers/contoso"]);
}

#[tokio::test]
async fn a_file_larger_than_a_document_is_not_read() {
    let folder = Folder::new();
    let disk = Disk::new(folder.path()).unwrap();
    fs::File::create(folder.path().join("a")).unwrap().set_len(DOCUMENT_BYTES_MAX as u64 + 1).unwrap();
    assert!(matches!(disk.get("a").await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn an_emptied_folder_is_removed() {
    let folder = Folder::new();
    let disk = Disk::new(folder.path()).unwrap();
    disk.create("window/removals/2026010100/ana", "bytes".into()).await.unwrap();
    disk.create("window/other", "bytes".into()).await.unwrap();
    disk.delete("window/removals/2026010100/ana").await.unwrap();
    assert!(!folder.path().join("window/removals").exists());
    assert!(folder.path().join("window").exists());
    disk.delete("window/other").await.unwrap();
    assert!(folder.path().exists(), "the root stays");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_unavailable() {
    let folder = Folder::new();
    let disk = Disk::new(folder.path()).unwrap();
    disk.create("a", "bytes".into()).await.unwrap();
    fs::remove_dir_all(folder.path()).unwrap();
    assert!(matches!(disk.create("b", "bytes".into()).await, Err(Error::Unavailable(_))));
    fs::write(folder.path(), "a file in the folder's place").unwrap();
    assert!(Disk::new(folder.path()).is_err());
    fs::remove_file(folder.path()).unwrap();
}

/// Runs one ignored test of this binary in a process of its own.
fn start(test: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(FOLDER_VARIABLE, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[allow(clippy::disallowed_methods, reason = "the parent's message to its child process")]
fn folder_of_the_parent() -> Option<PathBuf> {
    std::env::var_os(FOLDER_VARIABLE).map(Into::into)
}

/// A content that shows whether it is whole, of another size for each number.
fn content(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(5_000 + (number as usize % 7) * 1_000)
}

fn number_in(bytes: &[u8]) -> u64 {
    let number = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    assert!(bytes == content(number), "a document is not whole");
    number
}

fn temporary_files(root: &Path) -> usize {
    let names = fs::read_dir(root.join(".locks")).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|name| name.extension().is_some()).count()
}
