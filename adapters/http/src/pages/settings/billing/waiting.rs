//! Where the browser comes back to from the provider. That proves nothing: what was heard from the provider is shown, and
//! asked for again until there is something (BIL-6).

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    HERE,
    told::{is_living, plan_name},
};
use crate::{
    actor::Member,
    page::{Page, show},
    problem::Problem,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/settings/billing/return.html")]
struct ReturnPage {
    page: Page,
    is_awaited: bool,
    /// What was subscribed to, in words; empty if nothing is.
    heard: String,
}

/// `GET /settings/billing/return`
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let t = member.text();
    let overview = web.app().billing.overview(&member.0.actor).await?;
    let plan = overview.standing.plan.filter(|_| is_living(&overview) && !overview.is_awaited);
    show(&ReturnPage {
        page: Page { title: t.get("billing-return-title"), ..super::super::page(&member.0, HERE) },
        is_awaited: overview.is_awaited,
        heard: plan.map(|plan| t.with("billing-return-heard", "plan", plan_name(t, plan))).unwrap_or_default(),
    })
}
