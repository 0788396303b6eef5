//! Two leads side by side, on their way to become one, and back.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::{LeadId, MergeId},
    lead::Lead,
    lead_field::LeadField,
    merge::{Choice, Choices, Decision, MergeField},
};
use qualify_usecases::{Error, MergeLeads, MergePreview, SeenPair};
use serde::Deserialize;

use super::{
    property::{property_name, shown},
    read,
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::{Calendar, Moment},
    page::{Face, Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

/// Before the name of a field that is chosen.
const CHOICES: &str = "choices.";

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// The lead that goes.
    #[serde(default)]
    with: String,
}

#[derive(Template)]
#[template(path = "pages/merge.html")]
struct MergePage {
    page: Page,
    filled: Filled,
    /// The lead that stays, and the one that goes.
    sides: [Side; 2],
    /// How to keep the other instead.
    swap: String,
    rows: Vec<Row>,
    same: String,
    moves: Vec<String>,
}

/// One of the two leads.
struct Side {
    id: LeadId,
    version: i32,
    words: String,
    face: Face,
    opened: Moment,
    owner: String,
    /// Whether its person wrote last.
    is_newest: bool,
}

/// A field in which they differ.
struct Row {
    field: String,
    /// Under which name what is wrong with it is told.
    fault: String,
    label: String,
    /// What there is to choose: the choice, what it is, from whom, whether it is chosen.
    options: Vec<(&'static str, Vec<String>, String, bool)>,
}

/// `GET /leads/{id}/merge`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    // Whoever names no other lead is told that one does not merge with itself.
    let named = asked.map_err(|_| Problem::bad_request())?.0.with;
    let other = if named.is_empty() { id } else { read(&named)? };
    let wish = MergeLeads { other, choices: Choices::new() };
    merge_page(&web, &member, id, &wish, Filled::default()).await
}

/// `POST /leads/{id}/merge`
pub async fn merge(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let ([other, survivor_version, other_version], chosen) =
        posted.only_under(["other", "version", "other_version"], CHOICES)?;
    let version = |written: &str| written.parse().map_err(|_| Problem::bad_request());
    let seen = SeenPair { survivor: version(&survivor_version)?, other: version(&other_version)? };
    let choose = |(field, choice): (String, String)| {
        let pair = field.parse().ok().zip(choice.parse().ok());
        pair.ok_or_else(Problem::bad_request)
    };
    let choices = chosen.into_iter().map(choose).collect::<Result<Choices, _>>()?;
    let wish = MergeLeads { other: read(&other)?, choices };
    let t = member.text();
    let (status, filled) = match web.app().leads.merge(&member.0.actor, id, &wish, seen).await {
        Ok(merged) => return Ok(Redirect::to(&format!("/leads/{id}?merge={}", merged.merge.id)).into_response()),
        Err(Error::Stale) if wants_page(&headers) => {
            (StatusCode::CONFLICT, Filled::default().faulty("form", t.get("merge-stale")))
        }
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Filled::default().faulty_all(&faults, t))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, merge_page(&web, &member, id, &wish, filled).await?).into_response())
}

/// `POST /merges/{id}/undo`
pub async fn undo(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: MergeId = id.parse().map_err(|_| Problem::not_found())?;
    let separated = web.app().leads.undo_merge(&member.0.actor, id).await?;
    let kept: Vec<String> = separated.kept.iter().map(ToString::to_string).collect();
    let (survivor, back) = (separated.survivor.id, separated.merged.id);
    Ok(Redirect::to(&format!("/leads/{survivor}?separated={back}&kept={}", kept.join(","))).into_response())
}

async fn merge_page(
    web: &Web,
    member: &Member,
    id: LeadId,
    wish: &MergeLeads,
    filled: Filled,
) -> Result<Response, Problem> {
    let preview = web.app().leads.preview_merge(&member.0.actor, id, wish).await?;
    let shown = Shown { preview: &preview, t: member.text(), calendar: web.calendar(&member.0) };
    show(&shown.page(member, filled))
}

struct Shown<'a> {
    preview: &'a MergePreview,
    t: Text,
    calendar: Calendar,
}

