//! Plans, from the outside: a customer who has what the configuration asks for, one thing that is different, and the
//! plan that follows from it.

mod apply;
mod properties;
mod render;
mod stories;
mod world;
mod worlds;
