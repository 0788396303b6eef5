//! Who was not told yet that their data is kept, until when that is to be done, and words to do it with (PRV-6).

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use qualify_domain::{
    access::Permission,
    id::LeadId,
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, Untold, origin};

use crate::{
    actor::Member,
    fields::Posted,
    moment::Calendar,
    page::{Page, show},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/informing.html")]
struct InformingPage {
    page: Page,
    fault: String,
    may_tell: bool,
    today: String,
    letter: String,
    batches: Vec<Row>,
    is_cut: bool,
}

struct Row {
    source: String,
    day_iso: String,
    title: String,
    count: String,
    due: String,
    is_late: bool,
    first: Vec<(LeadId, String)>,
}

/// `GET /informing`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    informing_page(&web, &member, String::new()).await
}

/// `POST /informing`: when a batch was told.
pub async fn tell(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [source, day, told_on] = posted.only(["source", "day", "told_on"])?;
    let day: Date = day.parse().map_err(|_| Problem::bad_request())?;
    let told = match told_on.parse() {
        Ok(told_on) => web.app().informings.tell(&member.0.actor, &source, day, told_on).await,
        Err(_) => Err(Error::Invalid(Violations::one("told_on", Rule::NotADate))),
    };
    match told {
        Ok(()) => Ok(Redirect::to("/informing").into_response()),
        Err(Error::Invalid(_)) if wants_page(&headers) => {
            let page = informing_page(&web, &member, member.text().get("informing-fault")).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn informing_page(web: &Web, member: &Member, fault: String) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let all = web.app().informings.list(&member.0.actor).await?;
    show(&InformingPage {
        page: Page::of(&member.0, "tasks", t.get("informing-title")),
        fault,
        may_tell: member.0.actor.may(Permission::ChangeLead),
        today: calendar.today().to_string(),
        letter: t.with("informing-letter", "organization", &*member.0.organization),
        batches: all.batches.iter().map(|untold| row(untold, t, &calendar)).collect(),
        is_cut: all.is_cut,
    })
}

fn row(untold: &Untold, t: Text, calendar: &Calendar) -> Row {
    let Untold { batch, import, is_late, is_cut } = untold;
    let file = import.as_ref().map(|import| import.file.to_string());
    let from = file.unwrap_or_else(|| t.get("informing-program"));
    let nameless = |name: &String| if name.is_empty() { t.get("informing-nameless") } else { name.clone() };
    Row {
        source: origin(batch),
        day_iso: batch.day.to_string(),
        title: t.with_all("informing-batch", [("source", &*from), ("day", &*calendar.date(batch.day))]),
        count: if *is_cut {
            t.with("retention-at-least", "number", t.number(batch.leads))
        } else {
            t.number(batch.leads)
        },
        due: calendar.date(batch.due_on()),
        is_late: *is_late,
        first: batch.first.iter().map(|(id, name)| (*id, nameless(name))).collect(),
    }
}
