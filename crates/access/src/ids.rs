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
