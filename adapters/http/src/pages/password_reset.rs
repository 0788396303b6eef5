//! A new password for who forgot theirs: asked for by address, chosen by the link of a mail (AUTH-12).

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{text::Email, violation::Violations};
use qualify_usecases::Error;

use crate::{
    actor::Reader,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
    source::Whence,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/password_reset.html")]
struct AskPage {
    page: Page,
    filled: Filled,
}

#[derive(Template)]
#[template(path = "pages/password_reset_sent.html")]
struct SentPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "pages/password_reset_choice.html")]
struct ChoicePage {
    page: Page,
    filled: Filled,
    email: String,
}

fn page(t: Text, key: &str) -> Page {
    Page { suffix: "Qualify CRM".into(), ..Page::plain(t, t.get(key)) }
}

/// `GET /password-reset`
pub async fn open(Reader(t): Reader) -> Result<Response, Problem> {
    ask_page(t, Filled::default())
}

fn ask_page(t: Text, filled: Filled) -> Result<Response, Problem> {
    show(&AskPage { page: page(t, "reset-title"), filled })
}

/// `POST /password-reset`: the answer is the same whether the address is known or not (AUTH-5).
pub async fn ask(
    State(web): State<Web>,
    Reader(t): Reader,
    Whence(from): Whence,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [typed] = posted.only(["email"])?;
    let filled = Filled::default().with("email", &typed);
    let mut faults = Violations::default();
    let email = faults.keep("email", Email::parse(&typed));
    let outcome = match faults.or(email) {
        Ok(email) => web.app().accounts.ask_reset(email, &from).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to("/password-reset/sent").into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, ask_page(t, filled.faulty_all(&faults, t))?).into_response())
        }
        Err(Error::TooOften(seconds)) if wants_page(&headers) => {
            let page = ask_page(t, filled.faulty("form", t.get("mails-wait")))?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /password-reset/sent`
pub async fn show_sent(Reader(t): Reader) -> Result<Response, Problem> {
    show(&SentPage { page: page(t, "reset-sent") })
}

/// `GET /password-reset/{token}`: looking uses nothing up.
pub async fn show_choice(
    State(web): State<Web>,
    Reader(t): Reader,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    choice_page(&web, t, &link, Filled::default()).await
}

async fn choice_page(web: &Web, t: Text, link: &str, filled: Filled) -> Result<Response, Problem> {
    let user = web.app().accounts.resetting(link).await?;
    show(&ChoicePage { page: page(t, "reset-choice"), filled, email: user.email.to_string() })
}

/// `POST /password-reset/{token}`: changes the password and signs nobody in.
pub async fn reset(
    State(web): State<Web>,
    Reader(t): Reader,
    Whence(from): Whence,
    Path(link): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [password] = posted.only(["password"])?;
    match web.app().accounts.reset(&link, password, &from).await {
        Ok(()) => Ok(Redirect::to("/sign-in?after=reset").into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = choice_page(&web, t, &link, Filled::default().faulty_all(&faults, t)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
