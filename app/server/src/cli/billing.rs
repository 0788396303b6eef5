use clap::Subcommand;
use jiff::civil::Date;
use qualify_domain::id::OrganizationId;

/// What can be done about payments.
#[derive(Debug, Subcommand)]
pub enum BillingCommand {
    /// Print the ledger as CSV, for whoever keeps the books
    ///
    /// In the order in which it was written. What was earned is the sum of `total` less that of `refunded`, of the lines that
    /// `counts`. It names no organization: `subject` is the same in all lines of one.
    Ledger {
        /// Only what belongs to the fiscal year that ends on this day, such as 2026-12-31
        #[arg(long, value_name = "DAY")]
        fiscal_year_end: Option<Date>,
    },
    /// Say whose a subscription is
    ///
    /// For what was paid for and is nobody's: every webhook was lost, and it could not be told by asking which organization it
    /// is for. The payment provider is asked at once, and the organization stands as it says.
    Claim {
        /// The organization
        organization: OrganizationId,
        /// The id of the subscription at the payment provider
        subscription: String,
    },
}
