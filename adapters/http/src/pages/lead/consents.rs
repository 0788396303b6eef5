//! What the person agreed to, purpose by purpose, what they said about it since, and whether they may be written to.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::HeaderMap;
use qualify_domain::{
    consent::{Consent, ConsentEvent, Matter, Refusal, Standing, State as Standings},
    form::Purpose,
    violation::{Rule, Violations},
};
use qualify_usecases::{End, Error};

use super::{back_to, read, told::Told};
use crate::{actor::Member, fields::Posted, moment::Moment, pages::choices, problem::Problem, text::Text, web::Web};

/// One matter of consent.
pub struct ConsentLine {
    /// For what.
    pub matter: String,
    /// Its stable name.
    pub code: &'static str,
    /// The kind of its badge, and what it says.
    pub badge: &'static str,
    pub state: String,
    /// When it was given last, or else asked for last; nothing if it never was asked for.
    pub at: Option<Moment>,
    pub form_id: String,
    pub form_name: String,
    /// That it was asked for again since, and the box left empty; nothing if it was not.
    pub again: String,
    /// Whether they may be written to for it; nothing where that is no question.
    pub writable: String,
    /// The words beside the box.
    pub wording: String,
    /// What was said about it, the newest first.
    pub history: Vec<String>,
    /// Whether it can be taken back.
    pub can_be_withdrawn: bool,
}

impl Told<'_> {
    /// What was asked in any of the lead's submissions, and what else was said.
    pub(super) fn consents(&self) -> Vec<ConsentLine> {
        let standings = Standing::all(&self.file.ledger);
        let consents = &self.file.consents;
        let asked = consents.iter().map(|consent| self.consent(consent.matter(), Some(consent), &standings));
        let unasked = standings.iter().filter(|one| consents.iter().all(|consent| consent.matter() != one.matter));
        asked.chain(unasked.map(|one| self.consent(one.matter, None, &standings))).collect()
    }

    fn consent(&self, matter: Matter, asked: Option<&Consent>, standings: &[Standing]) -> ConsentLine {
        let t = self.t;
        let standing = Standing::of(matter, standings);
        let told = asked.map(|consent| consent.given.as_ref().unwrap_or(&consent.last));
        let again = asked.and_then(Consent::left_empty_at);
        let again = again.map(|at| t.with("consent-again", "when", self.calendar.moment(at).full));
        let (badge, key) = match standing.map(|one| one.state) {
            Some(Standings::Given) => ("won", "consent-given"),
            Some(Standings::Awaiting) => ("warn", "consent-awaiting"),
            Some(Standings::Withdrawn) => ("", "consent-taken-back"),
            Some(Standings::Objected) => ("", "consent-objected"),
            None => ("", "consent-not-given"),
        };
        let history = self.file.ledger.iter().rev().filter(|event| event.matter == matter);
        ConsentLine {
            matter: name(t, matter),
            code: matter.code(),
            badge,
            state: t.get(key),
            at: told.map(|one| self.calendar.moment(one.at)),
            form_id: told.map(|one| one.form.to_string()).unwrap_or_default(),
            form_name: told.and_then(|one| self.form_name(one.form)).unwrap_or_default(),
            again: again.unwrap_or_default(),
            writable: match matter {
                Matter::Request => String::new(),
                Matter::Further(purpose) => self.writable(purpose),
            },
            wording: told.map(|one| one.wording.to_string()).unwrap_or_default(),
            history: history.map(|event| self.entry_of_ledger(event)).collect(),
            can_be_withdrawn: standing.is_some_and(Standing::can_be_withdrawn),
        }
    }

    fn entry_of_ledger(&self, event: &ConsentEvent) -> String {
        let method = event.method.code().replace('_', "-");
        self.t.with_all(
            &format!("consent-entry-{}", event.kind.code()),
            [
                ("when", &*self.calendar.moment(event.at).full),
                ("how", &self.t.get(&format!("consent-method-{method}"))),
            ],
        )
    }

    fn writable(&self, purpose: Purpose) -> String {
        let answer = self.file.writable.iter().find(|(one, _)| *one == purpose).map(|(_, answer)| answer);
        self.t.get(match answer {
            Some(Ok(())) => "consent-may-write",
            Some(Err(Refusal::Suppressed(_))) => "consent-suppressed",
            _ => "consent-may-not-write",
        })
    }
}

fn name(t: Text, matter: Matter) -> String {
    match matter {
        Matter::Request => t.get("consent-request"),
        Matter::Further(purpose) => choices::purpose(t, purpose),
    }
}

/// `POST /leads/{id}/consents`: what the person told a member. No matter is an objection to all marketing, of which it is asked
/// whether they are sure: nothing takes it back.
pub async fn end(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [matter, sure] = posted.only(["matter", "sure"])?;
    let what = match &*matter {
        "" if sure.is_empty() => return Err(Error::Invalid(Violations::one("sure", Rule::Required)).into()),
        "" => End::Objection,
        code => End::Withdrawal(code.parse().map_err(|_| Problem::bad_request())?),
    };
    web.app().consents.write_down(&member.0.actor, id, what).await?;
    Ok(back_to(id, None, &headers))
}
