//! Pages that the link of a mail opens: their addresses hold a secret (AUTH-11).

use axum::{extract::Request, middleware, middleware::Next, response::Response, routing::MethodRouter};
use http::{HeaderValue, header};

use crate::{session::not_kept, web::Web};

/// Keeps the address of a page to itself: no other site is told it, and nobody keeps a copy of the page, whatever the
/// answer is.
pub fn hushed(handler: MethodRouter<Web>) -> MethodRouter<Web> {
    handler.layer(middleware::from_fn(hush))
}

async fn hush(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    not_kept(response.headers_mut());
    response
}
