use clap::{Args, Subcommand};
use jiff::Timestamp;
use qualify_domain::id::RightsRequestId;

/// What can be done about requests that reached the operator.
#[derive(Debug, Subcommand)]
pub enum RequestsCommand {
    /// Register a request of which it is not known yet whose it is, and tell whoever asked that it came
    ///
    /// Prints its id and by when it must be passed on: within two working days.
    Receive(Received),
    /// Pass a request on into an organization's register
    ///
    /// Whoever asked is mailed by the worker that it was passed on, with the link by which they prove who they are. Whether
    /// anything is kept about them is looked up nowhere, and told to nobody before that.
    Forward {
        /// Its id, if it was registered before
        #[arg(required_unless_present = "from", conflicts_with_all = ["kind", "from", "received", "text"])]
        id: Option<RightsRequestId>,
        /// The word in the organization's public address
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// Which right, if it was not registered before: access, rectification, erasure, restriction, portability, objection or
        /// withdrawal
        #[arg(long, value_name = "RIGHT", requires = "from")]
        kind: Option<String>,
        /// The address of whoever asks, if it was not registered before
        #[arg(long, value_name = "ADDRESS", requires_all = ["kind", "received"])]
        from: Option<String>,
        /// When it came: all that is due counts from then
        #[arg(long, value_name = "MOMENT", requires = "from")]
        received: Option<Timestamp>,
        /// What they said about it
        #[arg(long, value_name = "TEXT", requires = "from")]
        text: Option<String>,
        /// In which language they are written to: fr or en
        #[arg(long, value_name = "LANGUAGE", default_value = "fr")]
        language: String,
    },
    /// List what stands in no register yet, and what members asked about their own accounts; the most urgent first
    ///
    /// What members asked is listed until it is answered, and they were mailed of it.
    List,
    /// Show what a member asked about their own account: who, what they say, and each step
    Show {
        /// Its id
        id: RightsRequestId,
    },
    /// Answer what a member asked, and tell them by mail
    Answer {
        /// Its id
        id: RightsRequestId,
        /// What is said about it
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    /// Take more time to answer what a member asked: three months from its receipt, once, within the first month
    Extend {
        /// Its id
        id: RightsRequestId,
        /// Why; they are told by mail
        #[arg(long, value_name = "TEXT")]
        reasons: String,
    },
    /// Refuse what a member asked, for a reason that the law knows, and tell them by mail
    ///
    /// The mail names the reason, the supervisory authority and the way to court.
    Refuse {
        /// Its id
        id: RightsRequestId,
        /// unfounded, excessive or `conditions_not_met`; an objection also: `legal_claims` or `compelling_grounds`
        #[arg(long, value_name = "REASON")]
        reason: String,
        /// What is said about it
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    /// Tell whoever asked that their request came, or a member what became of theirs, if that mail did not go
    Acknowledge {
        /// Its id
        id: RightsRequestId,
    },
    /// Close what is no organization's, and forget who asked
    Close {
        /// Its id
        id: RightsRequestId,
    },
}

/// What reached the operator.
#[derive(Clone, Debug, Args)]
pub struct Received {
    /// Which right: access, rectification, erasure, restriction, portability, objection or withdrawal
    #[arg(long, value_name = "RIGHT")]
    pub kind: String,
    /// The address of whoever asks
    #[arg(long, value_name = "ADDRESS")]
    pub from: String,
    /// When it came, such as 2026-11-28T10:15:00Z: all that is due counts from then
    #[arg(long, value_name = "MOMENT")]
    pub received: Timestamp,
    /// What they said about it
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// In which language they are written to: fr or en
    #[arg(long, value_name = "LANGUAGE", default_value = "fr")]
    pub language: String,
}
