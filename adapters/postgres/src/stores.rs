//! The stores: one file per aggregate. Each query carries `organization_id` beside row security, so that a mistake in
//! one of the two is caught by the other.

mod accounts;
mod activities;
mod api_keys;
mod audit;
mod connections;
mod creations;
mod directory;
mod forms;
mod import_undoing;
mod imports;
mod invitations;
mod jobs;
mod lead_batches;
mod leads;
mod mail_paces;
mod notification_mails;
mod notifications;
mod one_time_tokens;
mod organizations;
mod outbox;
mod passkeys;
mod pipelines;
mod properties;
mod queue;
mod scores;
mod second_factors;
mod sessions;
mod settings;
mod signing_keys;
mod submissions;
mod tasks;
mod teams;
mod throttles;
mod views;
