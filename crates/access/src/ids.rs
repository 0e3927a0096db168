//! A distinct type for each kind of id, so that one can never be passed as another.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident, $title:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self(text.parse()?))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": "uuid" })
            }
        }
    )* };
}

id! {
    /// An Entra tenant, the partner's or a customer's.
    TenantId, "TenantId";
    /// A user of the partner's tenant: their object id there.
    PersonId, "PersonId";
    /// The user object that stands for a person in a customer's tenant.
    GuestId, "GuestId";
    /// A group, in whichever tenant the context says.
    GroupId, "GroupId";
    /// An administrative unit of a customer's tenant.
    UnitId, "UnitId";
    /// A directory role's definition.
    RoleId, "RoleId";
    /// Any directory object, where its kind does not matter (as in `protect`).
    ObjectId, "ObjectId";
}

/// How many bytes of a hash an id shows: as many as a UUID has.
const HASH_BYTES: usize = 16;

/// The digits of a hash of these parts, each with its length before it: no two lists of parts run together into the same
/// bytes.
pub(crate) fn hash_digits(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether these are the digits of such a hash.
pub(crate) fn are_hash_digits(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 2 * HASH_BYTES && text.bytes().all(fits)
}

/// What every id does that is the digits of a hash.
macro_rules! digits {
    ($name:ident, $unfit:ident) => {
        impl $name {
            /// The digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// A place in the order of ids, a little before this one, that does not tell which id this is: its first
            /// eight digits, and noughts.
            #[must_use]
            pub fn around(&self) -> Self {
                Self(format!("{:0<32}", &self.0[..8]))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $unfit;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if $crate::ids::are_hash_digits(text) { Ok(Self(text.to_owned())) } else { Err($unfit) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $unfit;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use digits;

impl PersonId {
    /// Somebody who is no user of the partner's tenant: named by their mail address, without regard to case, so that
    /// two requests for one address are about one person. A version-8 UUID, which Entra never gives to an object.
    pub fn outside(partner: TenantId, mail: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"outside person|");
        hash.update(partner.0.as_bytes());
        hash.update(mail.trim().to_lowercase());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl From<GuestId> for ObjectId {
    fn from(id: GuestId) -> Self {
        Self(id.0)
    }
}

impl From<PersonId> for ObjectId {
    fn from(id: PersonId) -> Self {
        Self(id.0)
    }
}

impl From<GroupId> for ObjectId {
    fn from(id: GroupId) -> Self {
        Self(id.0)
    }
}

impl From<UnitId> for ObjectId {
    fn from(id: UnitId) -> Self {
        Self(id.0)
    }
}
