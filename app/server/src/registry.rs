//! The adapters there are: one line each. Which of them run is for the configuration to say.

use qualify_ports::{
    billing::Billing, files::Files, hooks::HookSender, mailer::Mailer, plugin::Adapter, scorer::Scorer, spam::SpamCheck,
};

/// What can send mail.
pub const MAILERS: &[Adapter<dyn Mailer>] = &[qualify_smtp::MAILER, qualify_maildir::MAILER];

/// What can keep files.
pub const FILES: &[Adapter<dyn Files>] = &[qualify_folder::FILES, qualify_s3::FILES];

/// What can tell endpoints.
pub const HOOKS: &[Adapter<dyn HookSender>] = &[qualify_webhook::SENDER];

/// Where organizations can pay.
pub const BILLINGS: &[Adapter<dyn Billing>] = &[qualify_unbilled::BILLING, qualify_lemonsqueezy::BILLING];

/// What can score leads.
pub const SCORERS: &[Adapter<dyn Scorer>] = &[qualify_rules::SCORER];

/// What can tell spam from people.
pub const SPAM: &[Adapter<dyn SpamCheck>] =
    &[qualify_honeypot::SPAM, qualify_form_token::SPAM, qualify_proof_of_work::SPAM];
