use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::{
    id::{FormId, StageId},
    lead_filter::{Condition, LeadFilter, Node, Search},
    violation::Rule,
};
use qualify_usecases::ListLeads;
use uuid::Uuid;

use crate::{
    api::{
        cursor,
        door::Caller,
        query::{Query, USUAL, limit},
        told,
        wire::LeadPage,
    },
    problem::Problem,
    web::Web,
};

/// Which leads.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct Wanted {
    /// How many leads a part has: 1 to 100, 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// The place after which the part begins: the `next` of the part before.
    #[param(pattern = "^00[0-9a-f]{46}$")]
    after: Option<String>,
    /// Only leads in this stage.
    stage: Option<Uuid>,
    /// Only leads first brought by this form.
    form: Option<Uuid>,
    /// Only leads whose name, e-mail address or telephone number begins so, or in whose messages and notes these words
    /// stand.
    #[param(
        min_length = 2,
        max_length = 100,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f]$"
    )]
    q: Option<String>,
}

/// List leads.
///
/// A part of the list, newest first, of the leads within the key's reach. A page deep in the list costs what the first
/// one does. An id of a stage or form that is not there finds nothing.
#[utoipa::path(get, path = "/api/v1/leads", operation_id = "listLeads", params(Wanted),
    responses((status = 200, description = "A part of the list.", body = LeadPage)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["limit", "after", "stage", "form", "q"], caller.text);
    let limit = query.take("limit", limit).unwrap_or(USUAL);
    let after = query.take("after", |text| cursor::read(text).ok_or(Rule::NotAPlace));
    let stage = query.take("stage", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let form = query.take("form", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let search = query.take("q", Search::parse);
    let (limit, after, search) = query.or((limit, after, search))?;
    let wanted = ListLeads { filter: filter_of(stage, form)?, search, after, limit, ..ListLeads::default() };
    let list = web.app().leads.list(&caller.program.actor, &wanted).await?;
    Ok(told(StatusCode::OK, &LeadPage::newest(&list, web.now())))
}

/// The filter of what the parameters name.
pub(in crate::api) fn filter_of(stage: Option<StageId>, form: Option<FormId>) -> Result<LeadFilter, Problem> {
    let stage = stage.map(|stage| Condition::Stage(vec![stage]));
    let form = form.map(|form| Condition::Form(vec![Some(form)]));
    LeadFilter::of(stage.into_iter().chain(form).map(Node::Is).collect()).map_err(|_| Problem::bad_request())
}
