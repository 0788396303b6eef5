//! A member's second factors: authenticator app and recovery codes (AUTH-13, AUTH-14).

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{passkey::Passkey, recovery_code::RecoveryCode, totp::TotpCode, violation::Violations};
use qualify_usecases::{Broken, Error, Protection, SignedIn};
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::settings,
    problem::Problem,
    source::Whence,
    step_up::page_of,
    text::Text,
    totp_link::TotpLink,
    web::Web,
};

const HOME: &str = "/settings/security";
const HERE: &str = "/settings/security/second-factor";

#[derive(Template)]
#[template(path = "pages/settings/second_factor.html")]
struct SecondFactorPage {
    page: Page,
    protection: Protection,
    codes_left: String,
    passkeys_available: bool,
    passkeys: Vec<PasskeyLine>,
    passkey_failed: bool,
    filled: Filled,
    few_codes: bool,
}

/// One passkey of the list.
struct PasskeyLine {
    id: String,
    name: String,
    about: String,
}

#[derive(Template)]
#[template(path = "pages/settings/totp.html")]
struct TotpPage {
    page: Page,
    filled: Filled,
    link: TotpLink,
}

#[derive(Template)]
#[template(path = "pages/settings/recovery_codes.html")]
struct CodesPage {
    page: Page,
    /// One code in each line.
    codes: String,
    file: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    saved: String,
    #[serde(default)]
    failed: String,
}

/// `GET /settings/security/second-factor`
pub async fn open(
    State(web): State<Web>,
    Member(member): Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let coming = coming.map(|Query(coming)| coming).unwrap_or_default();
    let factors = &web.app().second_factors;
    let protection = factors.view(&member).await?;
    let passkeys = factors.passkeys(&member).await?;
    let t = Text::new(member.language);
    let mut page = titled(&member, "second-factor");
    if !coming.saved.is_empty() {
        page.toast = t.get("settings-saved");
    }
    let left = protection.factors.recovery_codes;
    let codes_left = t.times("recovery-codes-left", "", i64::from(left));
    let few_codes = protection.factors.guard() && left <= qualify_domain::recovery_code::FEW;
    let calendar = web.calendar(&member);
    let line = |passkey: Passkey| PasskeyLine {
        id: passkey.id.to_string(),
        name: passkey.name.to_string(),
        about: match passkey.used_at {
            Some(at) => t.with("passkey-used", "when", calendar.day(at)),
            None => t.with("passkey-added", "when", calendar.day(passkey.added_at)),
        },
    };
    show(&SecondFactorPage {
        page,
        protection,
        codes_left,
        few_codes,
        passkeys_available: factors.passkeys_available(),
        passkeys: passkeys.into_iter().map(line).collect(),
        passkey_failed: !coming.failed.is_empty(),
        filled: Filled::default().with("name", t.get("passkey")),
    })
}

/// `POST /settings/security/second-factor/later`: asks again at the next sign-in, and stays on the page.
pub async fn later(State(web): State<Web>, Member(member): Member, headers: HeaderMap) -> Result<Response, Problem> {
    web.app().second_factors.later(&member).await?;
    Ok(Redirect::to(page_of(&headers, web.origin())).into_response())
}

fn titled(member: &SignedIn, key: &'static str) -> Page {
    Page { title: Text::new(member.language).get(key), ..settings::page(member, HOME) }
}

/// `POST /settings/security/totp`: makes a secret for a new app.
pub async fn begin_totp(State(web): State<Web>, Member(member): Member) -> Result<Response, Problem> {
    match web.app().second_factors.begin_totp(&member).await {
        Ok(()) => Ok(Redirect::to("/settings/security/totp").into_response()),
        Err(Error::Conflict(_)) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `GET /settings/security/totp`: the secret, until the app has shown that it knows it.
pub async fn show_totp(State(web): State<Web>, Member(member): Member) -> Result<Response, Problem> {
    totp_page(&web, &member, Filled::default()).await
}

async fn totp_page(web: &Web, member: &SignedIn, filled: Filled) -> Result<Response, Problem> {
    match web.app().second_factors.totp_set_up(member).await {
        Ok(set_up) => {
            let link = TotpLink::new(&set_up.secret, &member.email);
            show(&TotpPage { page: titled(member, "app-set-up"), filled, link })
        }
        Err(Error::NotFound(_)) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/security/totp/confirmation`: takes the app into use and shows the recovery codes, once.
pub async fn confirm_totp(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
    posted: Posted,
) -> Result<Response, Problem> {
    let [typed] = posted.only(["code"])?;
    let t = Text::new(member.language);
    let mut faults = Violations::default();
    let Some(code) = faults.keep("code", TotpCode::parse(&typed)) else {
        let page = totp_page(&web, &member, Filled::default().faulty_all(&faults, t)).await?;
        return Ok(unprocessable(page));
    };
    match web.app().second_factors.confirm_totp(&member, code, &from).await {
        Ok(codes) => after_adding(&member, &codes),
        Err(Error::NotFound(_)) => Ok(Redirect::to(HERE).into_response()),
        Err(Error::Rule(Broken::WrongCode | Broken::AppDisabled)) => {
            let page = totp_page(&web, &member, Filled::default().faulty("code", t.get("code-wrong"))).await?;
            Ok(unprocessable(page))
        }
        Err(error) => Err(error.into()),
    }
}

/// The page with the faults, unless there is nothing to correct any more.
fn unprocessable(page: Response) -> Response {
    if page.status().is_redirection() { page } else { (StatusCode::UNPROCESSABLE_ENTITY, page).into_response() }
}

/// `POST /settings/security/totp/removal`
pub async fn remove_totp(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
) -> Result<Response, Problem> {
    match web.app().second_factors.remove_totp(&member, &from).await {
        Ok(()) => Ok(Redirect::to(&format!("{HERE}?saved=1")).into_response()),
        Err(Error::NotFound(_)) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/security/recovery-codes`: new ones, shown once; the earlier ones die.
pub async fn replace_codes(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
) -> Result<Response, Problem> {
    match web.app().second_factors.replace_recovery_codes(&member, &from).await {
        Ok(codes) => codes_page(&member, &codes),
        Err(Error::NotFound(_)) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// What follows when a second factor was added: the recovery codes, if there are new ones.
pub fn after_adding(member: &SignedIn, codes: &[RecoveryCode]) -> Result<Response, Problem> {
    if codes.is_empty() {
        return Ok(Redirect::to(&format!("{HERE}?saved=1")).into_response());
    }
    codes_page(member, codes)
}

fn codes_page(member: &SignedIn, codes: &[RecoveryCode]) -> Result<Response, Problem> {
    let t = Text::new(member.language);
    let codes = codes.iter().map(RecoveryCode::written).collect::<Vec<_>>().join("\n");
    let words = format!("{}\n{}\n\n{codes}\n", t.with("recovery-file", "email", &member.email), t.get("recovery-once"));
    let file = percent_encoding::utf8_percent_encode(&words, percent_encoding::NON_ALPHANUMERIC).to_string();
    show(&CodesPage { page: titled(member, "recovery-codes"), codes, file })
}
