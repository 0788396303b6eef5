//! The adapters there are: one line each. Which of them run is for the configuration to say.

use qualify_ports::{mailer::Mailer, plugin::Adapter, scorer::Scorer, spam::SpamCheck};

/// What can send mail.
pub const MAILERS: &[Adapter<dyn Mailer>] = &[qualify_smtp::MAILER, qualify_maildir::MAILER];

/// What can score leads.
pub const SCORERS: &[Adapter<dyn Scorer>] = &[qualify_rules::SCORER];

/// What can tell spam from people.
pub const SPAM: &[Adapter<dyn SpamCheck>] =
    &[qualify_honeypot::SPAM, qualify_form_token::SPAM, qualify_proof_of_work::SPAM];
