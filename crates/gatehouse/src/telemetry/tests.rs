//! What a collector gets, and what it costs when there is none that answers.

mod codes;
mod collector;
mod contexts;
mod failing;
mod metrics;
mod names;
mod settings;
