//! The blocking half of [`super::Disk`].

use super::LOCKS;
use crate::documents::{check_path, check_size};
use crate::{Error, Stored, Tag};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// How often the folders of a document are made again when others, deleting, remove them at the same time.
const ATTEMPTS_MAX: usize = 10;

#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    /// Lock files, and beside each the one temporary file that its holder may use: what a dead process left behind
    /// is overwritten by the next holder. No document's path has a part that starts with a dot.
    locks: PathBuf,
}

/// The right to write all documents of one lock, until dropped.
struct Turn {
    _lock: File,
    temporary: PathBuf,
}

impl Files {
    pub(super) fn new(root: PathBuf) -> Result<Self, Error> {
        let root = std::path::absolute(&root).map_err(|error| unavailable("finding", &root, &error))?;
        let files = Self { locks: root.join(".locks"), root };
        files.make_folders(&files.locks)?;
        files.sweep()?;
        Ok(files)
    }

    pub(super) fn read(&self, path: &str) -> Result<Option<Stored>, Error> {
        let file = self.root.join(path);
        let bytes = match read_file(path, &file) {
            Ok(bytes) => bytes?,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unavailable("reading", &file, &error)),
        };
        Ok(Some(Stored { tag: Tag::of(&bytes), bytes: bytes.into() }))
    }

    /// Creates the document (`over` is `None`), or replaces what `over` names.
    pub(super) fn write(&self, path: &str, bytes: &[u8], over: Option<&Tag>) -> Result<Tag, Error> {
        let turn = self.turn(path)?;
        if self.read(path)?.map(|stored| stored.tag).as_ref() != over {
            return Err(Error::Conflict);
        }
        write_synced(&turn.temporary, bytes).map_err(|error| unavailable("writing", &turn.temporary, &error))?;
        let file = self.root.join(path);
        self.rename(&turn.temporary, &file)?;
        Ok(Tag::of(bytes))
    }

    pub(super) fn delete(&self, path: &str) -> Result<(), Error> {
        let _turn = self.turn(path)?;
        let file = self.root.join(path);
        let parent = parent(&file);
        // Opened before, because another process may remove the folder as soon as it is empty.
        let removed = File::open(parent).and_then(|folder| fs::remove_file(&file).map(|()| folder));
        match removed {
            Ok(folder) => folder.sync_all().map_err(|error| unclear("syncing", parent, &error))?,
            // A folder is no document, so there is none of that name.
            Err(error) if is_absent(&error) || file.is_dir() => return Ok(()),
            Err(error) => return Err(unavailable("deleting", &file, &error)),
        }
        // Folders are no documents: what holds nothing is removed. The first that is not empty, or that another
        // process has just removed, ends this.
        for folder in parent.ancestors().take_while(|folder| *folder != self.root) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn list(&self, folder: &str) -> Result<Vec<String>, Error> {
        let mut paths = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let directory = self.root.join(&folder);
            let entries = match fs::read_dir(&directory) {
                Ok(entries) => entries,
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(unavailable("listing", &directory, &error)),
            };
            for entry in entries {
                let kind = entry.and_then(|entry| Ok((entry.file_type()?, entry.file_name())));
                let (kind, name) = match kind {
                    Ok(found) => found,
                    Err(error) if is_absent(&error) => continue,
                    Err(error) => return Err(unavailable("listing", &directory, &error)),
                };
                let Some(name) = name.to_str() else { continue };
                let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                // Lock files, and what people's editors leave behind, are no documents.
                if check_path(&path).is_err() {
                    continue;
                }
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    paths.push(path);
                }
            }
        }
        paths.sort_unstable();
        Ok(paths)
    }

    /// Waits for the turn to write this document. The lock ends with the file handle, so with the process at the latest.
    fn turn(&self, path: &str) -> Result<Turn, Error> {
        let number = Sha256::digest(path.as_bytes())[0] % LOCKS;
        let name = self.locks.join(format!("{number:02}"));
        let lock = open_lock(&name).and_then(|lock| lock.lock().map(|()| lock));
        let lock = lock.map_err(|error| unavailable("locking", &name, &error))?;
        Ok(Turn { _lock: lock, temporary: name.with_extension("new") })
    }

    /// Moves the new document into its place, and makes the folders on the way there.
    fn rename(&self, temporary: &Path, file: &Path) -> Result<(), Error> {
        let parent = parent(file);
        for _ in 0..ATTEMPTS_MAX {
            self.make_folders(parent)?;
            match fs::rename(temporary, file) {
                Ok(()) => return sync_folder(parent).map_err(|error| unclear("syncing", parent, &error)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if file.is_dir() => return Err(both(file, &error)),
                Err(error) => return Err(unclear("renaming", file, &error)),
            }
        }
        Err(Error::Unavailable(format!("the folder of {} is removed again and again", file.display())))
    }

    /// A new folder's name is synced too, or the document could be lost with it.
    fn make_folders(&self, folder: &Path) -> Result<(), Error> {
        let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.is_dir()).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder).and_then(|()| sync_folder(parent(folder))) {
                Ok(()) => {}
                // Another process made it first, or removed the one above; whether all is well shows at the rename.
                Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_file() => {
                    return Err(both(folder, &error));
                }
                Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
                Err(error) if error.kind() == ErrorKind::NotADirectory => return Err(both(folder, &error)),
                Err(error) => return Err(unavailable("making", folder, &error)),
            }
        }
        Ok(())
    }

    /// Removes the temporary files of the dead. There is at most one for each lock, so nothing grows without this.
    fn sweep(&self) -> Result<(), Error> {
        let failed = |error: io::Error| unavailable("sweeping", &self.locks, &error);
        for entry in fs::read_dir(&self.locks).map_err(failed)? {
            let temporary = entry.map_err(failed)?.path();
            if temporary.extension().is_none() {
                continue;
            }
            let lock = open_lock(&temporary.with_extension("")).map_err(failed)?;
            // Whoever holds the lock is alive and needs its file.
            if lock.try_lock().is_ok() {
                match fs::remove_file(&temporary) {
                    Err(error) if !is_absent(&error) => return Err(failed(error)),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

fn open_lock(name: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(name)
}

/// The file's content; the inner error says that it is too large.
fn read_file(path: &str, file: &Path) -> io::Result<Result<Vec<u8>, Error>> {
    let mut file = File::open(file)?;
    let size = file.metadata()?.len();
    if let Err(error) = check_size(path, size) {
        return Ok(Err(error));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.read_to_end(&mut bytes)?;
    Ok(Ok(bytes))
}

fn write_synced(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn parent(file: &Path) -> &Path {
    file.parent().expect("documents and their folders are below the root")
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}

fn both(file: &Path, error: &io::Error) -> Error {
    Error::Invalid(format!("{} would be both a document and a folder of documents: {error}", file.display()))
}

fn unavailable(doing: &str, file: &Path, error: &io::Error) -> Error {
    Error::Unavailable(format!("{doing} {}: {error}", file.display()))
}

fn unclear(doing: &str, file: &Path, error: &io::Error) -> Error {
    Error::Unclear(format!("{doing} {}: {error}", file.display()))
}
