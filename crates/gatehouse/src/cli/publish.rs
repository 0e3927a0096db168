//! `gatehouse publish`: stores a configuration where the hosts read it, so that a change needs no deployment.

use super::console::{Console, Failure};
use super::open::{Context, Format};
use crate::configuration::changes::{Files, Meaning};
use crate::configuration::document::CONFIGURATION;
use crate::configuration::{Found, Location, Publication, Published};
use crate::text::{count, wrap};
use crate::wiring::Place;
use access::config::{Config, ConfigProblem, Severity, load, unpublishable};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{DOCUMENT_BYTES_MAX, Error, Kept, Store};

/// Check a configuration folder and publish it to where the hosts read it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The folder is checked as gatehouse check does it; with an error nothing is published. What changes
is shown first. Hosts whose GATEHOUSE_CONFIG names the same address use it within a minute, without
a restart. Where the address is a cloud's, the environment says who you are: AZURE_CLIENT_ID of a
managed identity or GATEHOUSE_STORAGE_TOKEN, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

Exit status: 0 it is published, or was already; 1 it is not.

Examples:
  gatehouse publish --config ./config --to az://account/container/live --dry-run
  gatehouse publish --config ./config --to s3://bucket/live --by ana@northwind.example
  gatehouse publish --config ./config --format json | jq .changes   # to where GATEHOUSE_CONFIG says"
)]
pub(super) struct Args {
    /// Where: az://ACCOUNT/CONTAINER/PREFIX, s3://BUCKET/PREFIX or file:PATH; default GATEHOUSE_CONFIG, if it is such an address
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Who publishes it: a named person; default whoever is logged in
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What came of it, for programs.
#[derive(Debug, Default, Serialize)]
struct Answer {
    /// `published`, `unchanged`, `dry_run` or `refused`.
    outcome: &'static str,
    to: String,
    digest: String,
    /// What was published before, if anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Published>,
    problems: Vec<ConfigProblem>,
    files: Files,
    changes: Vec<String>,
    warnings: Vec<String>,
}

/// What is published now.
enum Present {
    Nothing,
    Readable(Box<Kept<Publication>>),
    /// Nobody can use it, but it has to be exactly this that is replaced.
    Unreadable(store::Tag, String),
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let (place, url) = places(args, context)?;
    let found = place
        .find()
        .await
        .map_err(|why| Failure::new(why).hint("the folder that --config names is the one that holds gatehouse.toml"))?;
    let loaded = place.check(&found);
    let mut problems = loaded.problems;
    problems.extend(loaded.config.iter().flat_map(unpublishable));
    problems.sort();
    let mut answer = Answer { to: url.clone(), digest: found.digest.clone(), problems, ..Answer::default() };
    let has_errors = answer.problems.iter().any(|problem| problem.severity == Severity::Error);
    let Some(config) = loaded.config.filter(|_| !has_errors) else {
        answer.outcome = "refused";
        answer.tell(args, console)?;
        return Ok(1);
    };
    let store = place.published(&url).await?;
    let present = present(&store, &url).await?;
    if let Present::Readable(before) = &present {
        answer.before = Some(before.value.published.clone());
        // A document whose digest does not fit its files is no configuration, and is replaced.
        if before.value.is_whole() && before.value.digest == found.digest {
            answer.outcome = "unchanged";
            answer.tell(args, console)?;
            return Ok(0);
        }
    }
    answer.compare(&place, &found, &config, &present);
    if args.dry_run {
        answer.outcome = "dry_run";
    } else {
        let by = args.by.clone().or_else(|| context.settings.user.clone()).unwrap_or_else(|| "somebody".into());
        let published = Published { at: place.doors.clock.now(), by, program: env!("CARGO_PKG_VERSION").into() };
        write(&store, &url, Publication::new(&found.files, published), present).await?;
        answer.outcome = "published";
    }
    answer.tell(args, console)?;
    Ok(0)
}

/// The folder to publish, and where to.
fn places(args: &Args, context: &Context) -> Result<(Place, String), Failure> {
    let configured = context.settings.config.as_deref().map(Location::of).transpose()?;
    let target = match &args.to {
        Some(to) => Location::of(to.as_ref())?,
        None => configured.clone().unwrap_or_else(|| Location::Folder(Default::default())),
    };
    let Location::Published(url) = target else {
        return Err(Failure::new("where to publish is not said; nothing was done").hint(
            "--to az://ACCOUNT/CONTAINER/PREFIX, s3://BUCKET/PREFIX or file:PATH; without it GATEHOUSE_CONFIG has to be such an address",
        ));
    };
    let folder = match &context.folder {
        Some(folder) => Location::of(folder)?,
        None => configured.unwrap_or_else(|| Location::Published(String::new())),
    };
    let Location::Folder(folder) = folder else {
        return Err(Failure::new("which folder to publish is not said; nothing was done")
            .hint("--config DIR names the folder that holds gatehouse.toml"));
    };
    Ok((Place { folder, settings: context.settings.clone(), doors: context.doors.clone() }, url))
}

async fn present(store: &Store, url: &str) -> Result<Present, Failure> {
    match store.read::<Publication>(CONFIGURATION).await {
        Ok(None) => Ok(Present::Nothing),
        Ok(Some(kept)) => Ok(Present::Readable(Box::new(kept))),
        Err(Error::Invalid(why)) => match store.documents().get(CONFIGURATION).await {
            Ok(Some(stored)) => Ok(Present::Unreadable(stored.tag, why)),
            Ok(None) => Ok(Present::Nothing),
            Err(error) => Err(unreachable(url, &error)),
        },
        Err(error) => Err(unreachable(url, &error)),
    }
}

fn unreachable(url: &str, error: &Error) -> Failure {
    let failure = Failure::new(format!("what is published at {url} cannot be read: {error}; nothing was published"));
    match error {
        Error::Newer { .. } => failure,
        _ => failure.hint("is the store there, and may whoever runs this command read and write it?"),
    }
}

async fn write(store: &Store, url: &str, publication: Publication, present: Present) -> Result<(), Failure> {
    let over = match present {
        Present::Nothing => None,
        Present::Readable(kept) => Some(*kept),
        Present::Unreadable(tag, _) => Some(Kept { path: CONFIGURATION.into(), value: publication.clone(), tag }),
    };
    let written = match over {
        Some(kept) => store.replace(&kept, publication).await,
        None => store.create(CONFIGURATION, publication).await,
    };
    match written {
        Ok(_) => Ok(()),
        Err(Error::Conflict) => Err(Failure::new(format!(
            "somebody else published to {url} at the same time; theirs stands, and nothing of yours was published"
        ))
        .hint("look at it with --dry-run, and publish again if yours is still what is meant")),
        Err(error @ Error::Invalid(_)) => Err(Failure::new(format!("nothing was published to {url}: {error}")).hint(format!(
            "a published configuration has at most {} MiB in all; packages that many customers share belong into a profile",
            DOCUMENT_BYTES_MAX / 1024 / 1024
        ))),
        Err(error) => Err(Failure::new(format!("whether it was published to {url} is not known: {error}"))
            .hint("publish again: what is there already is not written twice")),
    }
}

impl Answer {
    fn compare(&mut self, place: &Place, found: &Found, config: &Config, present: &Present) {
        let new: BTreeMap<String, String> = found.files.files.iter().cloned().collect();
        let mut old_config = None;
        let mut old = BTreeMap::new();
        match present {
            Present::Nothing => {}
            Present::Unreadable(_, why) => {
                self.warnings.push(format!(
                    "what is published there cannot be read ({why}): it is replaced, and what changes is not known"
                ));
            }
            Present::Readable(kept) => {
                old.clone_from(&kept.value.files);
                let files = access::config::Folder { files: old.clone().into_iter().collect() };
                let loaded = load(&files, place.today());
                if loaded.has_errors() {
                    self.warnings.push(
                        "what is published there has errors by now, so that what changes may not be told in full"
                            .into(),
                    );
                }
                old_config = loaded.config;
            }
        }
        self.files = Files::between(&old, &new);
        let meaning = Meaning::between(old_config.as_ref(), config);
        self.changes = meaning.changes;
        self.warnings.extend(meaning.warnings);
    }

