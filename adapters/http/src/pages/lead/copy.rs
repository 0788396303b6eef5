use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use jiff::civil::Date;

use super::read;
use crate::{actor::Member, download::kept_as, problem::Problem, web::Web};

/// `POST /leads/{id}/copy`: what is kept of the person, as a ZIP for them.
pub async fn copy(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read(&id)?;
    let bytes = web.app().person_copy.of_leads(&member.0.actor, &[id]).await?;
    Ok(zipped(bytes, web.calendar(&member.0).today()))
}

/// A copy as a browser keeps it.
pub fn zipped(bytes: Vec<u8>, day: Date) -> Response {
    (kept_as("application/zip", &format!("copy-{day}.zip")), bytes).into_response()
}
