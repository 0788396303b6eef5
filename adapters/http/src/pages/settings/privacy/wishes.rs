//! What members ask of the operator about their own account: to object, and to have their data kept and not used.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use qualify_domain::{
    member_request::{MemberRequest, RIGHTS},
    rights_request::{Right, State as Standing, What},
    text::Message,
    violation::Violations,
};
use qualify_usecases::{Broken, Error};

use super::privacy_page;
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::{Calendar, Moment},
    problem::Problem,
    text::Text,
    web::Web,
};

/// What they can ask.
pub(super) struct Wish {
    pub(super) anchor: &'static str,
    pub(super) path: String,
    pub(super) field: &'static str,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) label: String,
    pub(super) action: String,
    /// Until when it is answered, in words, if they asked it already.
    pub(super) waits: Option<String>,
}

/// What they asked.
pub(super) struct Asked {
    pub(super) right: String,
    pub(super) at: Moment,
    pub(super) state: String,
    pub(super) words: String,
    /// What was said about it.
    pub(super) answer: String,
}

pub(super) fn wishes(requests: &[MemberRequest], t: Text, calendar: &Calendar) -> Vec<Wish> {
    let wish = |right: Right| {
        let code = right.code();
        let open = requests.iter().find(|asked| asked.request.right == right && asked.is_open());
        let due = |asked: &MemberRequest| calendar.date(asked.request.due().day());
        Wish {
            anchor: if right == Right::Objection { "object" } else { "restrict" },
            path: format!("/settings/privacy/{code}"),
            field: code,
            title: t.get(&format!("wish-{code}")),
            about: t.get(&format!("wish-{code}-about")),
            label: t.get(&format!("wish-{code}-words")),
            action: t.get(&format!("wish-{code}-do")),
            waits: open.map(|asked| t.with("wish-waits", "when", due(asked))),
        }
    };
    RIGHTS.into_iter().map(wish).collect()
}

pub(super) fn asked(asked: &MemberRequest, t: Text, calendar: &Calendar) -> Asked {
    let request = &asked.request;
    let due = calendar.date(request.due().day());
    let (state, answer) = match request.steps.last().map(|step| &step.what) {
        Some(What::Extended { reasons }) => (t.with("wish-extended", "when", due), reasons.as_ref()),
        Some(What::Answered { words }) => (t.get("request-state-answered"), words.as_ref()),
        Some(What::Refused { reason, words }) => {
            let reason = t.get(&format!("refusal-{}", reason.code().replace('_', "-")));
            (t.with("step-refused", "reason", reason), words.as_ref())
        }
        _ if request.state() == Standing::Withdrawn => (t.get("request-state-withdrawn"), None),
        _ => (t.with("wish-open", "when", due), None),
    };
    Asked {
        right: t.get(&format!("wish-{}", request.right.code())),
        at: calendar.moment(request.received_at),
        state,
        words: asked.words.as_deref().unwrap_or_default().to_owned(),
        answer: answer.map(ToString::to_string).unwrap_or_default(),
    }
}

/// `POST /settings/privacy/objection`
pub async fn object(web: State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    ask(&web, &member, Right::Objection, posted).await
}

/// `POST /settings/privacy/restriction`
pub async fn restrict(web: State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    ask(&web, &member, Right::Restriction, posted).await
}

async fn ask(web: &Web, member: &Member, right: Right, posted: Posted) -> Result<Response, Problem> {
    let [words] = posted.only([right.code()])?;
    let mut faults = Violations::default();
    let parsed = faults.keep(right.code(), Message::parse(&words));
    let outcome = match faults.or(parsed) {
        Ok(words) => web.app().member_requests.ask(&member.0, right, words).await.map(|_| ()),
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let (t, filled) = (member.text(), Filled::default().with(right.code(), words));
    let (status, filled) = match outcome {
        Ok(()) => return Ok(back()),
        Err(Error::Invalid(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t)),
        // The page shows it: another tab was faster.
        Err(Error::Conflict(_)) => (StatusCode::CONFLICT, filled),
        Err(error) => return Err(error.into()),
    };
    Ok((status, privacy_page(web, member, filled).await?).into_response())
}

/// `POST /settings/privacy/objection/withdrawal`
pub async fn no_objection(web: State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    withdraw(&web, &member, Right::Objection, posted).await
}

/// `POST /settings/privacy/restriction/withdrawal`
pub async fn no_restriction(web: State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    withdraw(&web, &member, Right::Restriction, posted).await
}

async fn withdraw(web: &Web, member: &Member, right: Right, posted: Posted) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    match web.app().member_requests.withdraw(&member.0, right).await {
        // The page shows what became of what waits no more.
        Ok(()) | Err(Error::NotFound(_) | Error::Rule(Broken::Rights(_))) => Ok(back()),
        Err(error) => Err(error.into()),
    }
}

fn back() -> Response {
    Redirect::to("/settings/privacy#requests").into_response()
}
