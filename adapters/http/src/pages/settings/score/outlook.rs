//! What other rules would do.

use askama::Template;
use axum::{extract::State, response::Response};
use qualify_domain::score::Letter;
use qualify_usecases::{Error, Proposal, ScoreOutlook};

use super::{HERE, grade_words, rule, typed::Typed};
use crate::{
    actor::Member,
    fields::Posted,
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

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

impl OutlookCard {
    /// An outlook in the reader's words.
    pub fn of(t: Text, found: &ScoreOutlook) -> Self {
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
        let share = |sign: String, bears: &dyn Fn(&qualify_domain::score::Grade) -> bool| {
            let counts = outlook.grades.iter().filter(|(grade, _)| bears(grade)).map(|(_, counts)| *counts);
            let (before, after) = counts.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
            Share { sign, before, after, whole: outlook.looked_at }
        };
        let letters = Letter::ALL.map(|letter| share(letter.code().to_owned(), &|grade| grade.letter() == letter));
        let numbers = [1, 2, 3, 4].map(|number: u8| share(number.to_string(), &|grade| grade.number() == number));
        let movers = outlook.movers.iter().map(|mover| {
            let told = |grade: qualify_domain::score::Grade| (grade.to_string(), grade_words(t, grade));
            let (id, name) = &mover.lead;
            let name = if name.is_empty() { t.get("nameless") } else { name.clone() };
            let (before, after) = (told(mover.before.grade()), told(mover.after.grade()));
            MoverRow { id: id.to_string(), name, before, after }
        });
        let movers: Vec<_> = movers.collect();
        let beyond = outlook.changes().saturating_sub(movers.len() as u64);
        Self {
            words: t.times("score-would-change", "", count(outlook.changes())),
            estimate,
            shares: letters.into_iter().chain(numbers).collect(),
            movers,
            more: if beyond > 0 { t.times("score-more-movers", "", count(beyond)) } else { String::new() },
        }
    }
}

/// `GET /settings/score/what-if`: what the draft would do.
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let found = web.app().scores.what_if(&member.0.actor, Proposal::Draft).await?;
    let outlook = OutlookCard::of(member.text(), &found);
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
    show(&OutlookPart { t: member.text(), outlook: OutlookCard::of(member.text(), &found) })
}
