//! `[limits]`: the rails' numbers, whole in `gatehouse.toml` and narrowed below it.

use crate::config::words::{Day, Text};
use crate::ids::ObjectId;
use schemars::JsonSchema;
use serde::Deserialize;

/// [limits] of gatehouse.toml.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ProgramLimits {
    /// Most people removed in one plan, per package.
    #[schemars(extend("default" = 10))]
    pub(in crate::config) removals_max: Option<u32>,
    /// Most people removed in a rolling 24 h, in percent of the members at its start.
    #[schemars(range(max = 100))]
    #[schemars(extend("default" = 20))]
    pub(in crate::config) removals_percent_max: Option<u32>,
    /// Most people removed per customer in a rolling 24 h.
    #[schemars(extend("default" = 25))]
    pub(in crate::config) removals_per_day_max: Option<u32>,
    /// Most different people removed over all customers in an hour.
    #[schemars(extend("default" = 25))]
    pub(in crate::config) removals_per_hour_all_max: Option<u32>,
    /// Most people found disabled or deleted at the partner in an hour.
    #[schemars(extend("default" = 10))]
    pub(in crate::config) leavers_per_hour_all_max: Option<u32>,
    /// Most people added in one plan, per package.
    #[schemars(extend("default" = 200))]
    pub(in crate::config) additions_max: Option<u32>,
    /// Most customers that one new person may enter in the first 24 h.
    #[schemars(extend("default" = 20))]
    pub(in crate::config) new_person_customers_max: Option<u32>,
    /// Objects that no step may ever touch.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) protect: Vec<ObjectId>,
}

/// [limits] of a customer, a profile or a package: they may only tighten.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct LowerLimits {
    /// Most people removed in one plan, per package.
    pub(in crate::config) removals_max: Option<u32>,
    /// Most people removed in a rolling 24 h, in percent of the members at its start.
    #[schemars(range(max = 100))]
    pub(in crate::config) removals_percent_max: Option<u32>,
    /// Most people removed per customer in a rolling 24 h.
    pub(in crate::config) removals_per_day_max: Option<u32>,
    /// Most different people removed over all customers in an hour; has effect in gatehouse.toml only.
    pub(in crate::config) removals_per_hour_all_max: Option<u32>,
    /// Most people found disabled or deleted at the partner in an hour; has effect in gatehouse.toml only.
    pub(in crate::config) leavers_per_hour_all_max: Option<u32>,
    /// Most people added in one plan, per package.
    pub(in crate::config) additions_max: Option<u32>,
    /// Most customers that one new person may enter in the first 24 h; has effect in gatehouse.toml only.
    pub(in crate::config) new_person_customers_max: Option<u32>,
    /// Objects that no step may ever touch; added to those of the files above.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) protect: Vec<ObjectId>,
    /// The last day on which a limit here may be looser than above.
    pub(in crate::config) until: Option<Day>,
    /// Why a limit here is looser than above.
    pub(in crate::config) reason: Option<Text>,
}

/// The numbers by key, whichever table they stand in.
pub(in crate::config) type Numbers = [(&'static str, Option<u32>); 7];

macro_rules! numbers {
    ($($table:ty)*) => { $(
        impl $table {
            /// The numbers that are written down, by key.
            pub(in crate::config) fn numbers(&self) -> Numbers {
                [
                    ("removals_max", self.removals_max),
                    ("removals_percent_max", self.removals_percent_max),
                    ("removals_per_day_max", self.removals_per_day_max),
                    ("removals_per_hour_all_max", self.removals_per_hour_all_max),
                    ("leavers_per_hour_all_max", self.leavers_per_hour_all_max),
                    ("additions_max", self.additions_max),
                    ("new_person_customers_max", self.new_person_customers_max),
                ]
            }
        }
    )* };
}

numbers!(ProgramLimits LowerLimits);
