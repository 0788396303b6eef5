//! Outgoing webhooks: where the organization is told of its leads, and what became of that. A secret is shown once.

mod told;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    hook::{Detail, Endpoint, EndpointState, EndpointWish, HookKind, HookUrl},
    id::{DeliveryId, EndpointId},
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, Error, NewEndpoint};
use secrecy::ExposeSecret;
use serde::Deserialize;

use self::told::{DeliveryRow, Row, Words, choices};
use super::members::{name, read};
use crate::{
    actor::Member,
    api::cursor,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
    web::Web,
};

const HERE: &str = "/settings/webhooks";
/// How a program checks that a message is ours.
const EXAMPLE: &str = include_str!("webhooks/verify.py");

#[derive(Template)]
#[template(path = "pages/settings/webhooks/list.html")]
struct ListPage {
    page: Page,
    filled: Filled,
    rows: Vec<Row>,
    kinds: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "pages/settings/webhooks/secret.html")]
struct SecretPage {
    page: Page,
    id: EndpointId,
    url: String,
    secret: String,
    /// That the secret before is good beside it, in words; empty if there was none.
    beside: String,
    example: &'static str,
}

#[derive(Template)]
#[template(path = "pages/settings/webhooks/one.html")]
struct OnePage {
    page: Page,
    filled: Filled,
    id: EndpointId,
    url: String,
    host: String,
    state: String,
    badge: &'static str,
    is_on: bool,
    /// Why it is told nothing, in words; empty if it is told.
    why: String,
    is_paused: bool,
    said: String,
    detail: String,
    made: String,
    deliveries: Vec<DeliveryRow>,
    is_further: bool,
    /// The address of the deliveries before these; empty if there are none.
    older: String,
    kinds: Vec<(&'static str, String)>,
    /// That the secret before is good still, in words; empty if there is none.
    beside: String,
    example: &'static str,
}

/// What the address of the pages may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    /// What was just done.
    #[serde(default)]
    done: String,
    /// The place after which the deliveries begin.
    #[serde(default)]
    after: String,
}

/// `GET /settings/webhooks`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(coming) = coming.map_err(|_| Problem::bad_request())?;
    let usual = Filled::default().with("detail", Detail::default().code());
    list_page(&web, &member, usual, &coming.done).await
}

async fn list_page(web: &Web, member: &Member, filled: Filled, done: &str) -> Result<Response, Problem> {
    let found = web.app().hooks.list(&member.0.actor).await?;
    let words = Words { t: member.text(), calendar: web.calendar(&member.0) };
    let newest = |endpoint: &Endpoint| found.newest.iter().find(|delivery| delivery.endpoint == endpoint.id);
    let mut page = super::page(&member.0, HERE);
    page.toast = if done == "removed" { words.t.get("hook-removed") } else { String::new() };
    show(&ListPage {
        page,
        filled,
        rows: found.endpoints.iter().map(|endpoint| words.row(endpoint, newest(endpoint))).collect(),
        kinds: choices(words.t),
    })
}

