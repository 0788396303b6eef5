use jiff::tz::TimeZone;
use qualify_domain::mail_lane::Allowance;

/// What the operator decides about the product's own words, links and mails.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address of the product without a final slash, such as `https://crm.example.com`; links begin with it.
    pub base_url: String,
    /// How many mails an organization may send.
    pub mails: Allowance,
    /// Where the morning of the daily digest comes for who chose no place.
    pub time_zone: TimeZone,
}

impl Options {
    /// The product at that address, with the usual number of mails, in universal time.
    pub fn at(base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into(), mails: Allowance::default(), time_zone: TimeZone::UTC }
    }
}
