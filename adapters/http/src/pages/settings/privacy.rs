//! What is kept of the member themselves, and their rights over it (DSR-1): see, take away, correct, object, restrict, delete.

pub mod wishes;

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use qualify_domain::inventory::{Category, Retention, Subject, columns};
use qualify_usecases::{Broken, Error};

use self::wishes::{Asked, Wish};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::lead::zipped,
    problem::Problem,
    session,
    text::Text,
    web::Web,
};

const HERE: &str = "/settings/privacy";

#[derive(Template)]
#[template(path = "pages/settings/privacy.html")]
struct PrivacyPage<'a> {
    page: Page,
    filled: Filled,
    kept: Vec<(String, String)>,
    controller: &'a str,
    /// What they can ask of the operator.
    wishes: Vec<Wish>,
    /// What they asked, the latest first.
    asked: Vec<Asked>,
}

/// `GET /settings/privacy`
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    privacy_page(&web, &member, Filled::default()).await
}

async fn privacy_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let requests = web.app().member_requests.of(&member.0).await?;
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    show(&PrivacyPage {
        page: super::page(&member.0, HERE),
        filled,
        kept: kept(t),
        controller: &web.site().controller,
        wishes: wishes::wishes(&requests, t, &calendar),
        asked: requests.iter().map(|request| wishes::asked(request, t, &calendar)).collect(),
    })
}

/// `POST /settings/privacy/copy`: all of it, as a ZIP.
pub async fn copy(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    let bytes = web.app().person_copy.of_user(&member.0).await?;
    Ok(zipped(bytes, web.calendar(&member.0).today()))
}

/// What there is of members that they get with a copy of their data, and what ends it.
fn kinds() -> BTreeSet<(Category, Retention)> {
    let own = columns().filter(|column| column.tag.subject == Subject::User && column.tag.is_exported);
    own.filter_map(|column| Some((column.tag.category, *column.tag.retention.first()?))).collect()
}

fn kept(t: Text) -> Vec<(String, String)> {
    let words = |(category, end): (Category, Retention)| {
        let what = t.get(&format!("kept-{}-{}", category.code(), end.code().replace('_', "-")));
        (what, t.get(&format!("until-{}", end.code().replace('_', "-"))))
    };
    kinds().into_iter().map(words).collect()
}

#[derive(Template)]
#[template(path = "pages/settings/account_deletion.html")]
struct DeletionPage {
    page: Page,
    filled: Filled,
    email: String,
    /// The organizations that keep the account: their ids, their names, and whether one is looked at now.
    owned: Vec<(String, String, bool)>,
}

/// `GET /settings/privacy/deletion`
pub async fn deletion(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    deletion_page(&web, &member, Filled::default()).await
}

async fn deletion_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let page = Page { title: member.text().get("account-deletion"), ..super::page(&member.0, HERE) };
    let here = member.0.actor.organization();
    let owned = web.app().accounts.solely_owned(&member.0).await?.into_iter();
    let owned = owned.map(|home| (home.organization.to_string(), home.name.to_string(), home.organization == here));
    show(&DeletionPage { page, filled, email: member.0.email.to_string(), owned: owned.collect() })
}

/// `POST /settings/privacy/deletion`
pub async fn delete(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let [email] = posted.only(["email"])?;
    let t = member.text();
    let filled = match web.app().accounts.delete(&member.0, &email).await {
        Ok(()) => {
            let mut response = Redirect::to("/sign-in?after=sign-out").into_response();
            session::forget(response.headers_mut());
            return Ok(response);
        }
        Err(Error::Rule(Broken::NotConfirmed)) => {
            Filled::default().with("email", email).faulty("email", t.get("account-other-email"))
        }
        Err(Error::Rule(Broken::SoleOwner | Broken::Member(_))) => {
            Filled::default().faulty("form", t.get("account-sole-owner"))
        }
        Err(Error::Rule(Broken::Held)) => {
            let words = t.with("account-held", "contact", &*web.site().privacy_contact);
            Filled::default().with("email", email).faulty("form", words)
        }
        Err(error) => return Err(error.into()),
    };
    let page = deletion_page(&web, &member, filled).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[cfg(test)]
mod tests {
    use qualify_domain::language::Language;

    use super::*;

    #[test]
    fn all_that_is_kept_of_members_is_told_in_words_with_its_end() {
        assert!(kinds().contains(&(Category::Connection, Retention::Connection)));
        for language in [Language::English, Language::French] {
            for (what, end) in kept(Text::new(language)) {
                assert!(!what.starts_with("kept-") && !end.starts_with("until-"), "{what} {end}");
            }
        }
    }
}
