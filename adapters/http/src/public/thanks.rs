//! Our own page of thanks.

use askama::Template;
use axum::response::Response;
use qualify_domain::id::PublicFormId;

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

/// `GET /f/{public_id}/thanks`
pub async fn open(visitor: Visitor) -> Result<Response, Problem> {
    let t = visitor.text();
    show(&ThanksPage {
        page: Page::plain(t, t.get("thanks-title")),
        public_id: visitor.0.form.public_id,
        organization: visitor.0.organization.to_string(),
    })
}
