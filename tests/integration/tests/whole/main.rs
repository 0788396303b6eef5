//! The whole product, from the browser's end to the database and the mailbox.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod accounts;
mod answers;
mod api;
mod api_access;
mod api_document;
mod api_imports;
mod bad_fields;
mod bad_input;
mod board;
mod browser;
mod capture;
mod census;
mod fields;
mod imports;
mod isolation;
mod jobs;
mod list;
mod live;
mod mailboxes;
mod membership;
mod merge;
mod notifications;
mod once;
mod organization;
mod organizations;
mod passkeys;
mod permissions;
mod profile;
mod scores;
mod second_factors;
mod security;
mod step_up;
mod storm;
mod tokens;
mod working;
