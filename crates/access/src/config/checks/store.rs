//! `[store]`: what goes with which kind of store.

use crate::config::files::{CredentialTable, ProgramFile, StoreCredentialTable};
use crate::config::folder::Source;
use crate::config::problem::ConfigProblem;
use crate::config::store::StorePlace;

pub(super) fn all(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    // A URL that is none was said already.
    let Ok(place) = StorePlace::parse(&program.parts.store.url.0) else { return };
    if !program.places.is_whole("store.url") {
        return;
    }
    if place == StorePlace::Memory {
        let text = "keeps nothing beyond the process: after a restart nothing is known to be ours";
        found.push(program.places.warning("store.url", "store_in_memory", text));
    }
    belongs(program, &place, found);
    let credential = program.parts.store.credential.as_ref();
    match &place {
        StorePlace::Azure { .. } => azure(program, credential, found),
        StorePlace::S3 { .. } => s3(program, credential, found),
        StorePlace::Memory | StorePlace::Folder(_) => {}
    }
}

/// What another kind of store needs is a slip: the store would not be the one that was meant.
fn belongs(program: &Source<ProgramFile>, place: &StorePlace, found: &mut Vec<ConfigProblem>) {
    let store = &program.parts.store;
    let none = StoreCredentialTable::default();
    let credential = store.credential.as_ref().unwrap_or(&none);
    let (azure, s3) = (matches!(place, StorePlace::Azure { .. }), matches!(place, StorePlace::S3 { .. }));
    for (key, there, fits, kinds) in [
        ("endpoint", store.endpoint.is_some(), azure || s3, "az:// and s3:// stores"),
        ("region", store.region.is_some(), s3, "s3:// stores"),
        ("credential.managed_identity", credential.managed_identity.is_some(), azure, "az:// stores"),
        ("credential.account_key", credential.account_key.is_some(), azure, "az:// stores"),
        ("credential.access_key", credential.access_key.is_some(), s3, "s3:// stores"),
        ("credential.secret", credential.secret.is_some(), s3, "s3:// stores"),
    ] {
        if there && !fits {
            let text = format!("belongs to {kinds}, and the URL names another kind");
            found.push(program.places.error(&format!("store.{key}"), "store_key_unused", text));
        }
    }
}

fn azure(program: &Source<ProgramFile>, credential: Option<&StoreCredentialTable>, found: &mut Vec<ConfigProblem>) {
    const ONE: &str = "credential = { managed_identity = \"<client id>\" }";
    let places = &program.places;
    if !places.is_whole("store.credential") {
        return;
    }
    match credential.map(|way| (way.managed_identity.is_some(), way.account_key.is_some())) {
        Some((true, true)) => {
            let text = "names two ways in: keep managed_identity or account_key";
            found.push(places.error("store.credential", "store_credential", text));
        }
        Some((false, true)) => {
            let text = "opens the whole storage account to whoever reads it, and never expires";
            let problem = places.warning("store.credential.account_key", "store_account_key", text);
            found.push(problem.hint(format!("{ONE} needs no secret")));
        }
        Some((true, false)) => {}
        Some((false, false)) => {
            found.push(places.error("store.credential", "store_credential", "names no way in").hint(ONE));
        }
        None if matches!(program.parts.app.credential, CredentialTable::ManagedIdentity(_)) => {}
        None if !places.is_whole("app") => {}
        None => {
            let text = "nothing says who we are there: the app has no managed identity whose tokens could be used";
            found.push(places.error("store.credential", "store_credential", text).hint(ONE));
        }
    }
}

fn s3(program: &Source<ProgramFile>, credential: Option<&StoreCredentialTable>, found: &mut Vec<ConfigProblem>) {
    // Without one it is the function's role; only the place where we run knows whether there is one.
    let Some(way) = credential else { return };
    if !program.places.is_whole("store.credential") {
        return;
    }
    for (key, there, other) in [
        ("access_key", way.access_key.is_some(), way.secret.is_some()),
        ("secret", way.secret.is_some(), way.access_key.is_some()),
    ] {
        if !there && (other || key == "access_key") {
            let text = "missing: an access key is an id and a secret";
            let problem = program.places.error(&format!("store.credential.{key}"), "store_credential", text);
            found.push(problem.hint("credential = { access_key = \"<its id>\", secret = \"env:NAME\" }"));
        }
    }
}
