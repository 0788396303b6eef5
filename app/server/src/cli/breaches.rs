use clap::{Args, Subcommand};
use jiff::Timestamp;
use qualify_domain::id::{BreachId, OrganizationId};

/// What can be done about breaches of the service.
#[derive(Debug, Subcommand)]
pub enum BreachesCommand {
    /// Log a breach, and tell the organizations that it concerns
    ///
    /// Their owners and privacy officers are mailed at once by the worker. Prints the id and by when the CNIL is told.
    Log(BreachArgs),
    /// List the breaches, the latest first
    List,
    /// Print all that the log says of one breach
    Show {
        /// Its id
        id: BreachId,
    },
    /// Keep what is known of a breach by now; organizations see it on their page
    Revise {
        /// Its id
        id: BreachId,
        /// What happened
        #[arg(long, value_name = "TEXT")]
        happened: Option<String>,
        /// Which kinds of people and of data
        #[arg(long, value_name = "TEXT")]
        categories: Option<String>,
        /// About how many people
        #[arg(long, value_name = "N")]
        people: Option<u32>,
        /// What may come of it
        #[arg(long, value_name = "TEXT")]
        effects: Option<String>,
        /// What was done about it, and will be
        #[arg(long, value_name = "TEXT")]
        measures: Option<String>,
    },
    /// Name further organizations that a breach concerns, and tell them
    Concern {
        /// Its id
        id: BreachId,
        /// Which organizations
        #[command(flatten)]
        whom: Whom,
    },
    /// Keep that the CNIL was told of a breach
    Cnil {
        /// Its id
        id: BreachId,
        /// When it was told, such as 2026-11-28T10:15:00Z
        #[arg(long, value_name = "MOMENT")]
        at: Timestamp,
        /// Why only then, if the 72 hours were over
        #[arg(long, value_name = "REASONS")]
        late_because: Option<String>,
    },
    /// Keep that the people were told whose data it is
    People {
        /// Its id
        id: BreachId,
        /// When they were told, such as 2026-11-28T10:15:00Z
        #[arg(long, value_name = "MOMENT")]
        at: Timestamp,
    },
    /// Close a breach
    Close {
        /// Its id
        id: BreachId,
        /// Why the CNIL was not told, if it was not
        #[arg(long, value_name = "REASONS")]
        untold_because: Option<String>,
    },
}

/// What is known of a breach.
#[derive(Clone, Debug, Args)]
pub struct BreachArgs {
    /// When it was noticed, such as 2026-11-28T10:15:00Z: all that is due counts from then
    #[arg(long, value_name = "MOMENT")]
    pub aware_at: Timestamp,
    /// What happened
    #[arg(long, value_name = "TEXT")]
    pub happened: String,
    /// Which kinds of people and of data
    #[arg(long, value_name = "TEXT")]
    pub categories: String,
    /// About how many people, as soon as somebody can tell
    #[arg(long, value_name = "N")]
    pub people: Option<u32>,
    /// What may come of it
    #[arg(long, value_name = "TEXT")]
    pub effects: String,
    /// What was done about it, and will be
    #[arg(long, value_name = "TEXT")]
    pub measures: String,
    /// Which organizations
    #[command(flatten)]
    pub whom: Whom,
}

/// Which organizations a breach concerns.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Whom {
    /// It concerns this organization; may be given several times
    #[arg(long, value_name = "ID")]
    pub organization: Vec<OrganizationId>,
    /// It concerns all organizations
    #[arg(long)]
    pub all: bool,
    /// It concerns no organization
    #[arg(long)]
    pub none: bool,
}
