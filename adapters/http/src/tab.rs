//! A tab acts in the organization it shows, or not at all. Its tabs share one session, so another tab may have gone over
//! to another organization; what is sent from this one would end up there.
//!
//! Every form of a page for members is given a field with the organization the page was made for, and every change is
//! asked for it, both by the one layer around all of their routes: no template and no handler can forget it. What scripts
//! ask for names it in a header.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::id::OrganizationId;
use qualify_usecases::SignedIn;

use crate::{
    fields::{APP_BODY, Fields},
    pages::other_tab,
    problem::{Problem, wants_page},
    upload::{self, Upload},
    web::Web,
};

/// The field that the forms of pages for members have.
pub const FIELD: &str = "_organization";
/// The header that their scripts send.
pub const HEADER: &str = "qualify-organization";

/// Which organization a tab shows, as far as its request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The one in which its member acts.
    This,
    /// Another one.
    Other(OrganizationId),
    /// It does not say, or speaks with two tongues.
    Unsaid,
}

/// Whether a route is for tabs of the organization it acts in only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tabs {
    /// The tab must show the organization.
    Same,
    /// Any tab: what is done concerns no organization, or names it.
    Any,
}

/// The layer of routes for members.
pub async fn stay(State((web, tabs)): State<(Web, Tabs)>, request: Request, next: Next) -> Response {
    let Some(member) = request.extensions().get::<SignedIn>().cloned() else { return next.run(request).await };
    let here = member.actor.organization();
    let is_change = !request.method().is_safe();
    let (request, told) = match said(request).await {
        Ok(found) => found,
        Err(problem) => return problem.into_response(),
    };
    let shown = judge(&told, here);
    let stays = tabs == Tabs::Any || shown == Shown::This || (told.is_empty() && !is_change);
    let response = match (stays, wants_page(request.headers())) {
        (true, _) => next.run(request).await,
        (false, true) => {
            let typed = request.extensions().get::<Fields>().map(other_tab::typed).unwrap_or_default();
            other_tab::show(&web, &member, shown, typed).await.unwrap_or_else(IntoResponse::into_response)
        }
        (false, false) => Problem::new(StatusCode::CONFLICT, "error-other-tab").into_response(),
    };
    marked(response, here).await
}

/// What the request says of its tab, and the request without that.
async fn said(request: Request) -> Result<(Request, Vec<String>), Problem> {
    let (mut parts, mut body) = request.into_parts();
    let lines = parts.headers.get_all(HEADER).iter();
    let mut told: Vec<String> = lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned()).collect();
    if !parts.method.is_safe() && is(&parts.headers, "application/x-www-form-urlencoded") {
        let mut fields = Fields::read(&parts.headers, body, APP_BODY).await?;
        told.extend(fields.take(FIELD));
        parts.extensions.insert(fields);
        body = Body::empty();
    } else if !parts.method.is_safe() && parts.uri.path() == upload::PLACE && is(&parts.headers, "multipart/form-data")
    {
        let mut upload = Upload::read(&parts.headers, body).await?;
        told.extend(upload.take(FIELD));
        parts.extensions.insert(upload);
        body = Body::empty();
    }
    Ok((Request::from_parts(parts, body), told))
}

fn judge(told: &[String], here: OrganizationId) -> Shown {
    let Some(first) = told.first() else { return Shown::Unsaid };
    match first.parse() {
        Ok(shown) if told.iter().all(|other| other == first) => {
            if shown == here {
                Shown::This
            } else {
                Shown::Other(shown)
            }
        }
        _ => Shown::Unsaid,
    }
}

/// The page with the field in each of its forms that change something.
async fn marked(response: Response, here: OrganizationId) -> Response {
    if !is(response.headers(), "text/html") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let page = to_bytes(body, usize::MAX).await.ok().and_then(|page| String::from_utf8(page.into()).ok());
    let Some(page) = page else { return Problem::status(StatusCode::INTERNAL_SERVER_ERROR).into_response() };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(with_field(&page, here)))
}

