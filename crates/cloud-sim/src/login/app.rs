//! Application registrations and managed identities.

use crate::Sim;
use crate::throttle::AppBuckets;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What the login service knows of an application.
#[derive(Debug, Clone, Default)]
pub(crate) struct App {
    pub(crate) secrets: Vec<String>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) federated: Vec<Federated>,
    /// Where the consent page may send a browser.
    pub(crate) redirects: Vec<String>,
    /// The permissions that its registration lists.
    pub(crate) requires: BTreeSet<String>,
    pub(crate) buckets: AppBuckets,
}

/// A registered certificate.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    /// `x5t#S256`: the SHA-256 of the certificate, base64url.
    pub(crate) thumbprint: String,
    pub(crate) pem: String,
}

/// Whose assertions are taken for this application's.
#[derive(Debug, Clone)]
pub(crate) struct Federated {
    pub(crate) issuer: String,
    pub(crate) subject: String,
}

/// A user-assigned managed identity.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) principal: Uuid,
    pub(crate) home: Uuid,
}

/// An application registration as a test sees it.
#[derive(Debug, Clone)]
pub struct AppHandle {
    sim: Sim,
    id: Uuid,
}

impl AppHandle {
    pub(crate) fn new(sim: Sim, id: Uuid) -> Self {
        Self { sim, id }
    }

    /// The client id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Adds a client secret.
    pub fn secret(self, secret: &str) -> Self {
        self.with(|app| app.secrets.push(secret.to_owned()));
        self
    }

    /// Removes all client secrets, as an expiry does.
    pub fn forget_secrets(&self) {
        self.with(|app| app.secrets.clear());
    }

    /// Registers a certificate (PEM; a private key in the same text is ignored).
    ///
    /// # Panics
    /// When the text holds no certificate.
    pub fn certificate(self, pem: &str) -> Self {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        const END: &str = "-----END CERTIFICATE-----";
        let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).expect("a certificate in PEM").0;
        let compact: String = body.split_whitespace().collect();
        let der = STANDARD.decode(compact).expect("base64 inside a PEM certificate");
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&der));
        let certificate = Certificate { thumbprint, pem: format!("{BEGIN}{body}{END}\n") };
        self.with(|app| app.certificates.push(certificate));
        self
    }

    /// Takes assertions of this issuer about this subject for the application's: a federated credential.
    pub fn federated(self, issuer: &str, subject: &str) -> Self {
        let federated = Federated { issuer: issuer.to_owned(), subject: subject.to_owned() };
        self.with(|app| app.federated.push(federated));
        self
    }

    /// Registers an address to which the consent page may send a browser.
    pub fn redirect(self, address: &str) -> Self {
        self.with(|app| app.redirects.push(address.to_owned()));
        self
    }

    /// Lists these permissions in the registration, and no others: what a consent is to from now on.
    pub fn requires<P: AsRef<str>>(self, permissions: &[P]) -> Self {
        let permissions = permissions.iter().map(|name| name.as_ref().to_owned()).collect();
        self.with(|app| app.requires = permissions);
        self
    }

    fn with(&self, change: impl FnOnce(&mut App)) {
        self.sim.with_state(|state| change(state.apps.entry(self.id).or_default()));
    }
}

/// A fresh RSA key with a self-signed certificate, both PEM in one text, as an operator keeps them.
///
/// The key is drawn from the machine's randomness, not from a seed.
pub fn make_certificate(name: &str) -> String {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("the crypto library makes RSA keys");
    let mut params = rcgen::CertificateParams::new(Vec::new()).expect("no names cannot be wrong names");
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let certificate = params.self_signed(&key).expect("a fresh key signs");
    format!("{}{}", key.serialize_pem(), certificate.pem())
}
