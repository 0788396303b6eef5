//! For how long data are kept, and the proofs that they go.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::Permission,
    audit::hex,
    retention::{Delay, LEADS, MOST_LEAD_MONTHS, RetentionRule},
    text::Message,
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, MOST_SHOWN, RetentionFile, RuleState};
use serde::Deserialize;

use super::{reports::Bars, settings};
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

pub(super) const HERE: &str = "/privacy/retention";

/// So much of a hash is shown: enough to find the run by it.
const BEGINNING: usize = 12;

#[derive(Template)]
#[template(path = "pages/retention.html")]
struct RetentionPage {
    page: Page,
    filled: Filled,
    /// For how long leads are kept, in words.
    kept: String,
    /// Fewer months that begin to count later, in words; empty if there are none.
    soon: String,
    may_change: bool,
    /// Which leads go in the next twelve months.
    figure: Bars,
    ending: Vec<(String, String)>,
    /// What should have gone by now, in words.
    overdue: Vec<String>,
    rules: Vec<Row>,
}

struct Row {
    what: String,
    kept: String,
    next: Option<Moment>,
    due: String,
    proof: Option<Proof>,
}

struct Proof {
    sequence: i64,
    at: Moment,
    rows: String,
    hash: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    saved: String,
}

/// `GET /privacy/retention`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let file = web.app().retention.view(&member.0.actor).await?;
    let mut page = retention_page(&web, &member, &file, Filled::default());
    if coming.is_ok_and(|Query(coming)| !coming.saved.is_empty()) {
        page.page.toast = member.text().get("settings-saved");
    }
    show(&page)
}

/// `POST /privacy/retention`: keeps leads for another number of months.
pub async fn change(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [months, justification] = posted.only(["months", "justification"])?;
    let mut faults = Violations::default();
    let number = months.trim().parse().map_err(|_| Rule::OutOfRange(MOST_LEAD_MONTHS.into()));
    let number = faults.keep("months", number);
    let why = match justification.trim() {
        "" => None,
        _ => faults.keep("justification", Message::parse(&justification)),
    };
    let outcome = match faults.or(number) {
        Ok(number) => web.app().retention.keep_leads(&member.0.actor, number, why).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("{HERE}?saved=1")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let file = web.app().retention.view(&member.0.actor).await?;
            let typed = Filled::default().with("months", months).with("justification", justification);
            let page = retention_page(&web, &member, &file, typed.faulty_all(&faults, member.text()));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn retention_page(web: &Web, member: &Member, file: &RetentionFile, filled: Filled) -> RetentionPage {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let ending: Vec<_> =
        file.ending.iter().map(|(month, leads)| (calendar.month_of(*month), t.number(*leads), *leads)).collect();
    let drawn = ending.iter().map(|(month, words, leads)| (month.clone(), words.clone(), vec![*leads], None));
    let soon = file.months.before.filter(|(_, begins_at)| web.now() < *begins_at).map(|(_, begins_at)| {
        let (months, day) = (file.months.months.to_string(), calendar.moment(begins_at).full);
        t.with_all("retention-soon", [("months", &months), ("day", &day)])
    });
    let late = file.rules.iter().filter(|state| state.overdue > 0);
    RetentionPage {
        page: settings::page(&member.0, HERE),
        filled: filled
            .or("months", file.months.months.to_string())
            .or("justification", file.months.justification.as_deref().unwrap_or_default()),
        kept: t.times("retention-kept-months", "", file.counting.into()),
        soon: soon.unwrap_or_default(),
        may_change: member.0.actor.may(Permission::ManageRetention),
        figure: Bars::of(t.get("retention-ending"), drawn.collect(), Vec::new()),
        ending: ending.into_iter().map(|(month, words, _)| (month, words)).collect(),
        overdue: late.map(|state| format!("{}: {}", what(state.rule, t), counted(state.overdue, t))).collect(),
        rules: file.rules.iter().map(|state| row(state, t, &calendar)).collect(),
    }
}

fn row(state: &RuleState, t: Text, calendar: &Calendar) -> Row {
    Row {
        what: what(state.rule, t),
        kept: kept(state.rule, t),
        next: state.next_at.map(|at| calendar.moment(at)),
        due: counted(state.due, t),
        proof: state.last.as_ref().map(|run| Proof {
            sequence: run.sequence,
            at: calendar.moment(run.began_at),
            rows: t.number(u64::try_from(run.rows).unwrap_or_default()),
            hash: hex(&run.hash).chars().take(BEGINNING).collect(),
        }),
    }
}

/// Which data, and what starts their time.
pub(crate) fn what(rule: &RetentionRule, t: Text) -> String {
    t.get(&format!("retention-of-{}", rule.code.replace('_', "-")))
}

/// How long they are kept from then on.
pub(crate) fn kept(rule: &RetentionRule, t: Text) -> String {
    match rule.delay {
        Delay::Months(months) if rule.code == LEADS => t.with("retention-months-usual", "months", months),
        delay => time(delay, t),
    }
}

/// How long that is, in words.
pub(super) fn time(delay: Delay, t: Text) -> String {
    match delay {
        Delay::Time(delay) if delay.is_zero() => t.get("retention-at-once"),
        Delay::Time(delay) => t.with("retention-days", "days", delay.as_hours() / 24),
        Delay::Months(months) => t.with("retention-months", "months", months),
        Delay::Years(years) => t.with("retention-years", "years", years),
    }
}

fn counted(rows: u64, t: Text) -> String {
    let number = t.number(rows);
    if rows >= u64::from(MOST_SHOWN) { t.with("retention-at-least", "number", number) } else { number }
}

#[cfg(test)]
mod tests {
    use qualify_domain::{language::Language, retention::RULES};

    use super::*;

    #[test]
    fn what_is_kept_for_years_is_told_in_years() {
        let requests = RetentionRule::of_code("rights_request").unwrap();
        let told = [Language::English, Language::French].map(|language| kept(requests, Text::new(language)));
        assert_eq!(told, ["5 years", "5 ans"]);
    }

    #[test]
    fn every_rule_has_its_words() {
        for t in [Language::English, Language::French].map(Text::new) {
            for rule in RULES {
                assert!(!what(rule, t).starts_with("retention-of-"), "{}", rule.code);
            }
        }
    }
}
