//! Another plan, the end of the subscription, and thinking better of that. Each is asked about on a page that says what
//! happens, and when.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::HeaderMap;
use qualify_domain::plan::PlanCode;
use qualify_usecases::BillingOverview;
use serde::Deserialize;

use super::{
    HERE, refuse,
    told::{beyond, can, contains, plan_name},
};
use crate::{
    actor::Member,
    fields::Posted,
    page::{Page, show},
    problem::Problem,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/settings/billing/plan.html")]
struct PlanPage {
    page: Page,
    code: &'static str,
    name: String,
    about: String,
    contains: Vec<String>,
    beyond: String,
}

#[derive(Template)]
#[template(path = "pages/settings/billing/cancellation.html")]
struct CancellationPage {
    page: Page,
    /// Until when everything stays as it is, in words.
    until: String,
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    /// The plan that is wished for.
    #[serde(default)]
    to: String,
}

/// `GET /settings/billing/plan`
pub async fn ask_plan(
    State(web): State<Web>,
    member: Member,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wish) = wish.map_err(|_| Problem::bad_request())?;
    let overview = web.app().billing.overview(&member.0.actor).await?;
    let to = wish.to.parse().ok().filter(|to: &PlanCode| overview.plans.contains(to));
    // What it is for already, or cannot be chosen, is no question.
    let to = to.filter(|to| can(&overview, web.now()).changes() && overview.standing.plan != Some(*to));
    let Some(to) = to else { return Ok(back("")) };
    let (t, name) = (member.text(), plan_name(member.text(), to));
    let now = overview.standing.plan.map(|plan| plan_name(t, plan)).unwrap_or_default();
    show(&PlanPage {
        page: Page { title: t.with("billing-plan-title", "plan", &name), ..super::super::page(&member.0, HERE) },
        code: to.code(),
        about: t.with_all("billing-plan-about", [("now", &*now), ("plan", &*name)]),
        contains: contains(t, to),
        beyond: beyond(t, to, overview.usage),
        name,
    })
}

/// `POST /settings/billing/plan`
pub async fn change_plan(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [plan] = posted.only(["plan"])?;
    let plan = plan.parse().map_err(|_| Problem::bad_request())?;
    match web.app().billing.change_plan(&member.0.actor, plan).await {
        Ok(()) => Ok(back("?done=plan")),
        Err(error) => refuse(&web, &member, &headers, error).await,
    }
}

/// `GET /settings/billing/cancellation`
pub async fn ask_cancellation(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let overview = web.app().billing.overview(&member.0.actor).await?;
    if !can(&overview, web.now()).cancels() {
        return Ok(back(""));
    }
    show(&CancellationPage {
        page: Page { title: member.text().get("billing-cancel-title"), ..super::super::page(&member.0, HERE) },
        until: until(&web, &member, &overview),
    })
}

/// Until when everything stays as it is: what is paid for, as far as the provider said.
fn until(web: &Web, member: &Member, overview: &BillingOverview) -> String {
    let paid = overview.subscription.as_ref().and_then(|one| one.trial_ends_at.max(one.renews_at));
    let paid = paid.filter(|until| web.now() < *until).map(|until| web.calendar(&member.0).day(until));
    let t = member.text();
    paid.map_or_else(|| t.get("billing-cancel-paid"), |day| t.with("billing-cancel-until", "day", day))
}

/// `POST /settings/billing/cancellation`
pub async fn cancel(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    match web.app().billing.cancel(&member.0.actor).await {
        Ok(()) => Ok(back("?done=cancelled")),
        Err(error) => refuse(&web, &member, &headers, error).await,
    }
}

/// `POST /settings/billing/resumption`
pub async fn resume(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    match web.app().billing.resume(&member.0.actor).await {
        Ok(()) => Ok(back("?done=resumed")),
        Err(error) => refuse(&web, &member, &headers, error).await,
    }
}

fn back(done: &str) -> Response {
    Redirect::to(&format!("{HERE}{done}")).into_response()
}
