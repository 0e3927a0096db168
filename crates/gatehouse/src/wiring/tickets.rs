//! How tickets are told: their systems with their secrets, and the two ways out.

use super::Place;
use access::config::{CallbackAuth, Caller, CallerAuth, Config, SecretRef};
use engine::requests::Tickets;
use notify::tickets::{Desk, Proof};
use outside::Guarded;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Place {
    /// Everything that it takes to tell tickets. A caller whose secret cannot be read is not left out: what its tickets
    /// are to hear is tried again, and the log says why it did not arrive.
    pub(super) fn tickets(&self, config: &Config) -> Result<Tickets, String> {
        let (mut desks, mut proofs) = (BTreeMap::new(), BTreeMap::new());
        for (name, caller) in &config.callers {
            if let Some(desk) = &caller.ticket {
                let desk = Desk::resolve(desk, |secret| self.settings.secret(secret, &self.folder));
                desks.insert(name.clone(), said(name, desk));
            }
            if let Some(proof) = self.proof(caller) {
                proofs.insert(name.clone(), said(name, proof));
            }
        }
        let listed = config.callers.values().flat_map(|caller| caller.callbacks.iter().cloned());
        let guarded = match &self.doors.transport {
            Some(transport) => transport.clone(),
            None => Arc::new(Guarded::new(self.extra_roots(config)?, listed)),
        };
        Ok(Tickets { desks, proofs, operators: self.transport(config)?, guarded })
    }

    /// How we prove ourselves where this caller's requests are reported: by its own Standard Webhooks secrets where it
    /// has such, else as it says.
    fn proof(&self, caller: &Caller) -> Option<Result<Proof, String>> {
        let read = |secret: &SecretRef| self.settings.secret(secret, &self.folder);
        let signed = |secrets: &[SecretRef]| {
            let secrets: Result<Vec<Vec<u8>>, String> = secrets.iter().map(read).collect();
            secrets.and_then(|secrets| Proof::signed(&secrets))
        };
        if let CallerAuth::StandardWebhooks(secrets) = &caller.auth {
            return Some(signed(secrets));
        }
        Some(match caller.callback_auth.as_ref()? {
            CallbackAuth::ApiKey(secret) => read(secret).and_then(|secret| Proof::bearer(&secret)),
            CallbackAuth::Basic(secret) => read(secret).and_then(|secret| Proof::basic(&secret)),
            CallbackAuth::StandardWebhooks(secret) => signed(std::slice::from_ref(secret)),
        })
    }
}

fn said<T>(caller: &str, resolved: Result<T, String>) -> Result<T, String> {
    if let Err(why) = &resolved {
        tracing::error!(caller, why, "the caller's tickets cannot be told what becomes of their requests");
    }
    resolved
}
