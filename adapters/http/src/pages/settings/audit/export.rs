use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use qualify_domain::{
    audit::{Entry, hex},
    csv,
};
use uuid::Uuid;

use super::{Asked, Names};
use crate::{actor::Member, download::kept_as, fields::Posted, problem::Problem, web::Web};

const COLUMNS: [&str; 12] = [
    "sequence",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "session_id",
    "action",
    "target_kind",
    "target_id",
    "times",
    "changes",
    "sha256",
];

/// `POST /settings/audit/export`: the entries as a file. That it was taken is in the trail, and in the file.
pub async fn download(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let [actor, action, target, from, until] = posted.only(["actor", "action", "target", "from", "until"])?;
    let asked = Asked { actor, action, target, from, until, before: String::new() };
    let t = member.text();
    let calendar = web.calendar(&member.0);
    let found = web.app().audit.export(&member.0.actor, &asked.filter(&calendar)?).await?;
    let names = Names::new(&found, t);
    let mut file = csv::line(COLUMNS);
    for entry in &found.entries.items {
        file.push_str(&line(entry, &names));
    }
    Ok((kept_as("text/csv; charset=utf-8", &format!("audit-{}.csv", calendar.today())), file).into_response())
}

fn line(entry: &Entry, names: &Names) -> String {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let cells = [
        entry.sequence.to_string(),
        format!("{:.6}", entry.at),
        entry.actor_kind.clone(),
        id(entry.actor),
        names.who(entry),
        id(entry.session),
        entry.action.clone(),
        entry.target_kind.clone().unwrap_or_default(),
        id(entry.target),
        entry.times.to_string(),
        entry.changes.join(" "),
        hex(&entry.hash),
    ];
    csv::line(cells.iter().map(String::as_str))
}
