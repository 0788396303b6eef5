//! Another password (AUTH-3, SES-8).

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header};
use qualify_domain::{
    password::{NewPassword, OwnWords},
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, ChangePassword, Error, SignedIn};
use secrecy::SecretString;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::settings,
    problem::Problem,
    source::Whence,
    web::Web,
};

const HOME: &str = "/settings/security";

#[derive(Template)]
#[template(path = "pages/settings/password.html")]
struct PasswordPage {
    page: Page,
    filled: Filled,
    email: String,
}

/// `GET /settings/security/password`
pub async fn open(member: Member) -> Result<Response, Problem> {
    page(&member, Filled::default())
}

fn page(member: &Member, filled: Filled) -> Result<Response, Problem> {
    let title = member.text().get("password-change");
    let page = Page { title, ..settings::page(&member.0, HOME) };
    show(&PasswordPage { page, filled, email: member.0.email.to_string() })
}

/// `POST /settings/security/password`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Whence(from): Whence,
    posted: Posted,
) -> Result<Response, Problem> {
    let [current, new] = posted.only(["current", "new"])?;
    let outcome = match choose(&member.0, &current, new) {
        Ok(new) => {
            let command = ChangePassword { current: SecretString::from(current), new, from };
            web.app().accounts.change_password(&member.0, command).await
        }
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let (t, plain) = (member.text(), Filled::default());
    let (status, filled, wait) = match outcome {
        Ok(()) => return Ok(Redirect::to(&format!("{HOME}?changed=1")).into_response()),
        Err(Error::Invalid(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, plain.faulty_all(&faults, t), None),
        Err(Error::Rule(Broken::WrongCredentials)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, plain.faulty("current", t.get("password-wrong")), None)
        }
        Err(Error::TooOften(seconds)) => {
            (StatusCode::TOO_MANY_REQUESTS, plain.faulty("form", t.get("sign-in-wait")), Some(seconds))
        }
        Err(error) => return Err(error.into()),
    };
    let wait = wait.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
    Ok((status, wait, page(&member, filled)?).into_response())
}

/// The new password, by the rules for one that is chosen, and not the one there is.
fn choose(member: &SignedIn, current: &str, new: String) -> Result<NewPassword, Violations> {
    let own = OwnWords::of(&[&member.first_name, &member.last_name, &member.organization, &member.email]);
    let mut faults = Violations::default();
    if current.is_empty() {
        faults.keep("current", Err::<(), _>(Rule::Required));
    }
    let other = if new == current { Err(Rule::Unchanged) } else { NewPassword::choose(new, &own) };
    let new = faults.keep("new", other);
    faults.or(new)
}
