//! `/api/v1/webhooks`: where the organization is told of its leads, and what it was told. A key neither makes one nor says
//! where it is: that comes with a secret, and is for members.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use qualify_domain::{
    id::{DeliveryId, EndpointId},
    violation::Rule,
};

use super::{
    body::{Nothing, Object},
    cursor,
    door::Caller,
    query::{self, Query},
    told,
    wire::{DeliveryPage, WebhookBody, WebhookList},
};
use crate::{problem::Problem, web::Web};

/// List the webhooks.
///
/// All of them, the newest first. Members make them, with the secret that signs what is sent.
#[utoipa::path(get, path = "/api/v1/webhooks", operation_id = "listWebhooks",
    responses((status = 200, description = "The webhooks.", body = WebhookList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let found = web.app().hooks.list(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &WebhookList::from(&*found.endpoints)))
}

/// Read a webhook.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", operation_id = "readWebhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook.", body = WebhookBody)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let endpoint = web.app().hooks.find(&caller.program.actor, webhook_id(&id)?).await?;
    Ok(told(StatusCode::OK, &WebhookBody::from(&endpoint)))
}

/// Pause a webhook.
///
/// What happens meanwhile waits until it is resumed.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/pause", operation_id = "pauseWebhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    request_body = Nothing,
    responses((status = 204, description = "It is paused.")))]
pub async fn pause(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let id = of_nothing(&caller, &id, raw.as_deref(), request).await?;
    web.app().hooks.pause(&caller.program.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Resume a webhook.
///
/// One that was paused, or was disabled because it was gone or took nothing for five days.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/resumption", operation_id = "resumeWebhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    request_body = Nothing,
    responses((status = 204, description = "It is told again.")))]
pub async fn resume(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let id = of_nothing(&caller, &id, raw.as_deref(), request).await?;
    web.app().hooks.resume(&caller.program.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Send a webhook a test event.
///
/// `webhook.test`, which tells of nothing. It is among the deliveries at once, and goes out in a moment; where the webhook is paused
/// or disabled, once it is resumed.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", operation_id = "testWebhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    request_body = Nothing,
    responses((status = 204, description = "It is on its way.")))]
pub async fn test(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let id = of_nothing(&caller, &id, raw.as_deref(), request).await?;
    web.app().hooks.test(&caller.program.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Remove a webhook.
///
/// With all that waits for it, and its secret. It cannot be undone.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", operation_id = "removeWebhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    responses((status = 204, description = "It is removed.")))]
pub async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    web.app().hooks.remove(&caller.program.actor, webhook_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Which deliveries.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct Wanted {
    /// The place after which the part begins: the `next` of the part before.
    #[param(pattern = "^00[0-9a-f]{46}$")]
    after: Option<String>,
}

/// List what a webhook was told.
///
/// The newest first, in parts of 50, with what became of each. They are kept for 7 days.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", operation_id = "listDeliveries",
    params(("id" = Uuid, Path, description = "The webhook's id."), Wanted),
    responses((status = 200, description = "A part of the list.", body = DeliveryPage)))]
pub async fn deliveries(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["after"], caller.text);
    let after = query.take("after", |text| cursor::read_delivery(text).ok_or(Rule::NotAPlace));
    let id = webhook_id(&query.or(id)?)?;
    let found = web.app().hooks.deliveries(&caller.program.actor, id, after).await?;
    Ok(told(StatusCode::OK, &DeliveryPage::from(&found.deliveries)))
}

/// Replay a delivery.
///
/// It is told once more, as things are by then, with the same `webhook-id`, whatever became of it before.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{delivery}/replay", operation_id = "replayDelivery",
    params(
        ("id" = Uuid, Path, description = "The webhook's id."),
        ("delivery" = Uuid, Path, description = "The delivery's id."),
    ),
    request_body = Nothing,
    responses((status = 204, description = "It is on its way.")))]
pub async fn replay(
    State(web): State<Web>,
    caller: Caller,
    Path((id, delivery)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let id = of_nothing(&caller, &id, raw.as_deref(), request).await?;
    let delivery: DeliveryId = delivery.parse().map_err(|_| Problem::not_found())?;
    web.app().hooks.replay(&caller.program.actor, id, delivery).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The webhook of an address, where nothing else is said.
async fn of_nothing(caller: &Caller, id: &str, raw: Option<&str>, request: Request) -> Result<EndpointId, Problem> {
    query::none(raw, caller.text)?;
    let id = webhook_id(id)?;
    Object::read(request, &[], caller.text).await?;
    Ok(id)
}

fn webhook_id(raw: &str) -> Result<EndpointId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}
