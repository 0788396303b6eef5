//! The log of breaches of personal data (PRV-8): those of the service that concern the organization, and its own.

pub mod one;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use jiff::{Timestamp, civil::DateTime};
use qualify_domain::{
    breach::{Breach, BreachError, Incident},
    id::BreachId,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, Error, LogBreach};

use super::settings;
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::{Calendar, Moment},
    page::{Page, show},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

const HERE: &str = "/privacy/breaches";

#[derive(Template)]
#[template(path = "pages/breaches/list.html")]
struct ListPage {
    page: Page,
    filled: Filled,
    /// Whether the reader is to accept the processing agreement.
    asks: bool,
    of_service: Vec<Notice>,
    own: Vec<Row>,
}

/// A breach of the service.
struct Notice {
    row: Row,
    told: Option<Moment>,
}

/// A breach, as both pages tell of it.
struct Row {
    id: BreachId,
    happened: String,
    categories: String,
    people: String,
    effects: String,
    measures: String,
    aware: Moment,
    logged: Moment,
    cnil_due: Moment,
    cnil_told: Option<Moment>,
    people_told: Option<Moment>,
    closed: Option<Moment>,
    late_because: String,
    untold_because: String,
    /// Where it stands, in words: how much of the 72 hours is left, or what came of them.
    standing: String,
    /// How urgent that looks.
    urgency: &'static str,
}

/// `GET /privacy/breaches`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let now = local(&web.calendar(&member.0));
    list_page(&web, &member, Filled::default().with("aware_at", now)).await
}

async fn list_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let log = web.app().breaches.list(&member.0.actor).await?;
    let notices = log.of_service.iter().map(|notice| Notice {
        row: row(&notice.breach, t, &calendar),
        told: notice.told_at.map(|at| calendar.moment(at)),
    });
    show(&ListPage {
        page: settings::page(&member.0, HERE),
        filled,
        asks: web.app().agreements.asks(&member.0.actor).await?,
        of_service: notices.collect(),
        own: log.own.iter().map(|breach| row(breach, t, &calendar)).collect(),
    })
}

fn row(breach: &Breach, t: Text, calendar: &Calendar) -> Row {
    let incident = &breach.incident;
    let (urgency, standing) = standing(breach, t, calendar.now());
    let reasons = |reasons: Option<&Message>| reasons.map(ToString::to_string).unwrap_or_default();
    Row {
        id: breach.id,
        happened: incident.happened.to_string(),
        categories: incident.categories.to_string(),
        people: incident.people.map_or_else(|| t.get("breach-people-unknown"), |people| t.number(people.into())),
        effects: incident.effects.to_string(),
        measures: incident.measures.to_string(),
        aware: calendar.moment(breach.aware_at),
        logged: calendar.moment(breach.logged_at),
        cnil_due: calendar.moment(breach.cnil_due_at()),
        cnil_told: breach.cnil.as_ref().map(|told| calendar.moment(told.at)),
        people_told: breach.people_told_at.map(|at| calendar.moment(at)),
        closed: breach.closed.as_ref().map(|closed| calendar.moment(closed.at)),
        late_because: reasons(breach.cnil.as_ref().and_then(|told| told.late_because.as_ref())),
        untold_because: reasons(breach.closed.as_ref().and_then(|closed| closed.untold_because.as_ref())),
        standing,
        urgency,
    }
}

fn standing(breach: &Breach, t: Text, now: Timestamp) -> (&'static str, String) {
    if breach.closed.is_some() {
        return ("", t.get("breach-closed"));
    }
    if breach.cnil.is_some() {
        return ("", t.get("breach-cnil-knows"));
    }
    if breach.is_overdue(now) {
        return ("overdue", t.get("breach-overdue"));
    }
    let left = breach.cnil_due_at().duration_since(now);
    let urgency = if left.as_hours() < 24 { "today" } else { "" };
    (urgency, t.times("breach-left", "", left.as_hours()))
}

