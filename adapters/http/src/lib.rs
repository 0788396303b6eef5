//! The web face of Qualify CRM: pages for members, forms for visitors, over plain use cases.
//!
//! Every route stands in [`ROUTES`]. A handler has three beats: who asks ([`mod@actor`]), what they send
//! ([`mod@fields`]), and the call of a use case. What goes wrong becomes a [`mod@problem`], told in one place. Pages are
//! templates with the words of [`mod@text`]; everything works without scripts.

pub mod actor;
pub mod api;
pub mod assets;
mod compression;
mod download;
pub mod fields;
pub mod filled;
mod health;
mod hooks;
mod imported;
pub mod intake_limit;
mod lead_file;
mod links;
mod metrics;
pub mod moment;
mod money;
pub mod page;
pub mod pages;
mod place;
mod policy;
pub mod problem;
pub mod public;
mod routes;
pub mod security;
pub mod serve;
pub mod session;
pub mod settings;
pub mod source;
pub mod step_up;
mod support;
pub mod tab;
pub mod text;
mod totp_link;
pub mod upload;
pub mod watch;
mod web;

pub use self::{
    policy::policies,
    routes::{Access, ROUTES, RouteSpec},
    serve::listen,
    settings::{KEYS, Options, Pace, Site},
    web::Web,
};
