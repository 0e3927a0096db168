use super::{APP, TENANT, World, pass};
use crate::login::{check_assertion_skew_max, make_certificate};
use bytes::Bytes;
use http::Request;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use outside::Transport;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
