//! Carrying out requests for access.

mod grant;

pub use grant::NewEnd;
