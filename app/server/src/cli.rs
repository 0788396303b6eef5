//! The command line.

mod billing;
mod breaches;
mod requests;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use qualify_domain::id::{EventId, OrganizationId};

pub use self::{
    billing::BillingCommand,
    breaches::{BreachArgs, BreachesCommand, Whom},
    requests::{Received, RequestsCommand},
};

/// Captures leads from websites, helps teams qualify them, and keeps every privacy promise by itself.
#[derive(Debug, Parser)]
#[command(name = "qualify", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// The configuration file [default: `$QUALIFY_CONFIG`, else `./qualify.toml` if there is one]
    ///
    /// `qualify config` prints a whole file. Every key can also be set by its environment variable.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 it did not work; 2 the command line or the configuration is wrong; \
                          3 the database is not one to run on.\nTry it without any set-up: qualify demo";

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve pages, forms and the API, and do what follows from them
    ///
    /// Any number of copies may run in front of one database. Migrates first if `database.migrator_url` is set; refuses
    /// to start on a database that is not fit to run on. SIGINT or SIGTERM lets open requests end, then stops.
    Serve {
        /// Also open leads, send mails and so on (default)
        #[arg(long, overrides_with = "no_work")]
        work: bool,
        /// Only serve; `qualify work` runs elsewhere
        #[arg(long, overrides_with = "work")]
        no_work: bool,
    },
    /// Only do what follows from what was served: open leads, send mails
    Work,
    /// Bring the database to the schema of this program, as `database.migrator_url`
    ///
    /// Several copies may do so at once: they take turns. Running it again changes nothing.
    Migrate,
    /// Tell whether this configuration and database are fit to run
    ///
    /// Prints each finding with a mark: ✓ fine, ! worth a look, ✗ refuses to start. Changes nothing.
    Check,
    /// Print a whole configuration file: every key with its meaning, variable and default
    Config,
    /// Serve two demo organizations on this machine, with a PostgreSQL of its own
    ///
    /// Needs the PostgreSQL server programs and nothing else; reads no configuration. Ctrl-C stops everything; the next
    /// start resumes the same data.
    Demo(DemoArgs),
    /// Tend an installation
    #[command(subcommand)]
    Admin(Admin),
    /// Print the completions for a shell
    ///
    /// For example: `qualify completions bash > /etc/bash_completion.d/qualify`
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// How the demo is to run.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Where its data live: database, keys and mails
    ///
    /// [default: `$QUALIFY_DEMO_DIR`, else qualify/demo in `$XDG_DATA_HOME` or ~/.local/share; for root /var/lib/qualify-demo,
    /// because PostgreSQL runs as another user then]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Move its clock so many days ahead: tells what is kept for a limited time and will be due by then, and lets it go
    ///
    /// At most 36500. It goes for good: without this option it is not back. Remove the data to begin anew.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u16).range(..=36_500))]
    pub days_ahead: u16,
    /// Where its organizations pay
    #[arg(long, value_name = "WHERE", value_enum, default_value_t = DemoBilling::None)]
    pub billing: DemoBilling,
    /// Print one line of JSON once it is ready, for programs
    #[arg(long)]
    pub json: bool,
}

/// Where the demo's organizations pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemoBilling {
    /// Nowhere: everything is open to them
    None,
    /// At a provider on this machine that only pretends, and has a desk where time passes; all of this begins anew at each start
    Fake,
}

