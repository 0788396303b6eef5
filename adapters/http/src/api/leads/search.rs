use axum::{
    extract::{RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::{
    lead_filter::{LeadFilter, Search, WrittenFilter},
    lead_order::LeadOrder,
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, ListLeads};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::invalid;
use crate::{
    api::{
        body::Object,
        door::Caller,
        query::{self, MOST, USUAL},
        told,
        wire::{FilterBody, LeadPage, SortCode},
    },
    fields::Unreadable,
    place,
    problem::Problem,
    web::Web,
};

/// Which leads to find. What is left out asks for nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct LeadSearch {
    /// What must be true of the leads.
    filter: Option<FilterBody>,
    /// What their name, e-mail address or telephone number begins with; from three letters on also words of their
    /// messages and notes.
    #[schema(min_length = 2, max_length = 100, example = "anna")]
    q: Option<String>,
    /// By what they are sorted; a `-` puts the greatest first. `-created` if nothing is said.
    #[schema(example = "-created")]
    sort: Option<SortCode>,
    /// The place after which the part begins: the `next` of the part before, in the same order.
    #[schema(max_length = 1_000)]
    after: Option<String>,
    /// How many leads a part has: 50 if nothing is said.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u16>,
}

/// Find leads.
///
/// The leads within the key's reach for which a filter holds, in an order of your choice. A page deep in the list costs
/// what the first one does. A filter is a group (`all`, `any`, `not`) or a condition (`field`, `op`, `value`); at most five
/// groups stand within one another, and it has at most fifty parts. An id that is not there is true of no lead; days begin
/// in UTC; `me` is nobody, since a key is no member. A property of `GET /api/v1/properties` is compared by its kind; one
/// that is archived, or that is of another kind, is refused.
#[utoipa::path(post, path = "/api/v1/leads/search", operation_id = "searchLeads", request_body = LeadSearch,
    responses((status = 200, description = "A part of what was found.", body = LeadPage)))]
pub async fn search(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &["filter", "q", "sort", "after", "limit"], caller.text).await?;
    let wanted = read(&object).map_err(|(unreadable, faults)| invalid(&unreadable, &faults, caller.text))?;
    let list = web.app().leads.list(&caller.program.actor, &wanted).await.map_err(|error| match error {
        Error::Invalid(faults) => invalid(&[], &faults, caller.text),
        error => error.into(),
    })?;
    Ok(told(StatusCode::OK, &LeadPage::found(&list, wanted.order, web.now())))
}

fn read(object: &Object) -> Result<ListLeads, (Vec<Unreadable>, Violations)> {
    let (mut unreadable, mut faults) = (Vec::new(), Violations::default());
    let filter = filter(object.value("filter")).map_err(|rule| unreadable.push(("filter", rule))).unwrap_or_default();
    let texts = ["q", "sort", "after"].map(|name| object.text(name, &mut unreadable).filter(|text| !text.is_empty()));
    let [q, sort, after] = texts;
    let search = q.and_then(|text| faults.keep("q", Search::parse(&text)));
    let order = sort.and_then(|text| faults.keep("sort", text.parse())).unwrap_or_else(LeadOrder::default);
    let after = after.and_then(|text| faults.keep("after", place::read(&text, order).ok_or(Rule::NotAPlace)));
    let limit = part_limit(object, &mut faults);
    let wanted = limit.map(|limit| ListLeads {
        filter,
        search,
        order,
        after,
        limit,
        refuses_gone: true,
        ..ListLeads::default()
    });
    if unreadable.is_empty() {
        faults.clone().or(wanted).map_err(|faults| (unreadable, faults))
    } else {
        Err((unreadable, faults))
    }
}

/// How many rows a part is to have; what is no such number goes to `faults`.
pub(in crate::api) fn part_limit(object: &Object, faults: &mut Violations) -> Option<u16> {
    match object.value("limit") {
        None | Some(Value::Null) => Some(USUAL),
        Some(number) => {
            let limit = number.as_u64().and_then(|number| u16::try_from(number).ok());
            let limit = limit.filter(|limit| (1..=MOST).contains(limit)).ok_or(Rule::OutOfRange(MOST.into()));
            faults.keep("limit", limit)
        }
    }
}

/// A filter as JSON; the name of what is wrong with it.
pub fn filter(value: Option<&Value>) -> Result<LeadFilter, &'static str> {
    match value {
        None | Some(Value::Null) => Ok(LeadFilter::default()),
        Some(value) => {
            let written = WrittenFilter::deserialize(value).map_err(|_| "rule-filter-unreadable")?;
            LeadFilter::try_from(written).map_err(|error| match error.fault.code() {
                "filter-too-deep" => "rule-filter-too-deep",
                "filter-too-many" => "rule-filter-too-many",
                "filter-field" => "rule-filter-field",
                "filter-operator" => "rule-filter-operator",
                "filter-value" => "rule-filter-value",
                _ => "rule-filter-shape",
            })
        }
    }
}
