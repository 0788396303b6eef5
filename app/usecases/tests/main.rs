//! The use cases against a real database in the runtime role; only the conversation with the mail server is made up.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod accounts;
mod api_keys;
mod board;
mod email_change;
mod forms;
mod imports;
mod invitations;
mod jobs;
mod lead_changes;
mod leads;
mod mailboxes;
mod mails;
mod members;
mod merges;
mod new_leads;
mod notifications;
mod password_reset;
mod passwords;
mod pipelines;
mod reports;
mod score_properties;
mod scores;
mod scoring;
mod second_factors;
mod sessions;
mod signing_keys;
mod step_up;
mod submissions;
mod tasks;
mod throttles;
mod timelines;
mod views;
mod what_if;
mod worker;
mod world;
