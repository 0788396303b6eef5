use jiff::tz::TimeZone;
use qualify_domain::{mail_lane::Allowance, text::Email};

/// What the operator decides about the product's own words, links and mails.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address of the product without a final slash, such as `https://crm.example.com`; links begin with it.
    pub base_url: String,
    /// How many mails an organization may send.
    pub mails: Allowance,
    /// Where the morning of the daily digest comes for who chose no place.
    pub time_zone: TimeZone,
    /// Who runs the installation, as mails call them.
    pub operator: String,
    /// Where they are told of what is theirs to answer; nobody is, without it.
    pub contact: Option<Email>,
}

impl Options {
    /// The product at that address, which is all that is known of who runs it, with the usual number of mails, in universal
    /// time.
    pub fn at(base_url: impl Into<String>) -> Self {
        let base_url = base_url.into();
        let operator = base_url.clone();
        Self { base_url, mails: Allowance::default(), time_zone: TimeZone::UTC, operator, contact: None }
    }
}