/// What people wrote cannot be taken for a form: in a page it is escaped.
fn with_field(page: &str, here: OrganizationId) -> String {
    let field = format!(r#"<input type="hidden" name="{FIELD}" value="{here}">"#);
    let mut marked = String::with_capacity(page.len() + 1024);
    let mut rest = page;
    while let Some((before, form)) = rest.split_once("<form ") {
        let (tag, after) = form.split_once('>').unwrap_or((form, ""));
        marked.extend([before, "<form ", tag, ">"]);
        if tag.contains(r#"method="post""#) {
            marked.push_str(&field);
        }
        rest = after;
    }
    marked.push_str(rest);
    marked
}

fn is(headers: &HeaderMap, kind: &str) -> bool {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(';').next().is_some_and(|said| said.trim().eq_ignore_ascii_case(kind))
}

/// The fields of a form, which the layer has read.
pub(crate) async fn fields(mut request: Request) -> Result<Fields, Problem> {
    if let Some(fields) = request.extensions_mut().remove() {
        return Ok(fields);
    }
    let (parts, body) = request.into_parts();
    Fields::read(&parts.headers, body, APP_BODY).await
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use uuid::Uuid;

    use super::*;

    const HERE: OrganizationId = OrganizationId(Uuid::from_u128(1));
    const THERE: OrganizationId = OrganizationId(Uuid::from_u128(2));

    #[test]
    fn a_tab_shows_one_organization_or_does_not_say() {
        let (here, there) = (HERE.to_string(), THERE.to_string());
        assert_eq!(judge(std::slice::from_ref(&here), HERE), Shown::This);
        assert_eq!(judge(&[here.clone(), here.clone()], HERE), Shown::This);
        assert_eq!(judge(std::slice::from_ref(&there), HERE), Shown::Other(THERE));
        for unclear in [vec![], vec![here.clone(), there.clone()], vec![there, here], vec!["x".to_owned()]] {
            assert_eq!(judge(&unclear, HERE), Shown::Unsaid, "{unclear:?}");
        }
    }

    #[test]
    fn the_field_comes_into_each_form_that_changes_something_and_into_no_other() {
        let page = r#"<form method="get" action="/a"></form><p><form class="x" method="post" action="/b">1</form><form method="post">2</form>"#;
        let marked = with_field(page, HERE);
        assert_eq!(marked.matches(FIELD).count(), 2);
        assert!(marked.starts_with(
            r#"<form method="get" action="/a"></form><p><form class="x" method="post" action="/b"><input"#
        ));
        assert_eq!(marked.replace(&format!(r#"<input type="hidden" name="{FIELD}" value="{HERE}">"#), ""), page);
        assert_eq!(with_field("<p>&#60;form method=\"post\"&#62;</p><form ", HERE).matches(FIELD).count(), 0);
    }

    /// A tag of another shape would stay without the field: its form would never be taken.
    #[test]
    fn every_form_in_the_templates_has_the_shape_that_is_looked_for() {
        let mut seen = 0;
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut |path, text| {
            for form in text.split("<form").skip(1) {
                let (tag, _) = form.split_once('>').unwrap();
                assert!(tag.starts_with(' '), "{path}: <form{tag}");
                // A form of a dialog is sent nowhere.
                let methods = [r#" method="post""#, r#" method="get""#, r#" method="dialog""#, "hx-"];
                assert!(methods.iter().any(|method| tag.contains(method)), "{path}: <form{tag}> says no method");
                assert_eq!(tag.matches('"').count() % 2, 0, "{path}: <form{tag}> has a > in an attribute");
                seen += 1;
            }
            assert!(!text.to_lowercase().contains("formmethod"), "{path}");
        });
        assert!(seen > 30, "{seen} forms");
    }

    fn walk(folder: &Path, look: &mut impl FnMut(&str, &str)) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, look);
            } else {
                look(&path.display().to_string(), &fs::read_to_string(&path).unwrap());
            }
        }
    }
}
