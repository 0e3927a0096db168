//! How the app proves to the login service who it is.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use outside::Transport;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Text that must not be shown: it prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Display for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// What proves the app's identity in every tenant.
#[derive(Clone)]
pub enum Credential {
    /// A client secret.
    Secret(SecretText),
    /// A certificate whose public half is registered with the app.
    Certificate(Box<CertificateKey>),
    /// A user-assigned managed identity that the app trusts (a federated credential): no secret at all.
    ManagedIdentity {
        /// The client id of the managed identity.
        client_id: String,
        /// The platform's own token address (`IDENTITY_ENDPOINT`).
        identity_endpoint: String,
        /// What the platform wants in `X-IDENTITY-HEADER`.
        identity_header: SecretText,
        /// A transport that reaches that address, and nothing else.
        local: Arc<dyn Transport>,
    },
    /// There is none on this machine, and this is why. Whoever needs it fails with [`Kind::NoCredential`](crate::Kind);
    /// nothing is sent.
    Missing(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("Secret(…)"),
            Self::Certificate(key) => write!(f, "Certificate({})", key.thumbprint),
            Self::ManagedIdentity { client_id, .. } => write!(f, "ManagedIdentity({client_id})"),
            Self::Missing(why) => write!(f, "Missing({why})"),
        }
    }
}

/// A certificate's thumbprint and its RSA private key.
#[derive(Clone)]
pub struct CertificateKey {
    thumbprint: String,
    key: EncodingKey,
}

/// Why a PEM text is not a usable certificate with its key. Never quotes the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// There is no `CERTIFICATE` block.
    #[error("the PEM text has no CERTIFICATE block; put the certificate and its private key into one file")]
    NoCertificate,
    /// There is no private key block.
    #[error("the PEM text has no PRIVATE KEY block; put the certificate and its private key into one file")]
    NoKey,
    /// The base64 of the certificate cannot be decoded.
    #[error("the CERTIFICATE block is not valid base64")]
    CertificateEncoding,
    /// The key cannot be read or cannot sign with PS256.
    #[error("the private key is not an unencrypted RSA key of at least 2048 bits")]
    Key,
}

impl CertificateKey {
    /// Reads one PEM text that holds a certificate (the first one counts) and its RSA key (PKCS#8 or PKCS#1).
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let certificate = block(pem, "CERTIFICATE").ok_or(CertificateError::NoCertificate)?;
        let base64: String = certificate.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
        let der = STANDARD.decode(base64).map_err(|_| CertificateError::CertificateEncoding)?;
        let key = block(pem, "PRIVATE KEY").or_else(|| block(pem, "RSA PRIVATE KEY")).ok_or(CertificateError::NoKey)?;
        let key = EncodingKey::from_rsa_pem(key.as_bytes()).map_err(|_| CertificateError::Key)?;
        let read = Self { thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(&der)), key };
        // A key that cannot sign should fail when the configuration is read, not at the first login.
        read.sign(&serde_json::json!({})).map_err(|_| CertificateError::Key)?;
        Ok(read)
    }

    /// The SHA-256 of the certificate, base64url: what Entra finds it by (`x5t#S256`).
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Signs the claims as Entra wants them (page "Microsoft identity platform application authentication certificate
    /// credentials"): PS256, with the certificate's SHA-256 in the header.
    pub(crate) fn sign(&self, claims: &serde_json::Value) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::PS256);
        header.x5t_s256 = Some(self.thumbprint.clone());
        jsonwebtoken::encode(&header, claims, &self.key)
    }
}

impl fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateKey({})", self.thumbprint)
    }
}

/// The first PEM block with this label, its two border lines included.
fn block<'a>(pem: &'a str, label: &str) -> Option<&'a str> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let start = pem.find(&begin)?;
    let length = pem[start..].find(&end)? + end.len();
    Some(&pem[start..start + length])
}
