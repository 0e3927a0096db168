//! Who may be where. PURE: vocabulary, configuration, plan and rails; no async, no clock, no I/O, no log.
//!
//! * [`config`] reads and checks the folder that people edit, and yields the resolved [`config::Config`];
//! * [`plan`] compares what should be with what is, and lets the rails judge the difference;
//! * [`ledger`] folds the journal's entries into what we know to be ours;
//! * [`report`] tells the journal for people;
//! * [`requests`] are wishes for access for a while: what may be asked, who approves, how far it is;
//! * [`onboarding`] is how a customer comes in: consent, the proof that it is theirs, and whether all is there;
//! * [`orders`] are what people order outside the configuration: who is barred, and what is paused;
//! * [`alerts`] says what the body of an alert about emergency accounts means;
//! * [`drills`] are announced uses of emergency accounts, and what they showed;
//! * [`kql`] writes the log queries about emergency accounts, ours and those of the customers' alert rules;
//! * [`callback`] says which addresses out of requests may be called;
//! * [`fitness`] says whether break-glass accounts would work, and whether their use would be seen;
//! * [`permissions`] says which application permissions a configuration needs, and for which of its keys;
//! * [`inviting`] says whether the customer's own settings would refuse an invitation;
//! * [`text`] knows the characters that lie about a text;
//! * [`ids`] keeps a tenant's id from being passed as a group's.

pub mod alerts;
pub mod callback;
pub mod config;
pub mod drills;
pub mod fitness;
pub mod ids;
pub mod incidents;
pub mod inviting;
pub mod kql;
pub mod ledger;
pub mod onboarding;
pub mod orders;
pub mod permissions;
pub mod plan;
pub mod report;
pub mod requests;
pub mod text;
