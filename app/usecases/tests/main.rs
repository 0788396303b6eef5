//! The use cases against a real database in the runtime role; only the conversation with the mail server is made up.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod accounts;
mod forms;
mod leads;
mod second_factors;
mod submissions;
mod worker;
mod world;
