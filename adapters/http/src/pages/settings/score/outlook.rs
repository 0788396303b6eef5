//! What other rules would do.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use qualify_domain::{
    id::LeadId,
    score::{Grade, Letter, Mover},
};
use qualify_usecases::{Error, Proposal, ScoreOutlook};
use serde::Deserialize;

use super::{HERE, grade_words, rule, typed::Typed};
use crate::{
    actor::Member,
    fields::Posted,
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

/// Where all leads are named that the draft would move.
const MOVERS: &str = "/settings/score/movers";

#[derive(Template)]
#[template(path = "pages/settings/score_movers.html")]
struct MoversPage {
    page: Page,
    about: String,
    movers: Vec<MoverRow>,
    is_first: bool,
    /// The address of the next part; empty if this is the last.
    more: String,
}

/// Which of them: by the draft or that version, after which lead.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    version: Option<i32>,
    after: Option<LeadId>,
}

#[derive(Template)]
#[template(path = "pages/settings/score_outlook.html")]
struct OutlookPage {
    page: Page,
    outlook: OutlookCard,
}

#[derive(Template)]
#[template(path = "pages/settings/score_outlook_part.html")]
struct OutlookPart {
    t: Text,
    outlook: OutlookCard,
}

/// What other rules would do, ready to be shown.
pub struct OutlookCard {
    /// In one sentence.
    pub words: String,
    /// Whether that is an estimate, and from how many leads; empty if it is exact.
    pub estimate: String,
    /// How many leads bear each letter and number, before and after.
    pub shares: Vec<Share>,
    /// Leads that would change.
    pub movers: Vec<MoverRow>,
    /// What lies beyond those, in words; empty if nothing does.
    pub more: String,
    /// Where all of them are named; empty where that is not known.
    pub all: String,
}

/// One sign of a grade.
pub struct Share {
    /// The sign.
    pub sign: String,
    /// How many leads bear it by the rules in force.
    pub before: u64,
    /// How many would.
    pub after: u64,
    /// How many were looked at: the whole of both.
    pub whole: u64,
}

/// One lead whose grade would be another.
pub struct MoverRow {
    /// Its id.
    pub id: String,
    /// What to call it.
    pub name: String,
    /// Its grade, and what that says.
    pub before: (String, String),
    /// Its grade by the other rules, and what that says.
    pub after: (String, String),
}

impl MoverRow {
    fn of(t: Text, mover: &Mover<(LeadId, String)>) -> Self {
        let told = |grade: Grade| (grade.to_string(), grade_words(t, grade));
        let (id, name) = &mover.lead;
        let name = if name.is_empty() { t.get("nameless") } else { name.clone() };
        let (before, after) = (told(mover.before.grade()), told(mover.after.grade()));
        Self { id: id.to_string(), name, before, after }
    }
}

impl OutlookCard {
    /// An outlook in the reader's words.
    pub fn of(t: Text, found: &ScoreOutlook, all: &str) -> Self {
        let outlook = &found.outlook;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let estimate = if outlook.is_estimate() {
            t.with_all(
                "score-estimate",
                [("some", &*outlook.looked_at.to_string()), ("all", &*outlook.all.to_string())],
            )
        } else {
            String::new()
        };
        let share = |sign: String, bears: &dyn Fn(&Grade) -> bool| {
            let counts = outlook.grades.iter().filter(|(grade, _)| bears(grade)).map(|(_, counts)| *counts);
            let (before, after) = counts.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
            Share { sign, before, after, whole: outlook.looked_at }
        };
        let letters = Letter::ALL.map(|letter| share(letter.code().to_owned(), &|grade| grade.letter() == letter));
        let numbers = [1, 2, 3, 4].map(|number: u8| share(number.to_string(), &|grade| grade.number() == number));
        let movers: Vec<_> = outlook.movers.iter().map(|mover| MoverRow::of(t, mover)).collect();
        let beyond = outlook.changes().saturating_sub(movers.len() as u64);
        Self {
            words: t.times("score-would-change", "", count(outlook.changes())),
            estimate,
            shares: letters.into_iter().chain(numbers).collect(),
            movers,
            more: if beyond > 0 { t.times("score-more-movers", "", count(beyond)) } else { String::new() },
            all: all.to_owned(),
        }
    }
}

/// `GET /settings/score/what-if`: what the draft would do.
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let found = web.app().scores.what_if(&member.0.actor, Proposal::Draft).await?;
    let outlook = OutlookCard::of(member.text(), &found, MOVERS);
    show(&OutlookPage { page: super::super::page(&member.0, HERE), outlook })
}

/// `POST /settings/score/what-if`: what the draft would do with a rule as it stands in its form. Nothing is kept.
pub async fn ask(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let typed = Typed::read(&posted)?;
    let number = match typed.value("number") {
        "" => None,
        written => Some(written.parse().map_err(|_| Problem::bad_request())?),
    };
    let edit = rule::edit(&typed, number).map_err(Error::Invalid)?;
    let found = web.app().scores.what_if(&member.0.actor, Proposal::Edited(edit)).await?;
    show(&OutlookPart { t: member.text(), outlook: OutlookCard::of(member.text(), &found, "") })
}

/// The address at which all leads are named that a version would move.
pub fn movers_of(version: i32) -> String {
    format!("{MOVERS}?version={version}")
}

/// `GET /settings/score/movers`: all leads that the draft or an earlier version would give another grade, in parts.
pub async fn movers(
    State(web): State<Web>,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::bad_request())?;
    let proposal = asked.version.map_or(Proposal::Draft, Proposal::Version);
    let found = web.app().scores.movers(&member.0.actor, proposal, asked.after).await?;
    let t = member.text();
    let next = found.next.map(|after| match asked.version {
        Some(version) => format!("{}&after={after}", movers_of(version)),
        None => format!("{MOVERS}?after={after}"),
    });
    show(&MoversPage {
        page: super::super::page(&member.0, HERE),
        about: match asked.version {
            Some(version) => t.with("score-movers-version", "version", version),
            None => t.get("score-movers-draft"),
        },
        movers: found.movers.iter().map(|mover| MoverRow::of(t, mover)).collect(),
        is_first: asked.after.is_none(),
        more: next.unwrap_or_default(),
    })
}
