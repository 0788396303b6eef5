//! Restricted leads: of each its id, why, since when and by whom, and nothing of what is kept.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::LeadId,
    restriction::{Ground, RestrictionError},
    violation::Rule,
};
use qualify_usecases::{Broken, Error};

use super::{
    lead::title,
    settings::{
        self,
        members::{name, read},
    },
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::Moment,
    page::{Page, show},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

const HERE: &str = "/privacy/restrictions";

#[derive(Template)]
#[template(path = "pages/restrictions.html")]
struct RestrictionsPage {
    page: Page,
    rows: Vec<Row>,
    filled: Filled,
}

struct Row {
    lead: LeadId,
    ground: String,
    names_ip: bool,
    since: Moment,
    author: String,
    is_announced: bool,
    is_refused: bool,
}

#[derive(Template)]
#[template(path = "pages/restriction.html")]
struct RestrictionPage {
    page: Page,
    lead: LeadId,
    person: String,
    grounds: Vec<(&'static str, String)>,
    filled: Filled,
}

/// `GET /privacy/restrictions`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    list_page(&web, &member, Filled::default()).await
}

async fn list_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let listed = web.app().restrictions.list(&member.0.actor).await?;
    let rows = listed.restrictions.iter().map(|one| {
        let author = listed.members.iter().find(|member| Some(member.membership.user) == one.author);
        Row {
            lead: one.lead,
            ground: ground(t, one.ground),
            names_ip: one.names_ip,
            since: calendar.moment(one.since),
            author: author.map(name).unwrap_or_default(),
            is_announced: one.lift_announced_at.is_some(),
            is_refused: one.lift_refused_at.is_some(),
        }
    });
    let page = settings::page(&member.0, HERE);
    show(&RestrictionsPage { page, rows: rows.collect(), filled })
}

/// `GET /leads/{id}/restriction`
pub async fn ask(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    ask_page(&web, &member, read(&id)?, Filled::default()).await
}

async fn ask_page(web: &Web, member: &Member, id: LeadId, filled: Filled) -> Result<Response, Problem> {
    let t = member.text();
    let lead = web.app().leads.read(&member.0.actor, id).await?;
    let person = title(&lead, t);
    let grounds = Ground::ALL.map(|one| (one.code(), ground(t, one))).to_vec();
    let page = Page::of(&member.0, "leads", t.get("restrict-title"));
    show(&RestrictionPage { page, lead: id, person, grounds, filled })
}

fn ground(t: Text, ground: Ground) -> String {
    t.get(&format!("restriction-ground-{}", ground.code()))
}

/// `POST /leads/{id}/restriction`
pub async fn restrict(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [ground, names_ip] = posted.only(["ground", "names_ip"])?;
    let Ok(chosen) = ground.parse::<Ground>() else {
        if !wants_page(&headers) {
            return Err(Problem::bad_request());
        }
        let words = member.text().rule("ground", Rule::NotAChoice);
        let filled = Filled::default().with("ground", ground).with("names_ip", names_ip).faulty("ground", words);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, ask_page(&web, &member, id, filled).await?).into_response());
    };
    web.app().restrictions.restrict(&member.0.actor, id, chosen, !names_ip.is_empty()).await?;
    Ok(Redirect::to(HERE).into_response())
}

/// `POST /privacy/restrictions/{id}/lift`: has the person told, which ends the restriction.
pub async fn lift(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [told] = posted.only(["told"])?;
    match web.app().restrictions.announce_lift(&member.0.actor, id, !told.is_empty()).await {
        Ok(()) => Ok(Redirect::to(HERE).into_response()),
        Err(Error::Rule(Broken::Restriction(error))) if wants_page(&headers) => {
            let key = match error {
                RestrictionError::Announced => "restriction-announced-already",
                RestrictionError::NobodyTold => "restriction-nobody-told",
            };
            let page = list_page(&web, &member, Filled::default().faulty("form", member.text().get(key))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
