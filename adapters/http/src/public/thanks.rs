//! Our own page of thanks.

use askama::Template;
use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use qualify_domain::id::PublicFormId;
use serde::Deserialize;

use crate::{
    actor::Visitor,
    page::{Page, show},
    problem::Problem,
};

#[derive(Template)]
#[template(path = "public/thanks.html")]
struct ThanksPage {
    page: Page,
    public_id: PublicFormId,
    organization: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    lang: Option<String>,
}

/// `GET /f/{public_id}/thanks`
pub async fn open(visitor: Visitor, coming: Result<Query<Coming>, QueryRejection>) -> Result<Response, Problem> {
    let asked = coming.ok().and_then(|Query(coming)| coming.lang);
    let t = visitor.text_in(asked.as_deref());
    show(&ThanksPage {
        page: Page::plain(t, t.get("thanks-title")),
        public_id: visitor.0.form.public_id,
        organization: visitor.0.organization.to_string(),
    })
}