impl Shown<'_> {
    fn page(&self, member: &Member, filled: Filled) -> MergePage {
        let MergePreview { survivor, other, plan, .. } = self.preview;
        let other_is_newer = other.last_submission_at > survivor.last_submission_at;
        MergePage {
            page: Page::of(&member.0, "leads", self.t.get("merge-title")),
            filled: filled.faulty_all(&self.preview.faults, self.t),
            swap: self.t.with("merge-swap", "name", self.title(other)),
            sides: [
                self.side(survivor, "merge-stays", !other_is_newer),
                self.side(other, "merge-goes", other_is_newer),
            ],
            rows: plan.decisions.iter().map(|decision| self.row(decision)).collect(),
            same: self.same(),
            moves: self.moves(),
        }
    }

    fn side(&self, lead: &Lead, words: &str, is_newest: bool) -> Side {
        Side {
            id: lead.id,
            version: lead.version,
            words: self.t.get(words),
            face: Face::new(self.title(lead)),
            opened: self.calendar.moment(lead.created_at),
            owner: self.owner(lead),
            is_newest,
        }
    }

    fn title(&self, lead: &Lead) -> String {
        super::title(lead, self.t)
    }

    fn row(&self, decision: &Decision) -> Row {
        let MergePreview { survivor, other, .. } = self.preview;
        let field = decision.field;
        let newest =
            if other.last_submission_at > survivor.last_submission_at { Choice::Other } else { Choice::Survivor };
        // What is newest stands in one of the two already.
        let choice = if decision.choice == Choice::Newest { newest } else { decision.choice };
        let option = |(choice_of, lead, whose): (Choice, &Lead, &str)| {
            (choice_of.code(), self.value(field, lead), self.t.get(whose), choice_of == choice)
        };
        let mut options =
            vec![option((Choice::Survivor, survivor, "merge-stays")), option((Choice::Other, other, "merge-goes"))];
        if decision.offers.contains(&Choice::Union) {
            let both = (Choice::Union.code(), Vec::new(), self.t.get("merge-both"), choice == Choice::Union);
            options.push(both);
        }
        Row { field: field.to_string(), fault: format!("{CHOICES}{field}"), label: self.label(field), options }
    }

    fn label(&self, field: MergeField) -> String {
        match field {
            MergeField::Known(LeadField::Property(id)) => property_name(self.t, &self.preview.properties, id),
            MergeField::LegalBasis => self.t.get("legal-basis"),
            field => self.t.get(&field.to_string()),
        }
    }

    fn value(&self, field: MergeField, lead: &Lead) -> Vec<String> {
        match field {
            MergeField::Known(known) => shown(self.t, &self.calendar, lead, known, &self.preview.properties),
            MergeField::Stage => {
                let stage = self.preview.pipelines.stage(lead.stage).map(|stage| stage.name.to_string());
                let reason = self.preview.reasons.iter().find(|reason| lead.reason == Some(reason.id));
                stage.into_iter().chain(reason.map(|reason| reason.name.to_string())).collect()
            }
            MergeField::Owner => vec![self.owner(lead)],
            MergeField::LegalBasis => vec![choices::legal_basis(self.t, lead.legal_basis)],
        }
    }

    fn owner(&self, lead: &Lead) -> String {
        let member = self.preview.members.iter().find(|member| lead.owner == Some(member.membership.user));
        member.map_or_else(|| self.t.get("owner-none"), |member| format!("{} {}", member.first_name, member.last_name))
    }

    /// What both have the same of.
    fn same(&self) -> String {
        let MergePreview { survivor, other, .. } = self.preview;
        let known = [LeadField::Name, LeadField::Email, LeadField::Phone, LeadField::Company].map(MergeField::Known);
        let fields = known.into_iter().chain([MergeField::Stage, MergeField::Owner, MergeField::LegalBasis]);
        let same = fields.filter(|field| field.is_known(survivor) && field.is_same(survivor, other));
        same.map(|field| self.label(field).to_lowercase()).collect::<Vec<_>>().join(", ")
    }

    /// What moves along.
    fn moves(&self) -> Vec<String> {
        let moves = self.preview.moves;
        let counts = [
            ("merge-moves-submissions", moves.submissions),
            ("merge-moves-activities", moves.activities),
            ("merge-moves-tasks", moves.tasks),
        ];
        let some = counts.into_iter().filter(|(_, count)| *count > 0);
        some.map(|(key, count)| self.t.times(key, "", i64::from(count))).collect()
    }
}
