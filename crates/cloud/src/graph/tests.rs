//! Questions and writes, against scripted answers of Graph.

mod reads;
mod writes;
