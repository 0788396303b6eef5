//! Taking leads away as a file: which columns, at once or in the background.

use askama::Template;
use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::Permission,
    id::LeadId,
    job::{ExportLeads, JobKind, SheetForm},
    lead_column::LeadColumn,
    property::Property,
    view::Column,
};

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    lead_file::attachment,
    page::{Page, show},
    pages::{
        lead_changes,
        leads::{self, Looked},
    },
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

const COLUMNS: usize = LeadColumn::ALL.len();

#[derive(Template)]
#[template(path = "pages/lead_export.html")]
struct ExportPage {
    page: Page,
    filled: Filled,
    filter: String,
    /// Whether leads are shown to its reader; they are taken away even where they are not (RET-7).
    sees_leads: bool,
    /// The leads that were chosen, with commas between; none are all that the list shows.
    leads: String,
    about: String,
    formats: Vec<(&'static str, String)>,
    columns: Vec<ColumnBox>,
}

/// A column, to be ticked.
struct ColumnBox {
    field: &'static str,
    value: String,
    name: String,
    ticked: bool,
}

/// The boxes of the organization's own properties.
const OWN: &str = "own";

/// Which leads a file is made of: those that were chosen, else those that the list shows.
struct Which {
    filter: String,
    leads: Vec<LeadId>,
}

/// `GET /leads/export`: for the leads that are named, else for those that the list shows at the same address.
pub async fn open(State(web): State<Web>, member: Member, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let (filter, leads) = lead_changes::chosen(query.as_deref())?;
    let Some(leads) = leads else { return lead_changes::unchosen(&web, &member, &filter).await };
    export_page(&web, &member, Which { filter, leads }, Filled::default(), true).await
}

/// The form; at first the usual columns are ticked, and the properties that the list shows.
async fn export_page(
    web: &Web,
    member: &Member,
    which: Which,
    filled: Filled,
    is_first: bool,
) -> Result<Response, Problem> {
    let (t, actor) = (member.text(), &member.0.actor);
    let Which { filter, leads: chosen } = which;
    let sees_leads = actor.may(Permission::ReadLeads);
    let looked = looked(web, member, &filter).await?;
    let own = web.app().properties.list(actor).await?;
    let about = match chosen.len() {
        0 if !sees_leads => t.get("export-locked"),
        0 => {
            let filtered = !looked.settings.filter.is_empty() || looked.search.is_some();
            let counted = web.app().leads.count(actor, &looked.wanted(&web.calendar(&member.0))).await?;
            let key = if filtered { "export-filtered" } else { "export-all" };
            t.with(key, "leads", leads::count_words(t, counted))
        }
        chosen => t.times("export-these", "", i64::try_from(chosen).unwrap_or(i64::MAX)),
    };
    let one_pipeline = sees_leads && web.app().leads.names(actor).await?.pipelines.live.len() < 2;
    let shown = looked.settings.columns;
    let usual = LeadColumn::ALL.iter().map(|column| ColumnBox {
        field: column.code(),
        value: "1".to_owned(),
        name: column_name(*column, t, &own),
        // Where there is one pipeline, a stage says all.
        ticked: is_first
            && (!sees_leads || LeadColumn::USUAL.contains(column) || *column == LeadColumn::Pipeline && !one_pipeline),
    });
    let own = own.iter().filter(|property| !property.is_archived).map(|property| ColumnBox {
        field: OWN,
        value: property.id.to_string(),
        name: property.name.to_string(),
        ticked: is_first && (!sees_leads || shown.has(Column::Property(property.id))),
    });
    show(&ExportPage {
        page: Page::of(&member.0, "leads", t.get("export-title")),
        filled: filled.or("format", SheetForm::default().code()),
        filter,
        sees_leads,
        leads: written(&chosen),
        about,
        formats: SheetForm::ALL.iter().map(|form| (form.code(), format_words(*form, t))).collect(),
        columns: usual.chain(own).collect(),
    })
}

/// `POST /leads/export`: the file itself, or a job that makes it.
pub async fn export(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let mut names = [""; 4 + COLUMNS];
    names[..4].copy_from_slice(&["filter", "later", "leads", "format"]);
    for (place, column) in names[4..].iter_mut().zip(LeadColumn::ALL) {
        *place = column.code();
    }
    let ([filter, later, chosen, format, ticked @ ..], own) = posted.only_with::<{ 4 + COLUMNS }>(names, OWN)?;
    let (t, these) = (member.text(), lead_changes::read_leads(chosen.split(',').filter(|id| !id.is_empty()))?);
    let form: SheetForm = match format.as_str() {
        "" => SheetForm::default(),
        code => code.parse().map_err(|_| Problem::bad_request())?,
    };
    let chosen = LeadColumn::ALL.iter().zip(&ticked).filter(|(_, ticked)| !ticked.is_empty());
    let mut columns: Vec<_> = chosen.map(|(column, _)| *column).collect();
    for id in own.iter().filter(|id| !id.is_empty()) {
        let column = LeadColumn::Property(id.parse().map_err(|_| Problem::bad_request())?);
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    if columns.is_empty() {
        let words = t.get("export-no-column");
        if !wants_page(&headers) {
            return Err(Problem::status(StatusCode::UNPROCESSABLE_ENTITY));
        }
        let which = Which { filter, leads: these };
        let filled = Filled::default().with("format", form.code()).faulty("columns", words);
        let page = export_page(&web, &member, which, filled, false).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let known = web.app().properties.list(&member.0.actor).await?;
    let header = columns.iter().map(|column| column_name(*column, t, &known)).collect();
    let looked = looked(&web, &member, &filter).await?;
    let zone = web.calendar(&member.0).zone().iana_name().unwrap_or_default().to_owned();
    let export =
        ExportLeads { filter: looked.settings.filter, search: looked.search, these, zone, form, columns, header };
    if !later.is_empty() && member.0.actor.may(Permission::ReadLeads) {
        let job = web.app().jobs.ask(&member.0.actor, JobKind::ExportLeads(export)).await?;
        return Ok(Redirect::to(&format!("/jobs/{job}")).into_response());
    }
    let parts = web.app().leads.export(&member.0.actor, export).await?;
    Ok((attachment(form, "leads", web.calendar(&member.0).today()), Body::from_stream(parts)).into_response())
}

/// The list that is taken away; all leads where none is shown any more (RET-7).
async fn looked(web: &Web, member: &Member, filter: &str) -> Result<Looked, Problem> {
    if member.0.actor.may(Permission::ReadLeads) {
        leads::looked(web, member, filter).await
    } else {
        Ok(Looked::default())
    }
}

/// Ids with commas between.
fn written(leads: &[LeadId]) -> String {
    leads.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// What a form of the file is called.
fn format_words(form: SheetForm, t: Text) -> String {
    t.get(&format!("export-format-{}", form.code()))
}

/// What stands above a column, in words.
pub(crate) fn column_name(column: LeadColumn, t: Text, own: &[Property]) -> String {
    match column {
        LeadColumn::Property(id) => own
            .iter()
            .find(|property| property.id == id)
            .map_or_else(|| t.get("property-gone"), |property| property.name.to_string()),
        usual => t.get(&format!("column-{}", usual.code().replace('_', "-"))),
    }
}

#[cfg(test)]
mod tests {
    use qualify_domain::{
        import::{ImportField, suggest},
        language::Language,
    };

    use super::*;

    #[test]
    fn what_stands_above_a_column_is_what_an_import_understands() {
        for language in Language::ALL {
            let named = |column: &LeadColumn| column_name(*column, Text::new(language), &[]);
            let header: Vec<_> = LeadColumn::ALL.iter().map(named).collect();
            let known: Vec<Option<ImportField>> =
                LeadColumn::ALL.iter().map(|column| column.code().parse().ok()).collect();
            assert_eq!(suggest(&header, &[]), known, "{language:?}: {header:?}");
        }
    }
}
