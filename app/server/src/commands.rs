//! The sub-commands, one file each where there is something to do.

mod admin;
mod audit;
mod backups;
mod billing;
mod breaches;
mod check;
mod records;
mod requests;
mod retention;
mod serve;
mod support;

use clap::CommandFactory;
use clap_complete::generate;
use qualify_usecases::Endings;

pub(crate) use self::retention::planned;
use crate::{
    Failure,
    cli::{Admin, AuditCommand, Cli, Command, KeysCommand, SupportCommand},
    config::{self, Config, Purpose, Sources},
    demo, log, say, stop,
};

/// Does what the command line says.
///
/// # Errors
/// [`Failure`], with what to do about it.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let sources = || Sources::of_process(cli.config.clone());
    match cli.command {
        Command::Serve { no_work, .. } => serve::serve(&sources(), !no_work).await,
        Command::Work => serve::work(&sources()).await,
        Command::Migrate => migrate(&sources()).await,
        Command::Check => check::check(&sources()).await,
        Command::Config => {
            say::line(config::print().trim_end());
            Ok(())
        }
        Command::Demo(arguments) => demo::run(&arguments, stop::on_signals()?).await,
        Command::Admin(Admin::Outbox(command)) => admin::outbox(&sources(), command).await,
        Command::Admin(Admin::Roles { database }) => {
            say::line(admin::roles(&database));
            Ok(())
        }
        Command::Admin(Admin::Keys(KeysCommand::Generate)) => {
            admin::generate_key();
            Ok(())
        }
        Command::Admin(Admin::Audit(AuditCommand::Verify { organization })) => {
            audit::verify(&sources(), organization).await
        }
        Command::Admin(Admin::Records { json }) => records::print(&sources(), json).await,
        Command::Admin(Admin::Retention(command)) => retention::run(&sources(), command).await,
        Command::Admin(Admin::Billing(command)) => billing::run(&sources(), command).await,
        Command::Admin(Admin::Breaches(command)) => breaches::run(&sources(), command).await,
        Command::Admin(Admin::Requests(command)) => requests::run(&sources(), command).await,
        Command::Admin(Admin::Support(SupportCommand::Open { organization })) => {
            support::open(&sources(), &organization).await
        }
        Command::Admin(Admin::Backup) => backups::make(&sources()).await,
        Command::Admin(Admin::Backups) => backups::list(&sources()).await,
        Command::Admin(Admin::Restore { backup, log_is_lost, reopened, ended }) => {
            let endings = Endings { reopened: reopened.into_iter().collect(), ended: ended.into_iter().collect() };
            backups::restore(&sources(), backup.as_deref(), log_is_lost, &endings).await
        }
        Command::Admin(Admin::Keys(KeysCommand::Rotate { now })) => admin::rotate_keys(&sources(), now).await,
        Command::Completions { shell } => {
            let mut page = Vec::new();
            generate(shell, &mut Cli::command(), "qualify", &mut page);
            say::line(String::from_utf8_lossy(&page).trim_end());
            Ok(())
        }
    }
}

async fn migrate(sources: &Sources) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Migrate)?;
    log::start(&config.section("log"))?;
    serve::migrate(&config).await?;
    say::line("The schema is the one of this program.");
    Ok(())
}
