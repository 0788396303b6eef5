//! Who asks, as a handler receives it. The layers of the route have found out already.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use qualify_usecases::SignedIn;

use crate::{problem::Problem, text::Text, web::Web};

/// The member who is signed in.
#[derive(Clone, Debug)]
pub struct Member(pub SignedIn);

impl Member {
    /// The words in the language they read.
    pub fn text(&self) -> Text {
        Text::new(self.0.language)
    }
}

impl FromRequestParts<Web> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let member = parts.extensions.get::<SignedIn>().cloned();
        member.map(Self).ok_or_else(|| Problem::status(StatusCode::UNAUTHORIZED))
    }
}

/// A visitor of a form.
#[derive(Clone, Debug)]
pub struct Visitor(pub Arc<qualify_usecases::Visitor>);

impl Visitor {
    /// The words in the language of the form.
    pub fn text(&self) -> Text {
        Text::new(self.0.form.settings.language)
    }

    /// The words in the language that was asked for, or else the form's.
    pub fn text_in(&self, asked: Option<&str>) -> Text {
        asked.and_then(|code| code.parse().ok()).map_or_else(|| self.text(), Text::new)
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::not_found)
    }
}

/// The words in the language the browser asks for.
#[derive(Clone, Copy, Debug)]
pub struct Reader(pub Text);

impl FromRequestParts<Web> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Self::Rejection> {
        Ok(Self(Text::accepted(&parts.headers)))
    }
}