/// What can be tended.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// What the worker gave up on
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Print the SQL that makes roles and database, for a superuser to run
    ///
    /// For example: `qualify admin roles | psql --set ON_ERROR_STOP=1 postgres`
    Roles {
        /// The name of the database
        #[arg(long, value_name = "NAME", default_value = "qualify")]
        database: String,
    },
    /// The secret keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The audit trails
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What is kept for a limited time
    #[command(subcommand)]
    Retention(RetentionCommand),
    /// Print the register of what this installation does for organizations as processor (GDPR Art. 30(2))
    ///
    /// For whom, which data, when they end, who else gets them, and how they are kept safe, as configuration, code and data
    /// say it now. Of an organization nothing is read but what its forms tell everybody; changes nothing.
    Records {
        /// Print it as JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// What was paid
    #[command(subcommand)]
    Billing(BillingCommand),
    /// The log of breaches of the service
    #[command(subcommand)]
    Breaches(BreachesCommand),
    /// Requests about rights that reached the operator: an organization's to answer, or of members about their own accounts
    #[command(subcommand)]
    Requests(RequestsCommand),
    /// Organizations that are open to support
    #[command(subcommand)]
    Support(SupportCommand),
    /// Make a backup of the database, sealed, and print its name
    ///
    /// As the role of `backups.url`, by the `pg_dump` of the server's version. It is kept for `backups.days`, at most 14;
    /// those whose time is over are removed. Run it every night, or more often.
    Backup,
    /// List the backups, the newest first
    Backups,
    /// Make an empty database from a backup
    ///
    /// Stop `serve` and `work`, and make the database with `qualify admin roles` first. What was erased since the backup was
    /// made is erased from it again, and all that is due is swept; until that is done nobody serves from it. If it is
    /// interrupted, run it again.
    Restore {
        /// Its name, as `backups` lists it; none to go on with what was interrupted
        #[arg(value_name = "BACKUP")]
        backup: Option<String>,
        /// Restore although the log of what went since is lost: whoever was erased since comes back
        #[arg(long)]
        log_is_lost: bool,
        /// The owner of this organization reopened it after the backup was made
        #[arg(long, value_name = "ORGANIZATION")]
        reopened: Vec<OrganizationId>,
        /// This organization was closed when the backup was made, and is to go by now
        #[arg(long, value_name = "ORGANIZATION")]
        ended: Vec<OrganizationId>,
    },
}

/// What can be done about parked events.
#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// List the parked events, the latest first
    List {
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Put parked events back, as if never tried
    Replay {
        /// The event's id, as `list` shows it
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<EventId>,
        /// All that are parked
        #[arg(long)]
        all: bool,
    },
}

/// What can be done about keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print a new key for `security.keys`
    ///
    /// To rotate, put the new key before the old ones: nobody is signed out, and forms that are open stay good.
    Generate,
    /// Make a new key for the proofs of being signed in (access tokens)
    ///
    /// It happens by itself every 90 days. The new key signs a minute later, when all processes know it; what the one
    /// before signed counts to its end. Nobody is signed out.
    Rotate {
        /// Let nothing count that was signed before: for when a key may have become known. Browsers are given new proofs
        /// on their next click
        #[arg(long)]
        now: bool,
    },
}

/// What can be done about audit trails.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Walk along every chain and tell whether entries were removed, changed or swapped
    ///
    /// Names the first broken entry of each chain that is broken, and then ends with 1. Shows nobody's data; changes
    /// nothing.
    Verify {
        /// Only this organization's
        #[arg(long, value_name = "ID")]
        organization: Option<OrganizationId>,
    },
}

/// What can be done for support.
#[derive(Debug, Subcommand)]
pub enum SupportCommand {
    /// Print a link by which to look into an organization, if one of its owners opened it to support
    ///
    /// It works once, within five minutes. What it opens only looks, is told of in the organization's audit trail at each
    /// look, is seen by its members, and ends when the owner said, or says. There is no other way to what is theirs.
    Open {
        /// The word in the organization's public address, or its id
        #[arg(value_name = "SLUG_OR_ID")]
        organization: String,
    },
}

/// What can be done about what is kept for a limited time.
#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// Tell what is due and would go, rule by rule
    ///
    /// Changes nothing.
    Plan,
    /// Let go of what is due, now
    ///
    /// A worker does so by itself every quarter of an hour. Rules that a worker sweeps at this moment are left to it. Ends
    /// with 1 if a sweep breaks.
    Run,
    /// Print what is left of the organizations that were deleted: which, when, and how much of what
    ///
    /// No names; changes nothing.
    Certificates,
    /// Walk along the chain of all sweeps and tell whether one was removed, changed or swapped
    ///
    /// Names the first that is broken, and then ends with 1. Changes nothing.
    Verify,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    fn works(arguments: &[&str]) -> bool {
        match Cli::try_parse_from(arguments).unwrap().command {
            Command::Serve { no_work, .. } => !no_work,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn serving_works_too_unless_told_otherwise_and_the_last_word_counts() {
        assert!(works(&["qualify", "serve"]));
        assert!(works(&["qualify", "serve", "--work"]));
        assert!(!works(&["qualify", "serve", "--no-work"]));
        assert!(works(&["qualify", "serve", "--no-work", "--work"]));
    }

    #[test]
    fn a_replay_names_one_event_or_all() {
        let id = "0192f7a0-0000-7000-8000-000000000000";
        let replay = |more: &[&str]| Cli::try_parse_from([&["qualify", "admin", "outbox", "replay"], more].concat());
        assert!(replay(&[id]).is_ok());
        assert!(replay(&["--all"]).is_ok());
        assert!(replay(&[]).is_err());
        assert!(replay(&[id, "--all"]).is_err());
    }
}