/// `POST /privacy/breaches`
pub async fn log(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let names = ["aware_at", "happened", "categories", "people", "effects", "measures"];
    let values = posted.only(names)?;
    let filled =
        names.into_iter().zip(&values).fold(Filled::default(), |filled, (name, value)| filled.with(name, value));
    let outcome = match parse(&values, &web.calendar(&member.0)) {
        Ok(command) => web.app().breaches.log(&member.0.actor, command).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let t = member.text();
    let filled = match outcome {
        Ok(id) => return Ok(Redirect::to(&format!("{HERE}/{id}")).into_response()),
        Err(error) if !wants_page(&headers) => return Err(error.into()),
        Err(Error::Invalid(faults)) => filled.faulty_all(&faults, t),
        Err(Error::Rule(Broken::Breach(error))) => filled.faulty("aware_at", refused(t, error)),
        Err(error) => return Err(error.into()),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, list_page(&web, &member, filled).await?).into_response())
}

fn parse(values: &[String; 6], calendar: &Calendar) -> Result<LogBreach, Violations> {
    let [aware_at, facts @ ..] = values;
    let mut faults = Violations::default();
    let aware_at = faults.keep("aware_at", moment(aware_at, calendar));
    let incident = incident(facts, &mut faults);
    faults.or(incident.zip(aware_at).map(|(incident, aware_at)| LogBreach { incident, aware_at }))
}

/// The fields that say what happened.
const FACTS: [&str; 5] = ["happened", "categories", "people", "effects", "measures"];

/// What those fields say.
fn incident(values: &[String; 5], faults: &mut Violations) -> Option<Incident> {
    let [happened, categories, people, effects, measures] = values;
    let happened = faults.keep("happened", Message::parse(happened));
    let categories = faults.keep("categories", Message::parse(categories));
    let people = faults.keep("people", number(people));
    let effects = faults.keep("effects", Message::parse(effects));
    let measures = faults.keep("measures", Message::parse(measures));
    let facts = happened.zip(categories).zip(people).zip(effects.zip(measures));
    facts.map(|(((happened, categories), people), (effects, measures))| Incident {
        happened,
        categories,
        people,
        effects,
        measures,
    })
}

fn number(raw: &str) -> Result<Option<u32>, Rule> {
    match raw.trim() {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| Rule::NotANumber),
    }
}

/// A moment as the field of a page writes it, by the clocks of whoever reads the page.
fn moment(raw: &str, calendar: &Calendar) -> Result<Timestamp, Rule> {
    let local = raw.trim().parse::<DateTime>().map_err(|_| Rule::NotADate)?;
    calendar.zone().to_timestamp(local).map_err(|_| Rule::NotADate)
}

/// Now, as the field of a page writes it.
fn local(calendar: &Calendar) -> String {
    calendar.zone().to_datetime(calendar.now()).strftime("%Y-%m-%dT%H:%M").to_string()
}

fn refused(t: Text, error: BreachError) -> String {
    t.get(match error {
        BreachError::NotThen => "breach-not-then",
        BreachError::NoReasons => "breach-no-reasons",
        BreachError::Told => "breach-told",
        BreachError::Closed => "breach-closed-already",
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use qualify_domain::language::Language;

    use super::*;

    #[test]
    fn moments_are_read_by_the_clocks_of_whoever_types_them() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let calendar = Calendar::new(Language::English, paris, "2026-11-28T09:15:40Z".parse().unwrap());
        assert_eq!(local(&calendar), "2026-11-28T10:15");
        assert_eq!(moment("2026-11-28T10:15", &calendar), Ok("2026-11-28T09:15:00Z".parse().unwrap()));
        assert_eq!(moment(" 2026-07-01T00:30 ", &calendar), Ok("2026-06-30T22:30:00Z".parse().unwrap()));
        for wrong in ["", "yesterday", "2026-02-30T10:00", "10:15"] {
            assert_eq!(moment(wrong, &calendar), Err(Rule::NotADate), "{wrong:?}");
        }
    }

    #[test]
    fn a_number_of_people_may_be_left_open() {
        assert_eq!((number(""), number(" 1200 ")), (Ok(None), Ok(Some(1_200))));
        for wrong in ["many", "-1", "1.5", "4294967296"] {
            assert_eq!(number(wrong), Err(Rule::NotANumber), "{wrong}");
        }
    }
}
