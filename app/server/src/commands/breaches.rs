use std::{collections::BTreeSet, fmt::Display, sync::Arc};

use qualify_domain::{
    breach::{Breach, Incident},
    text::Message,
};
use qualify_ports::storage::{Concerned, Named};
use qualify_postgres::Postgres;
use qualify_system::{SystemClock, Uuidv7};
use qualify_usecases::{Broken, Error, LogBreach, Logged, ServiceBreaches};

use crate::{
    Failure,
    cli::{BreachArgs, BreachesCommand, Whom},
    config::{Config, Purpose, Sources},
    log, say, wire,
};

/// Keeps the log of breaches of the service (PRV-8).
pub(super) async fn run(sources: &Sources, command: BreachesCommand) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Look)?;
    log::start(&config.section("log"))?;
    let storage = Arc::new(Postgres::new(&wire::database(&config)?, Arc::new(SystemClock)));
    let breaches = ServiceBreaches::new(storage, Arc::new(SystemClock), Arc::new(Uuidv7));
    match command {
        BreachesCommand::Log(arguments) => enter(&breaches, &arguments).await,
        BreachesCommand::List => {
            breaches.list().await.map_err(failed)?.iter().for_each(|logged| say::line(brief(logged)));
            Ok(())
        }
        BreachesCommand::Show { id } => {
            say::line(full(&breaches.open(id).await.map_err(failed)?));
            Ok(())
        }
        BreachesCommand::Revise { id, happened, categories, people, effects, measures } => {
            let happened = optional("--happened", happened.as_deref())?;
            let categories = optional("--categories", categories.as_deref())?;
            let effects = optional("--effects", effects.as_deref())?;
            let measures = optional("--measures", measures.as_deref())?;
            let revised = |before: Incident| Incident {
                happened: happened.unwrap_or(before.happened),
                categories: categories.unwrap_or(before.categories),
                people: people.or(before.people),
                effects: effects.unwrap_or(before.effects),
                measures: measures.unwrap_or(before.measures),
            };
            breaches.revise(id, revised).await.map_err(failed)
        }
        BreachesCommand::Concern { id, whom } => {
            say::line(named(breaches.concern(id, &concerned(&whom)).await.map_err(failed)?));
            Ok(())
        }
        BreachesCommand::Cnil { id, at, late_because } => {
            let reasons = optional("--late-because", late_because.as_deref())?;
            breaches.tell_cnil(id, at, reasons).await.map_err(failed)
        }
        BreachesCommand::People { id, at } => breaches.tell_people(id, at).await.map_err(failed),
        BreachesCommand::Close { id, untold_because } => {
            let reasons = optional("--untold-because", untold_because.as_deref())?;
            breaches.close(id, reasons).await.map_err(failed)
        }
    }
}

async fn enter(breaches: &ServiceBreaches, arguments: &BreachArgs) -> Result<(), Failure> {
    let incident = Incident {
        happened: text("--happened", &arguments.happened)?,
        categories: text("--categories", &arguments.categories)?,
        people: arguments.people,
        effects: text("--effects", &arguments.effects)?,
        measures: text("--measures", &arguments.measures)?,
    };
    let command = LogBreach { incident, aware_at: arguments.aware_at };
    let (id, added) = breaches.log(command, &concerned(&arguments.whom)).await.map_err(failed)?;
    let Logged { breach, .. } = breaches.open(id).await.map_err(failed)?;
    say::line(id);
    say::aside(format!("{}, the CNIL is due by {}", named(added), breach.cnil_due_at()));
    Ok(())
}

fn named(named: Named) -> String {
    format!("organizations that are told: {}", named.added)
}

fn concerned(whom: &Whom) -> Concerned {
    if whom.all {
        return Concerned::All;
    }
    let each: BTreeSet<_> = whom.organization.iter().copied().collect();
    Concerned::These(each.into_iter().collect())
}

fn text(option: &str, raw: &str) -> Result<Message, Failure> {
    Message::parse(raw).map_err(|rule| Failure::option(option, rule))
}

fn optional(option: &str, raw: Option<&str>) -> Result<Option<Message>, Failure> {
    raw.map(|raw| text(option, raw)).transpose()
}

/// One line of the list.
fn brief(logged: &Logged) -> String {
    let Logged { breach, count } = logged;
    let (id, aware, concerned, told) = (breach.id, breach.aware_at, count.concerned, count.told);
    format!("{id}  noticed {aware}  {}  organizations {concerned}, told {told}", standing(breach))
}

fn standing(breach: &Breach) -> String {
    match (&breach.closed, &breach.cnil) {
        (Some(closed), _) => format!("closed {}", closed.at),
        (None, Some(cnil)) => format!("open, CNIL told {}", cnil.at),
        (None, None) => format!("open, CNIL due {}", breach.cnil_due_at()),
    }
}

fn full(logged: &Logged) -> String {
    let breach = &logged.breach;
    let incident = &breach.incident;
    let people = incident.people.map_or_else(|| "not known yet".to_owned(), |people| people.to_string());
    let mut lines = vec![
        brief(logged),
        line("logged", breach.logged_at),
        line("what happened", &incident.happened),
        line("categories", &incident.categories),
        line("about how many people", people),
        line("effects", &incident.effects),
        line("measures", &incident.measures),
        line("organizations told by", breach.organizations_due_at()),
        line("CNIL told by", breach.cnil_due_at()),
    ];
    let cnil = breach.cnil.as_ref();
    lines.extend(cnil.map(|cnil| line("CNIL told", cnil.at)));
    lines.extend(cnil.and_then(|cnil| cnil.late_because.as_ref()).map(|reasons| line("late because", reasons)));
    lines.extend(breach.people_told_at.map(|at| line("people told", at)));
    let untold = breach.closed.as_ref().and_then(|closed| closed.untold_because.as_ref());
    lines.extend(untold.map(|reasons| line("CNIL not told because", reasons)));
    lines.join("\n")
}

fn line(about: &str, what: impl Display) -> String {
    format!("{about}: {what}")
}

fn failed(error: Error) -> Failure {
    match error {
        Error::NotFound(what) => Failure::plain(format!("there is no such {what}; nothing was changed")),
        Error::Rule(Broken::Breach(broken)) => Failure::plain(format!("{broken}; nothing was changed")),
        error => Failure::because("the log cannot be reached; is database.url right, and is the server up?")(error),
    }
}
