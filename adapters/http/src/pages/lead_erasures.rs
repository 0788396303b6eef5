//! Many leads that are erased for good: those that were selected, or all that a list shows.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    erasure::Ground,
    id::LeadId,
    job::EraseLeads,
    violation::{Rule, Violations},
};
use qualify_usecases::Error;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::{
        lead::ground_key,
        lead_changes::{chosen, read_leads, unchosen},
        leads,
    },
    problem::{Problem, wants_page},
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/lead_erasures.html")]
struct ErasuresPage {
    page: Page,
    filled: Filled,
    /// The list, as its address says it.
    filter: String,
    /// Where the list is.
    back: String,
    leads: Vec<LeadId>,
    about: String,
    /// What is to be typed, so that nobody is erased by a slip.
    number: String,
    grounds: Vec<(&'static str, String)>,
}

/// `GET /leads/erasure`: for the leads that are named, else for those that the list shows at the same address. They are named
/// from here on: what is erased is what is told here.
pub async fn ask(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let (filter, leads) = chosen(raw.as_deref())?;
    let Some(mut leads) = leads else { return unchosen(&web, &member, &filter).await };
    let mut filled = Filled::default().with("ground", Ground::Asked.code());
    if leads.is_empty() {
        let looked = leads::looked(&web, &member, &filter).await?;
        let zone = web.calendar(&member.0).zone().clone();
        let settings = looked.settings;
        match web.app().jobs.to_erase(&member.0.actor, &settings.filter, looked.search.as_ref(), zone).await {
            Ok(shown) if shown.is_empty() => return unchosen(&web, &member, &filter).await,
            Ok(shown) => leads = shown,
            Err(Error::Invalid(faults)) => {
                filled = filled.faulty_all(&faults, member.text());
                let page = erasures_page(&web, &member, filter, leads, filled).await?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
            Err(error) => return Err(error.into()),
        }
    }
    erasures_page(&web, &member, filter, leads, filled).await
}

async fn erasures_page(
    web: &Web,
    member: &Member,
    filter: String,
    leads: Vec<LeadId>,
    filled: Filled,
) -> Result<Response, Problem> {
    let t = member.text();
    let back = leads::looked(web, member, &filter).await?.address();
    let grounds = Ground::ALL.map(|ground| (ground.code(), t.get(&format!("erasure-ground-{}", ground_key(ground)))));
    show(&ErasuresPage {
        page: Page::of(&member.0, "leads", t.get("erasures-title")),
        filled,
        filter,
        back,
        about: t.times("erasures-about", "", i64::try_from(leads.len()).unwrap_or(i64::MAX)),
        number: leads.len().to_string(),
        leads,
        grounds: grounds.to_vec(),
    })
}

/// `POST /leads/erasure`: a job that does it.
pub async fn begin(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let ([filter, number, ground], ids) = posted.only_with(["filter", "number", "ground"], "lead")?;
    let mut leads = read_leads(ids.iter().map(String::as_str))?;
    leads.sort_unstable();
    leads.dedup();
    let t = member.text();
    let mut faults = Violations::default();
    let chosen = faults.keep("ground", ground.parse::<Ground>());
    let is_number = number.trim() == leads.len().to_string();
    if !is_number {
        faults.add("number", Rule::NotAChoice);
    }
    let outcome = match faults.or(chosen) {
        Ok(ground) => web.app().jobs.erase_leads(&member.0.actor, EraseLeads { leads: leads.clone(), ground }).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(job) => Ok(Redirect::to(&format!("/jobs/{job}")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let filled = Filled::default().with("ground", ground).with("number", number);
            let filled = if is_number { filled } else { filled.faulty("number", t.get("erasures-other-number")) };
            let page = erasures_page(&web, &member, filter, leads, filled.faulty_all(&faults, t)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