/// `POST /settings/webhooks`: the only answer that tells the secret.
pub async fn make(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (typed, wish) = read_wish(&posted)?;
    let outcome = match wish {
        Ok(wish) => web.app().hooks.make(&member.0.actor, wish).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(made) => secret_page(&web, &member, &made),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = list_page(&web, &member, typed.faulty_all(&faults, member.text()), "").await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::Rule(Broken::PlanFull(refused))) if wants_page(&headers) => {
            let page = list_page(&web, &member, typed.full(refused, member.text()), "").await?;
            Ok((StatusCode::PAYMENT_REQUIRED, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /settings/webhooks/{id}`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(coming) = coming.map_err(|_| Problem::bad_request())?;
    one_page(&web, &member, read(&id)?, Filled::default(), coming).await
}

async fn one_page(
    web: &Web,
    member: &Member,
    id: EndpointId,
    filled: Filled,
    coming: Coming,
) -> Result<Response, Problem> {
    let (t, after) = (member.text(), Some(&*coming.after).filter(|after| !after.is_empty()));
    let after = after.map(|after| cursor::read_delivery(after).ok_or_else(Problem::bad_request)).transpose()?;
    let (app, actor) = (web.app(), &member.0.actor);
    let found = app.hooks.deliveries(actor, id, after).await?;
    let people = app.members.people(actor).await?;
    let (words, endpoint) = (Words { t, calendar: web.calendar(&member.0) }, &found.endpoint);
    let maker = people.members.iter().find(|one| one.membership.user == endpoint.made_by);
    let maker = maker.map_or_else(|| t.get("somebody"), name);
    let (state, badge) = words.state(endpoint);
    let mut page = super::page(&member.0, HERE);
    endpoint.url.host().clone_into(&mut page.title);
    page.toast = match &*coming.done {
        "saved" => t.get("settings-saved"),
        "paused" => t.get("hook-paused"),
        "resumed" => t.get("hook-resumed"),
        "tested" => t.get("hook-tested"),
        "replayed" => t.get("hook-replayed"),
        _ => String::new(),
    };
    let older = found.deliveries.next.map(cursor::written_delivery);
    show(&OnePage {
        page,
        filled: wished(endpoint).over(filled),
        id,
        url: endpoint.url.to_string(),
        host: endpoint.url.host().to_owned(),
        state,
        badge,
        is_on: endpoint.state == EndpointState::On,
        why: words.why(endpoint.state),
        is_paused: endpoint.state == EndpointState::Paused,
        said: words.kinds(endpoint),
        detail: words.detail(endpoint.detail),
        made: t.with_all("key-made-by", [("name", &*maker), ("day", &*words.calendar.day(endpoint.created_at))]),
        deliveries: found.deliveries.items.iter().map(|delivery| words.delivery(delivery)).collect(),
        is_further: after.is_some(),
        older: older.map(|place| format!("{HERE}/{id}?after={place}#deliveries")).unwrap_or_default(),
        kinds: choices(t),
        beside: beside(web, &words, endpoint),
        example: EXAMPLE,
    })
}

/// `POST /settings/webhooks/{id}`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let (typed, wish) = read_wish(&posted)?;
    let outcome = match wish {
        Ok(wish) => web.app().hooks.change(&member.0.actor, id, wish).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(to(id, "saved")),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let typed = typed.faulty_all(&faults, member.text());
            let page = one_page(&web, &member, id, typed, Coming::default()).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/webhooks/{id}/pause`
pub async fn pause(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read(&id)?;
    web.app().hooks.pause(&member.0.actor, id).await?;
    Ok(to(id, "paused"))
}

/// `POST /settings/webhooks/{id}/resumption`
pub async fn resume(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read(&id)?;
    web.app().hooks.resume(&member.0.actor, id).await?;
    Ok(to(id, "resumed"))
}

/// `POST /settings/webhooks/{id}/test`
pub async fn test(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read(&id)?;
    web.app().hooks.test(&member.0.actor, id).await?;
    Ok(to(id, "tested"))
}

/// `POST /settings/webhooks/{id}/secret`: another secret, told in this answer only.
pub async fn rotate(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let made = web.app().hooks.rotate(&member.0.actor, read(&id)?).await?;
    secret_page(&web, &member, &made)
}

/// `POST /settings/webhooks/{id}/deliveries/{delivery}/replay`
pub async fn replay(
    State(web): State<Web>,
    member: Member,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, delivery): (_, DeliveryId) = (read(&id)?, read(&delivery)?);
    web.app().hooks.replay(&member.0.actor, id, delivery).await?;
    Ok(to(id, "replayed"))
}

/// `POST /settings/webhooks/{id}/removal`: of whoever says on which host it is.
pub async fn remove(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [host] = posted.only(["host"])?;
    let endpoint = web.app().hooks.find(&member.0.actor, id).await?;
    if !host.trim().eq_ignore_ascii_case(endpoint.url.host()) {
        let typed = Filled::default().with("host", host).faulty("host", member.text().get("hook-remove-other"));
        let page = one_page(&web, &member, id, typed, Coming::default()).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    web.app().hooks.remove(&member.0.actor, id).await?;
    Ok(Redirect::to(&format!("{HERE}?done=removed")).into_response())
}

fn to(id: EndpointId, done: &str) -> Response {
    Redirect::to(&format!("{HERE}/{id}?done={done}")).into_response()
}

/// What was typed, to be shown again, and the wish in it, or its faults.
fn read_wish(posted: &Posted) -> Result<(Filled, Result<EndpointWish, Violations>), Problem> {
    const CHOICES: usize = HookKind::CHOICES.len();
    let mut names = [""; 2 + CHOICES];
    names[..2].copy_from_slice(&["url", "detail"]);
    for (place, kind) in names[2..].iter_mut().zip(HookKind::CHOICES) {
        *place = kind.code();
    }
    let [url, detail, ticked @ ..] = posted.only::<{ 2 + CHOICES }>(names)?;
    let mut typed = Filled::default().with("url", &url).with("detail", &detail);
    for (kind, ticked) in HookKind::CHOICES.iter().zip(&ticked) {
        typed = typed.with(kind.code(), ticked);
    }
    let chosen = HookKind::CHOICES.iter().zip(&ticked).filter(|(_, ticked)| !ticked.is_empty());
    let kinds: Vec<_> = chosen.map(|(kind, _)| *kind).collect();
    let mut faults = Violations::default();
    let url = faults.keep("url", HookUrl::parse(&url));
    let detail = faults.keep("detail", detail.parse::<Detail>());
    if kinds.is_empty() {
        faults.add("kinds", Rule::Required);
    }
    let wish = url.zip(detail).map(|(url, detail)| EndpointWish { url, kinds, detail });
    Ok((typed, faults.or(wish)))
}

/// What a form shows of one that is there.
fn wished(endpoint: &Endpoint) -> Filled {
    let filled = Filled::default().with("url", &*endpoint.url).with("detail", endpoint.detail.code());
    endpoint.kinds.iter().fold(filled, |filled, kind| filled.with(kind.code(), "1"))
}

/// That the secret before is good still, in words.
fn beside(web: &Web, words: &Words, endpoint: &Endpoint) -> String {
    let until = endpoint.old_secret_until.filter(|_| endpoint.signs_twice(web.now()));
    until.map(|until| words.t.with("hook-secret-beside", "when", words.calendar.moment(until).full)).unwrap_or_default()
}

fn secret_page(web: &Web, member: &Member, made: &NewEndpoint) -> Result<Response, Problem> {
    let words = Words { t: member.text(), calendar: web.calendar(&member.0) };
    let page = Page { title: words.t.get("hook-once-title"), ..super::page(&member.0, HERE) };
    let mut response = show(&SecretPage {
        page,
        id: made.endpoint.id,
        url: made.endpoint.url.to_string(),
        secret: made.secret.expose_secret().to_owned(),
        beside: beside(web, &words, &made.endpoint),
        example: EXAMPLE,
    })?;
    crate::session::not_kept(response.headers_mut());
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::EXAMPLE;

    #[test]
    fn the_document_for_developers_shows_the_same_check() {
        let document = include_str!("../../../../../docs/webhooks.md");
        assert!(document.contains(&format!("```python\n{EXAMPLE}```")), "{EXAMPLE}");
    }
}
