//! What Qualify CRM needs from the world: traits, their values and their errors.
//!
//! [`storage`] is where the data lives, reached only with a scope; [`plugin`] is how an adapter is chosen and set up.
//! Every other module is one outbound port.

pub mod billing;
pub mod files;
pub mod hooks;
pub mod live;
pub mod mailer;
pub mod passkeys;
pub mod passwords;
pub mod plugin;
pub mod scorer;
pub mod spam;
pub mod storage;
pub mod time;
pub mod tokens;
pub mod vault;

/// The cause of a failure, whatever the technology.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