    fn tell(&self, args: &Args, console: &mut Console<'_>) -> Result<(), Failure> {
        if args.format == Format::Json {
            return Ok(console.json(self)?);
        }
        let mut text: String = self.problems.iter().map(|problem| format!("{problem}\n")).collect();
        for (what, files) in
            [("added", &self.files.added), ("changed", &self.files.changed), ("removed", &self.files.removed)]
        {
            text.extend(files.iter().map(|file| format!("{what:<8} {file}\n")));
        }
        text.extend(self.changes.iter().map(|change| wrap("  ", change)));
        if self.changes.is_empty() && self.warnings.is_empty() && self.files != Files::default() {
            text.push_str("  it means the same as before\n");
        }
        text.extend(self.warnings.iter().map(|warning| wrap("warning: ", warning)));
        text.push_str(&self.last_line());
        Ok(console.answer(&text)?)
    }

    fn last_line(&self) -> String {
        let (to, digest) = (&self.to, &self.digest);
        match (self.outcome, &self.before) {
            ("published", _) => format!("published {digest} to {to}; hosts use it within a minute\n"),
            ("unchanged", Some(before)) => {
                format!("unchanged: {digest} is at {to} since {before}; nothing was written\n")
            }
            ("dry_run", Some(before)) => {
                format!("not published (--dry-run): {digest} would replace what is at {to} since {before}\n")
            }
            ("dry_run", None) => format!("not published (--dry-run): {digest} would be the first at {to}\n"),
            _ => {
                let errors = self.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
                format!("{}; nothing was published\n", count(errors, "error", "errors"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::config::Folder;
    use jiff::Timestamp;
    use outside::{SeededRandom, VirtualClock};
    use std::sync::Arc;
    use store::Memory;

    const URL: &str = "az://account/container/live";

    fn publication(text: &str) -> Publication {
        let files = Folder { files: vec![("gatehouse.toml".into(), text.into())] };
        let published = Published { at: Timestamp::UNIX_EPOCH, by: "ana".into(), program: "0.1.0".into() };
        Publication::new(&files, published)
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_who_publish_at_once_one_wins_and_the_other_is_told() {
        let clock = Arc::new(VirtualClock::new(Timestamp::UNIX_EPOCH));
        let store = Store::new(Arc::new(Memory::new()), clock, Arc::new(SeededRandom::new(1)));
        // The first one ever, and one over another.
        for round in ["first", "second"] {
            let Ok(mine) = present(&store, URL).await else { panic!("it can be read") };
            let Ok(theirs) = present(&store, URL).await else { panic!("it can be read") };
            let theirs_text = format!("theirs {round}");
            assert!(write(&store, URL, publication(&theirs_text), theirs).await.is_ok());
            let lost = write(&store, URL, publication("mine"), mine).await.expect_err("they were first");
            assert!(lost.text.contains("theirs stands, and nothing of yours was published"), "{}", lost.text);
            let stored = store.read::<Publication>(CONFIGURATION).await.unwrap().unwrap();
            assert_eq!(stored.value, publication(&theirs_text));
        }
    }
}
