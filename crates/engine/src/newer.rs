//! Documents of newer programs. Whoever meets one gives up there and writes nothing; that it was met is written down, so
//! that `health` tells it whichever process it was.

use crate::notices::causes::Cause;
use crate::{Engine, Error, Red};
use access::config::NoticeKind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Document, markers};

/// The kind of the markers: `open/newer/<hash of the path>`.
const MARKER: &str = "newer";

/// The code in `health`.
const NEWER: &str = "newer_document";

/// A document that this program does not know how to read.
#[derive(Debug, Serialize, Deserialize)]
struct Met {
    path: String,
    v: u32,
    /// The program that met it: another one may well know it.
    program: String,
}

impl Document for Met {
    const V: u32 = 1;
}

/// Enough of a document to see its version.
#[derive(Deserialize)]
struct Version {
    v: u32,
}

fn text(path: &str, v: u32) -> String {
    format!(
        "{path} has version {v}, which is newer than this program knows: update the program, or whichever process is older than the others; until then nothing is written there, and what needs it waits"
    )
}

fn cause(path: &str, v: u32) -> Cause {
    Cause {
        kind: NoticeKind::Problems,
        code: NEWER.into(),
        key: path.into(),
        title: "An older program met what a newer one wrote".into(),
        text: text(path, v),
        commands: (None, None),
    }
}

impl Engine {
    /// Writes down which documents of newer programs were met since the last time, if there were any.
    pub async fn note_newer(&self) {
        for (path, v) in self.store.take_newer() {
            tracing::error!(path, v, "a newer program wrote this: update the program; nothing was written there");
            let hash = Sha256::digest(&path);
            let marker = format!("open/{MARKER}/{}", crate::membership::partner::hex(&hash[..16]));
            if let Err(error) = self.join_if_routed(&cause(&path, v)).await {
                tracing::warn!(%error, "that a document is newer could not be told");
            }
            match self.store.create(&marker, Met { path, v, program: env!("CARGO_PKG_VERSION").into() }).await {
                Ok(_) | Err(store::Error::Conflict) => {}
                Err(error) => tracing::warn!(%error, "that a document is newer could not be stored"),
            }
        }
    }

    /// What of newer programs is there. A mark ends when its document is as old as before, or gone; and with the program
    /// that made it.
    pub(crate) async fn red_newer(&self) -> Result<Vec<Red>, Error> {
        let mut red = Vec::new();
        for id in markers::list(&self.store, MARKER).await? {
            let Some(met) = self.store.read::<Met>(&format!("open/{MARKER}/{id}")).await? else { continue };
            let Met { path, v, program } = met.value;
            let stored = self.store.documents().get(&path).await?;
            let present = stored.and_then(|stored| serde_json::from_slice::<Version>(&stored.bytes).ok());
            if program != env!("CARGO_PKG_VERSION") || present.is_none_or(|present| present.v < v) {
                markers::clear(&self.store, MARKER, &id).await?;
                continue;
            }
            let tenant = path.split('/').find_map(|part| part.parse().ok());
            let customer = tenant.and_then(|tenant| self.customer_of(tenant)).map(|customer| customer.name.clone());
            red.push(Red { customer, code: NEWER.into(), text: text(&path, v) });
        }
        Ok(red)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double;
    use std::sync::Arc;
    use store::{Documents, Memory};

    const PATH: &str = "customers/44444444-4444-4444-8444-444444444444/head";

    async fn put(documents: &Memory, v: u32) {
        documents.delete(PATH).await.expect("it works");
        documents.create(PATH, format!("{{\"v\":{v},\"w\":null}}").into()).await.expect("it works");
    }

    async fn told(engine: &Engine) -> Vec<(Option<String>, String)> {
        let red = engine.health(true).await.red.unwrap_or_default();
        red.into_iter().map(|red| (red.customer, red.code)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_newer_document_is_red_with_its_customer_until_it_is_as_old_as_the_program() {
        let documents = Arc::new(Memory::new());
        let engine = double::engine(documents.clone());
        put(&documents, 2).await;
        let read = engine.store.read::<crate::membership::documents::Head>(PATH).await;
        assert!(matches!(Error::from(read.expect_err("it is newer")), Error::Newer(_)));
        engine.note_newer().await;
        let red = (Some("contoso".to_owned()), NEWER.to_owned());
        // Whichever process tells it, and however often.
        for engine in [&engine, &double::engine(documents.clone())] {
            assert_eq!(told(engine).await, std::slice::from_ref(&red));
        }
        put(&documents, 1).await;
        assert_eq!(told(&engine).await, []);
        assert_eq!(documents.list("open/newer").await, Ok(Vec::new()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_version_of_the_program_met_is_for_that_one_to_tell() {
        let documents = Arc::new(Memory::new());
        let engine = double::engine(documents.clone());
        put(&documents, 2).await;
        let met = Met { path: PATH.into(), v: 2, program: "0.0.9".into() };
        engine.store.create("open/newer/00", met).await.expect("it works");
        assert_eq!(told(&engine).await, []);
        assert_eq!(documents.list("open/newer").await, Ok(Vec::new()), "the program was updated");
    }
}
