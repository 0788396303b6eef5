//! What the organization subscribed to, what it uses, and what can be changed about that.

pub mod bills;
pub mod changes;
pub mod links;
mod told;
pub mod waiting;

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use qualify_domain::{access::Permission, plan::PlanCode};
use qualify_usecases::{BillingOverview, Broken, Error};
use serde::Deserialize;

use self::told::{Can, State as Told, Used};
use crate::{
    actor::Member,
    page::{Page, show},
    pages::reports::Bars,
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

pub(super) const HERE: &str = "/settings/billing";

#[derive(Template)]
#[template(path = "pages/settings/billing/overview.html")]
struct OverviewPage {
    page: Page,
    told: Told,
    can: Can,
    may_manage: bool,
    is_awaited: bool,
    /// Why nothing was done, in words; empty if nothing was refused.
    refused: String,
    figure: Bars,
    used: Vec<Used>,
    plans: Vec<PlanTile>,
}

/// A plan to choose from.
struct PlanTile {
    code: &'static str,
    name: String,
    contains: Vec<String>,
    is_current: bool,
    /// What there is more of than it allows, in words; empty if it has room for all.
    beyond: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    /// What was just done.
    #[serde(default)]
    done: String,
}

/// `GET /settings/billing`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let t = member.text();
    let mut page = overview_page(&web, &member, String::new()).await?;
    page.page.toast = match coming.as_ref().map(|Query(coming)| &*coming.done) {
        Ok("plan") => t.get("billing-plan-changed"),
        Ok("cancelled") => t.get("billing-cancelled"),
        Ok("resumed") => t.get("billing-resumed"),
        _ => String::new(),
    };
    show(&page)
}

async fn overview_page(web: &Web, member: &Member, refused: String) -> Result<OverviewPage, Problem> {
    let t = member.text();
    let overview = web.app().billing.overview(&member.0.actor).await?;
    let calendar = web.calendar(&member.0);
    let used = told::used(&overview, t);
    Ok(OverviewPage {
        page: super::page(&member.0, HERE),
        told: told::state(&overview, t, &calendar),
        can: told::can(&overview, calendar.now()),
        may_manage: member.0.actor.may(Permission::ManageBilling),
        is_awaited: overview.is_awaited,
        refused,
        figure: told::figure(&overview, t),
        used,
        plans: overview.plans.iter().map(|plan| tile(*plan, &overview, t)).collect(),
    })
}

fn tile(plan: PlanCode, overview: &BillingOverview, t: Text) -> PlanTile {
    PlanTile {
        code: plan.code(),
        name: told::plan_name(t, plan),
        contains: told::contains(t, plan),
        is_current: told::is_living(overview) && overview.standing.plan == Some(plan),
        beyond: told::beyond(t, plan, overview.usage),
    }
}

/// The page once more, with why nothing was done: the provider does not answer, or refuses.
async fn refuse(web: &Web, member: &Member, headers: &HeaderMap, error: Error) -> Result<Response, Problem> {
    let is_told = matches!(
        error,
        Error::Rule(Broken::Subscribed | Broken::NoSubscription | Broken::PaymentRefused | Broken::ProviderAway)
            | Error::TooOften(_)
    );
    let problem = Problem::from(error);
    if !is_told || !wants_page(headers) {
        return Err(problem);
    }
    let page = overview_page(web, member, problem.detail(member.text())).await?;
    let wait = problem.retry_after().map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
    Ok((problem.code(), wait, show(&page)?).into_response())
}
