//! A form of our own pages.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use http::StatusCode;

use super::{Fields, Held, Media};
use crate::{problem::Problem, tab, web::Web};

/// Names and texts.
pub type Pairs = Vec<(String, String)>;
/// Names, with all the texts of each.
pub type Lists = BTreeMap<String, Vec<String>>;

/// A form of our own pages: urlencoded, each field once.
#[derive(Debug)]
pub struct Posted(Fields);

impl Posted {
    /// The values of the fields a handler knows, in its order.
    ///
    /// # Errors
    /// 400 for fields it does not know, twice the same, or what is no text (WEB-5).
    pub fn only<const N: usize>(&self, names: [&'static str; N]) -> Result<[String; N], Problem> {
        let mut faults = Vec::new();
        let values = names.map(|name| self.0.text(name, &mut faults));
        let unknown = self.0.names().any(|name| !names.contains(&name));
        if unknown || !faults.is_empty() { Err(Problem::bad_request()) } else { Ok(values) }
    }

    /// One field by itself, and the others.
    ///
    /// # Errors
    /// 400 for one that comes twice, or is no text (WEB-5).
    pub fn apart(mut self, name: &'static str) -> Result<(String, Self), Problem> {
        let mut faults = Vec::new();
        let value = self.0.text(name, &mut faults);
        self.0.take(name);
        if faults.is_empty() { Ok((value, self)) } else { Err(Problem::bad_request()) }
    }

    /// The same beside one field that may come any number of times, such as boxes of one name.
    ///
    /// # Errors
    /// As [`Self::only`].
    pub fn only_with<const N: usize>(
        &self,
        names: [&'static str; N],
        list: &str,
    ) -> Result<([String; N], Vec<String>), Problem> {
        let (mut rest, all) = (self.0.clone(), self.0.pairs.iter());
        if all.filter(|(name, _)| name == list).any(|(_, held)| !matches!(held, Held::Text(_))) {
            return Err(Problem::bad_request());
        }
        let values = rest.take(list);
        Ok((Self(rest).only(names)?, values))
    }

    /// The same beside fields whose names begin with `prefix`, each once: the rest of their names, and their texts.
    ///
    /// # Errors
    /// As [`Self::only`].
    pub fn only_under<const N: usize>(
        &self,
        names: [&'static str; N],
        prefix: &str,
    ) -> Result<([String; N], Pairs), Problem> {
        let mut rest = self.0.clone();
        let mut under = Pairs::new();
        for (name, held) in rest.pairs.extract_if(.., |(name, _)| name.starts_with(prefix)) {
            let Held::Text(text) = held else { return Err(Problem::bad_request()) };
            let name = name[prefix.len()..].to_owned();
            if under.iter().any(|(other, _)| *other == name) {
                return Err(Problem::bad_request());
            }
            under.push((name, text));
        }
        Ok((Self(rest).only(names)?, under))
    }

    /// The same beside fields whose names begin with `prefix`, each any number of times.
    ///
    /// # Errors
    /// As [`Self::only`].
    pub fn only_lists_under<const N: usize>(
        &self,
        names: [&'static str; N],
        prefix: &str,
    ) -> Result<([String; N], Lists), Problem> {
        let mut rest = self.0.clone();
        let mut under = Lists::new();
        for (name, held) in rest.pairs.extract_if(.., |(name, _)| name.starts_with(prefix)) {
            let Held::Text(text) = held else { return Err(Problem::bad_request()) };
            under.entry(name[prefix.len()..].to_owned()).or_default().push(text);
        }
        Ok((Self(rest).only(names)?, under))
    }
}

impl FromRequest<Web> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Web) -> Result<Self, Problem> {
        if !matches!(Media::of(request.headers())?, Media::Urlencoded) {
            return Err(Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        tab::fields(request).await.map(Self)
    }
}
