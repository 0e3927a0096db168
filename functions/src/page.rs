//! Pages on which people answer: no script, nothing from elsewhere, every text from outside escaped, and no login.
//!
//! Looking at one changes nothing, whoever looks: mail filters and chats open links, too. A person answers by sending the
//! form, which holds the credential of a caller; from there on it is that caller's ordinary call, with the person named.
//!
//! No token against forged requests is needed: nothing that a browser adds by itself (cookies, a login) lets anybody in, so
//! another site that sends this form must have the credential already. That requests of other sites are turned away all
//! the same costs nothing.

mod form;
mod html;
mod sender;

#[cfg(test)]
pub(crate) use form::FORM_BYTES_MAX;
pub(crate) use form::Layout;
#[cfg(test)]
pub(crate) use html::{POLICY, STYLE};
pub(crate) use html::{Page, Said, minute, missing, unavailable};
pub(crate) use sender::{Received, link, receive};
