//! The storage against a real database, in the role in which the product runs.

#![expect(clippy::disallowed_methods, reason = "these tests make every kind of actor")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests fail by panicking")]

mod audit;
mod batches;
mod billing;
mod breaches;
mod catalogue;
mod cluster;
mod consents;
#[cfg(feature = "containers")]
mod container;
mod filled;
mod fitness;
mod given_up;
mod informings;
mod intake;
mod inventory;
mod isolation;
mod lead_ends;
mod lead_list;
mod live;
mod migrations;
mod operator_requests;
mod people;
mod policies;
mod prepared;
mod queue;
mod reach;
mod reports;
mod restrictions;
mod retention;
mod sealed;
mod security;
mod sent;
mod stores;
mod support;
mod timelines;
mod unsettled;
mod world;
