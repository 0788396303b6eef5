//! Ways to the provider: each is asked for by a form, and shown as a link on a page of ours (WEB-8). It is signed, works for a
//! day, and is kept nowhere (BIL-8).

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    plan::PlanCode,
    subscription::{PaymentLink, ProviderId},
};
use qualify_ports::billing::Place;
use qualify_usecases::Error;

use super::{HERE, refuse, told::plan_name};
use crate::{
    actor::Member,
    fields::Posted,
    page::{Page, show},
    problem::Problem,
    session::not_kept,
    web::Web,
};

/// No id of a document is longer.
const LONGEST_ID: usize = 100;

#[derive(Template)]
#[template(path = "pages/settings/billing/link.html")]
struct LinkPage {
    page: Page,
    /// What is to be known before.
    about: String,
    /// What the link is called.
    go: String,
    link: String,
    back: &'static str,
}

/// `POST /settings/billing/checkout`: nothing is subscribed to by that.
pub async fn check_out(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [plan] = posted.only(["plan"])?;
    let plan: PlanCode = plan.parse().map_err(|_| Problem::bad_request())?;
    let t = member.text();
    let about = t.with("billing-link-checkout", "plan", plan_name(t, plan));
    let found = web.app().billing.check_out(&member.0.actor, plan).await;
    answer(&web, &member, &headers, found, ("billing-go-checkout", about, HERE)).await
}

/// `POST /settings/billing/card`
pub async fn card(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    let found = web.app().billing.place(&member.0.actor, Place::Card).await;
    let about = member.text().get("billing-link-card");
    answer(&web, &member, &headers, found, ("billing-go-card", about, HERE)).await
}

/// `POST /settings/billing/portal`
pub async fn portal(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    let found = web.app().billing.place(&member.0.actor, Place::Portal).await;
    let about = member.text().get("billing-link-portal");
    answer(&web, &member, &headers, found, ("billing-go-portal", about, HERE)).await
}

/// `POST /settings/billing/bills/{id}/document`
pub async fn document(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    if id.len() > LONGEST_ID {
        return Err(Problem::not_found());
    }
    let found = web.app().billing.document(&member.0.actor, &ProviderId(id)).await;
    let about = member.text().get("billing-link-document");
    answer(&web, &member, &headers, found, ("billing-go-document", about, super::bills::HERE)).await
}

async fn answer(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    found: Result<PaymentLink, Error>,
    (key, about, back): (&str, String, &'static str),
) -> Result<Response, Problem> {
    let link = match found {
        Ok(link) => link.as_str().to_owned(),
        Err(error) => return refuse(web, member, headers, error).await,
    };
    let go = member.text().get(key);
    let page = Page { title: go.clone(), ..super::super::page(&member.0, HERE) };
    let mut response = (StatusCode::OK, show(&LinkPage { page, about, go, link, back })?).into_response();
    not_kept(response.headers_mut());
    Ok(response)
}
