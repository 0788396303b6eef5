//! The whole product, in one process, for tests: real storage in the runtime role, real adapters, a real port.
//!
//! [`House`] is a running installation with a database, a maildir and a clock of its own; [`Client`] is a browser
//! without pages.
#![expect(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod browser;
mod client;
mod house;
mod logs;
mod mails;
mod organization;
mod programs;
mod showcase;

pub use self::{
    browser::{Browser, Traffic},
    client::{Answer, Client, Events},
    house::{House, METRICS_TOKEN, Plan},
    logs::Logs,
    mails::{Mail, Mails},
    organization::{FORM_SETTINGS, Organization, PASSWORD, Person, Row, ids_after, rows},
    programs::ProgramClient,
};
