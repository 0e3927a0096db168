//! How far the reconciler is with a grant.

/// How far a grant is, as the ledger and the plan of a run show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing could be done yet, and may be later.
    Waiting {
        /// Why, for programs: the code of a problem, of a rail, or `customer_observed`.
        code: String,
        /// Why, for people.
        text: String,
    },
    /// The guest is there, and not yet a member everywhere in the package.
    Invited,
    /// A member of the package's groups, redeemed or not.
    Active,
    /// Its time is over, and no complete survey since shows what became of the person.
    Ended,
    /// Its time is over, and a survey shows the person absent from the package's places, or kept there by something
    /// else.
    Settled {
        /// What else keeps the person there.
        kept_by: Option<String>,
    },
    /// It can never be carried out.
    Refused {
        /// Why, for programs.
        code: String,
        /// Why, for people, and what to do about it.
        text: String,
    },
}
