//! Why an operation on an object failed, carried through the crate `object_store` and found again at its other side.

use crate::Error;
use thiserror::Error as ThisError;

/// The most characters of somebody else's words that are kept.
const WORDS_MAX: usize = 200;

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(super) enum Failure {
    /// The service says that there is no such document.
    #[error("there is no such document")]
    Missing,
    /// The document is not in the state that was asked for.
    #[error("the document is in another state")]
    Changed,
    /// It did not happen.
    #[error("{0}")]
    Unavailable(String),
    /// It may have happened.
    #[error("{0}")]
    Unclear(String),
    /// Trying again is useless.
    #[error("{0}")]
    Invalid(String),
}

impl Failure {
    /// Why a read failed.
    pub(super) fn of_read(error: &object_store::Error) -> Self {
        Self::inside(error).unwrap_or_else(|| Self::Unavailable(not_understood(error)))
    }

    /// Why a write failed. One that was answered and not understood may have happened.
    pub(super) fn of_write(error: &object_store::Error) -> Self {
        Self::inside(error).unwrap_or_else(|| Self::Unclear(not_understood(error)))
    }

    /// The failure that we sent in at the other side.
    fn inside(error: &object_store::Error) -> Option<Self> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(failure) = error.downcast_ref::<Self>() {
                return Some(failure.clone());
            }
            cause = error.source();
        }
        None
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Missing | Failure::Changed => Self::Conflict,
            Failure::Unavailable(text) => Self::Unavailable(text),
            Failure::Unclear(text) => Self::Unclear(text),
            Failure::Invalid(text) => Self::Invalid(text),
        }
    }
}

/// An answer that was a success and says something else than it should.
fn not_understood(error: &object_store::Error) -> String {
    let words: String = error.to_string().chars().take(WORDS_MAX).collect();
    format!("the service's answer is not understood: {words}")
}
