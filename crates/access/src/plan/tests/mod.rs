//! Plans, from the outside: a customer who has what the configuration asks for, one thing that is different, and the
//! plan that follows from it.

mod adopting;
mod apply;
mod codes;
mod crowds;
mod decisions;
mod doubts;
mod forgetting;
mod granting;
mod grants;
mod grants_ends;
mod grants_over;
mod grants_progress;
mod guests;
mod json;
mod members;
mod offboarding;
mod orders;
mod ownership;
mod people;
mod properties;
mod rails;
mod redeeming;
mod refusals;
mod render;
mod returning;
mod roles;
mod rules;
mod scoped;
mod targets;
mod time;
mod together;
mod undoing;
mod windows;
mod world;
mod worlds;
