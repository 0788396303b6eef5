//! API keys: what there are, and a form to make one. A secret is shown once.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::Role,
    api_key::{ApiKey, KeyScope, KeyState, KeyWish, LIVES, USUAL_DAYS},
    id::{ApiKeyId, UserId},
    organization::Member as Colleague,
    text::Name,
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, NewKey};
use secrecy::ExposeSecret;

use super::members::{name, read};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::{Calendar, Moment},
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

const HERE: &str = "/settings/api-keys";

#[derive(Template)]
#[template(path = "pages/settings/api_keys.html")]
struct KeysPage {
    page: Page,
    filled: Filled,
    keys: Vec<Row>,
    roles: Vec<(&'static str, String)>,
    scopes: Vec<Scope>,
    lives: Vec<(String, String)>,
}

struct Row {
    id: ApiKeyId,
    name: String,
    role: String,
    scopes: String,
    made: String,
    expires: String,
    used: Option<Moment>,
    state: String,
    badge: &'static str,
    may_end: bool,
}

struct Scope {
    code: &'static str,
    name: String,
}

#[derive(Template)]
#[template(path = "pages/settings/api_key_made.html")]
struct MadePage {
    page: Page,
    name: String,
    secret: String,
    example: String,
}

/// `GET /settings/api-keys`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let usual = Filled::default().with("days", USUAL_DAYS.to_string()).with("role", Role::Agent.code());
    keys_page(&web, &member, usual).await
}

async fn keys_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let (t, found) = (member.text(), web.app().api_keys.list(&member.0.actor).await?);
    let told = Told { t, calendar: web.calendar(&member.0), members: &found.members };
    let roles = Role::ALL.into_iter().filter(|role| member.0.actor.covers(*role));
    show(&KeysPage {
        page: super::page(&member.0, HERE),
        filled,
        keys: found.keys.iter().map(|(key, state)| told.row(key, *state)).collect(),
        roles: roles.map(|role| (role.code(), choices::role(t, role))).collect(),
        scopes: KeyScope::ALL.iter().map(|scope| Scope { code: scope.code(), name: scope_name(t, *scope) }).collect(),
        lives: LIVES.map(|days| (days.to_string(), t.times("key-days", "", i64::from(days)))).to_vec(),
    })
}

/// `POST /settings/api-keys`: the only answer that tells the secret.
pub async fn make(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (typed, wish) = read_wish(&posted)?;
    let outcome = match wish {
        Ok(wish) => web.app().api_keys.make(&member.0.actor, wish).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(made) => made_page(&web, &member, &made),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = keys_page(&web, &member, typed.faulty_all(&faults, member.text())).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/api-keys/{id}/revocation`
pub async fn revoke(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    web.app().api_keys.revoke(&member.0.actor, read(&id)?).await?;
    Ok(Redirect::to(HERE).into_response())
}

/// What was typed, to be shown again, and the wish in it, or its faults.
fn read_wish(posted: &Posted) -> Result<(Filled, Result<KeyWish, Violations>), Problem> {
    const SCOPES: usize = KeyScope::ALL.len();
    let mut names = [""; 3 + SCOPES];
    names[..3].copy_from_slice(&["name", "role", "days"]);
    for (place, scope) in names[3..].iter_mut().zip(KeyScope::ALL) {
        *place = scope.code();
    }
    let [name, role, days, ticked @ ..] = posted.only::<{ 3 + SCOPES }>(names)?;
    let mut typed = Filled::default().with("name", &name).with("role", &role).with("days", &days);
    for (scope, ticked) in KeyScope::ALL.iter().zip(&ticked) {
        typed = typed.with(scope.code(), ticked);
    }
    let chosen = KeyScope::ALL.iter().zip(&ticked).filter(|(_, ticked)| !ticked.is_empty());
    let scopes: Vec<_> = chosen.map(|(scope, _)| *scope).collect();
    let mut faults = Violations::default();
    let name = faults.keep("name", Name::parse(&name));
    let role = faults.keep("role", role.parse::<Role>());
    let days =
        faults.keep("days", days.parse::<u16>().ok().filter(|days| LIVES.contains(days)).ok_or(Rule::NotAChoice));
    if scopes.is_empty() {
        faults.add("scopes", Rule::Required);
    }
    let wish = name.zip(role).zip(days).map(|((name, role), days)| KeyWish { name, role, scopes, days });
    Ok((typed, faults.or(wish)))
}

fn made_page(web: &Web, member: &Member, made: &NewKey) -> Result<Response, Problem> {
    let secret = made.secret.expose_secret().to_owned();
    let example = format!("curl -H 'Authorization: Bearer {secret}' {}/api/v1/me", web.origin());
    let page = Page { title: member.text().get("key-made"), ..super::page(&member.0, HERE) };
    let mut response = show(&MadePage { page, name: made.key.name.to_string(), secret, example })?;
    crate::session::not_kept(response.headers_mut());
    Ok(response)
}

fn scope_name(t: Text, scope: KeyScope) -> String {
    match scope {
        KeyScope::LeadsRead => t.get("key-scope-leads-read"),
        KeyScope::LeadsWrite => t.get("key-scope-leads-write"),
        KeyScope::LeadsMerge => t.get("key-scope-leads-merge"),
        KeyScope::LeadsShape => t.get("key-scope-leads-shape"),
        KeyScope::LeadsExport => t.get("key-scope-leads-export"),
        KeyScope::LeadsImport => t.get("key-scope-leads-import"),
        KeyScope::ViewsWrite => t.get("key-scope-views-write"),
        KeyScope::ScoreWrite => t.get("key-scope-score-write"),
        KeyScope::FormsRead => t.get("key-scope-forms-read"),
        KeyScope::FormsWrite => t.get("key-scope-forms-write"),
        KeyScope::SubmissionsWrite => t.get("key-scope-submissions-write"),
        KeyScope::WebhooksRun => t.get("key-scope-webhooks-run"),
        KeyScope::MembersRead => t.get("key-scope-members-read"),
    }
}

/// Keys on their way into words.
struct Told<'a> {
    t: Text,
    calendar: Calendar,
    members: &'a [Colleague],
}

impl Told<'_> {
    fn row(&self, key: &ApiKey, state: KeyState) -> Row {
        let (words, badge) = match state {
            KeyState::Live => ("key-live", "won"),
            KeyState::Expired => ("key-expired", ""),
            KeyState::Revoked => ("key-revoked", "bad"),
            KeyState::Withheld => ("key-withheld", "bad"),
        };
        Row {
            id: key.id,
            name: key.name.to_string(),
            role: choices::role(self.t, key.role),
            scopes: key.scopes.iter().map(|scope| scope_name(self.t, *scope)).collect::<Vec<_>>().join(", "),
            made: self.t.with_all(
                "key-made-by",
                [("name", &*self.member(key.made_by)), ("day", &*self.calendar.day(key.created_at))],
            ),
            expires: self.calendar.day(key.expires_at),
            used: key.last_used_at.map(|at| self.calendar.moment(at)),
            state: self.t.get(words),
            badge,
            may_end: key.revoked_at.is_none(),
        }
    }

    fn member(&self, user: UserId) -> String {
        let found = self.members.iter().find(|member| member.membership.user == user);
        found.map_or_else(|| self.t.get("somebody"), name)
    }
}
