use qualify_usecases::{App, Broken, Error};
use secrecy::ExposeSecret;

use crate::{
    Failure,
    config::{Config, Purpose, Sources},
    log, say,
    wire::{self, System},
};

/// Prints a link into an organization that one of its owners opened to support.
pub(super) async fn open(sources: &Sources, organization: &str) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Run)?;
    log::start(&config.section("log"))?;
    let system = System::build(&config, &wire::database(&config)?)?;
    let made = App::new(&system.ports).support.invite(organization).await;
    let made = made.map_err(|error| match error {
        Error::Rule(Broken::NotOpenToSupport) => {
            let what = "no owner opened an organization of that word or id to support; ask one to do so at";
            Failure::plain(format!("{what} {}/privacy/support", system.options.base_url))
        }
        other => {
            Failure::because("the database cannot be reached; is database.url right, and is the server up?")(other)
        }
    })?;
    say::line(format!("{}/support/{}", system.options.base_url, made.link.expose_secret()));
    say::aside(format!("works once, until {:.0}; what it opens ends at {:.0}", made.link_ends_at, made.ends_at));
    Ok(())
}
