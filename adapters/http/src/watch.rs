//! What is refused to a member, or not found for them, goes to the audit trail (LOG-3): by one layer around every route
//! for members, so that no handler can forget it.

use axum::{
    extract::{RawPathParams, Request, State},
    middleware::Next,
    response::Response,
};
use qualify_domain::{
    access::{Actor, Permission},
    audit::Target,
};
use qualify_usecases::SignedIn;
use tracing::error;
use uuid::Uuid;

use crate::{problem::Problem, web::Web};

/// Why somebody who is signed in did not get what they asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// This permission is missing.
    Permission(Permission),
    /// There is nothing of that kind for them.
    Missing(&'static str),
}

/// The layer of routes for members: tells the trail what was refused and what was not there.
pub async fn tell(State(web): State<Web>, params: RawPathParams, request: Request, next: Next) -> Response {
    let actor = request.extensions().get::<SignedIn>().map(|member| member.actor.clone());
    let response = next.run(request).await;
    let denied = response.extensions().get::<Problem>().and_then(Problem::denied);
    if let (Some(actor), Some(denied)) = (actor, denied) {
        tell_of(&web, &actor, denied, &params).await;
    }
    response
}

/// Tells the trail of one denial. The answer stays the same whether that works or not.
pub async fn tell_of(web: &Web, actor: &Actor, denied: Denied, params: &RawPathParams) {
    let audit = &web.app().audit;
    let told = match denied {
        Denied::Permission(_) => audit.refused(actor).await,
        Denied::Missing(kind) => match asked_for(kind, params) {
            Some(id) => audit.missing(actor, Target::restore(kind, id)).await,
            None => return,
        },
    };
    if let Err(error) = told {
        error!(error = &error as &dyn std::error::Error, "a denial could not be kept in the audit trail");
    }
}

/// The id by which a thing of that kind was asked for: the parameter of its name, or `id`.
fn asked_for(kind: &str, params: &RawPathParams) -> Option<Uuid> {
    let id_of = |wanted: &str| params.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    id_of(kind).or_else(|| id_of("id"))?.parse().ok()
}
