//! An import: what the file is and means, what would come of it, and what came of it.

mod sent;

use askama::Template;
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    form::LegalBasis,
    id::ImportId,
    import::{DateOrder, Delimiter, Encoding, ImportField, ImportMode, ImportState},
    job::{Job, JobFault, Report},
};
use qualify_usecases::{Broken, Error, ImportFile, Previewed};

use self::sent::Sent;
use super::imports::{badge, state_words};
use crate::{
    actor::Member,
    download::kept_as,
    fields::Posted,
    filled::Filled,
    imported::{column_name, fault_words, field_name, file_fault, kept_cell, problem_file, shown_fields},
    page::{Page, show},
    pages::{choices, jobs::outcome_row},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/import.html")]
struct ImportPage {
    page: Page,
    filled: Filled,
    id: ImportId,
    state: String,
    badge: &'static str,
    rows: String,
    is_draft: bool,
    broken_signs: bool,
    encodings: Vec<(&'static str, String)>,
    delimiters: Vec<(&'static str, String)>,
    dates: Vec<(&'static str, String)>,
    modes: Vec<(&'static str, String)>,
    bases: Vec<(&'static str, String)>,
    fields: Vec<Meaning>,
    /// The same of the first visit.
    visit: Vec<Meaning>,
    columns: Vec<(usize, String)>,
    shown: Vec<String>,
    preview: Vec<PreviewRow>,
    report: Option<Vec<(String, String)>>,
    job: Option<JobPart>,
    has_problems: bool,
    undo_until: String,
    left: Vec<(String, String)>,
}

impl ImportPage {
    /// Whether a column says something of the first visit.
    fn has_visit(&self) -> bool {
        self.visit.iter().any(|field| field.column > 0)
    }
}

/// A meaning, and which column has it; none is 0.
struct Meaning {
    word: String,
    name: String,
    column: usize,
}

struct PreviewRow {
    line: u32,
    cells: Vec<String>,
    faults: Vec<String>,
}

/// The job of the import, as its page shows it.
struct JobPart {
    id: String,
    is_over: bool,
    percent: Option<u64>,
    progress: String,
    fault: String,
    report: Vec<(String, String)>,
}

/// `GET /imports/{id}`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    import_page(&web, &member, read(&id)?, None, Filled::default()).await
}

/// `POST /imports/{id}`: says what the file is and means, and goes on from there.
pub async fn go_on(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, actor) = (read(&id)?, &member.0.actor);
    let sent = Sent::read(&posted)?;
    let settled = match sent.settings() {
        Ok(settings) => web.app().imports.settle(actor, id, sent.version()?, settings).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let outcome = match (settled, sent.of("do")) {
        (Ok(()), "try") => web.app().imports.try_out(actor, id).await.map(|_| ()),
        (Ok(()), "begin") => web.app().imports.begin(actor, id).await.map(|_| ()),
        (settled, _) => settled,
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/imports/{id}")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let filled = sent.filled().faulty_all(&faults, member.text());
            let page = import_page(&web, &member, id, Some(&sent), filled).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::Rule(Broken::File(fault))) if wants_page(&headers) => {
            let filled = sent.filled().faulty("delimiter", file_fault(fault, member.text()));
            let page = import_page(&web, &member, id, Some(&sent), filled).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /imports/{id}/undo`
pub async fn undo(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [] = posted.only([])?;
    web.app().imports.undo(&member.0.actor, id).await?;
    Ok(Redirect::to(&format!("/imports/{id}")).into_response())
}

/// `GET /imports/{id}/problems`: the rows that became nothing, to be mended and imported.
pub async fn problems(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let file = web.app().imports.problems(&member.0.actor, read(&id)?).await?;
    let name = format!("import-problems-{}.csv", web.calendar(&member.0).today());
    let headers = kept_as("text/csv; charset=utf-8", &name);
    Ok((headers, Body::from_stream(problem_file(file, member.text()))).into_response())
}

async fn import_page(
    web: &Web,
    member: &Member,
    id: ImportId,
    sent: Option<&Sent>,
    typed: Filled,
) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let file = web.app().imports.open(&member.0.actor, id).await?;
    let import = &file.import;
    let named = |code: &'static str, key: &str| (code, t.get(&format!("{key}-{}", code.replace('_', "-"))));
    let columns = columns(&file);
    let (visit, fields) = meanings(&file, sent, t);
    show(&ImportPage {
        page: Page::of(&member.0, "leads", import.file.to_string()),
        filled: filled(&file).over(typed),
        id,
        state: state_words(import.state, t),
        badge: badge(import.state),
        rows: t.number(import.rows.into()),
        is_draft: import.state == ImportState::Draft,
        broken_signs: file.has_broken_signs,
        encodings: Encoding::ALL.iter().map(|one| named(one.code(), "import-encoding")).collect(),
        delimiters: Delimiter::ALL.iter().map(|one| named(one.code(), "import-delimiter")).collect(),
        dates: DateOrder::ALL.iter().map(|one| named(one.code(), "import-dates")).collect(),
        modes: ImportMode::ALL.iter().map(|one| named(one.code(), "import-mode")).collect(),
        bases: std::iter::once(("", t.get("import-basis-none"))).chain(choices::legal_bases(&t)).collect(),
        fields,
        visit,
        shown: shown_fields(&file).map(|field| field_name(field, &file.own, t)).collect(),
        preview: file.preview.iter().map(|row| preview_row(row, &file, t)).collect(),
        columns,
        report: import.report.as_ref().map(|report| outcomes(report, t)),
        job: file.job.as_ref().map(|job| job_part(job, t)),
        has_problems: file.has_problems,
        undo_until: import
            .undo_until()
            .filter(|until| web.now() < *until)
            .map(|at| calendar.moment(at).full)
            .unwrap_or_default(),
        left: file.left.iter().map(|(lead, changed)| left_row(lead.to_string(), *changed, t)).collect(),
    })
}

fn left_row(lead: String, changed: bool, t: Text) -> (String, String) {
    (lead, t.get(if changed { "import-left-changed" } else { "import-left-used" }))
}

fn filled(file: &ImportFile) -> Filled {
    let (import, settings) = (&file.import, &file.import.settings);
    let box_of = |ticked: bool| if ticked { "1" } else { "" };
    Filled::default()
        .with("version", import.version.to_string())
        .with("encoding", settings.encoding.code())
        .with("delimiter", settings.delimiter.code())
        .with("has_header", box_of(settings.has_header))
        .with("dates", settings.dates.code())
        .with("mode", settings.mode.code())
        .with("all_or_nothing", box_of(settings.all_or_nothing))
        .with("legal_basis", settings.legal_basis.map(LegalBasis::code).unwrap_or_default())
        .with("source", settings.source.as_deref().unwrap_or_default())
}

/// What columns can mean, and which do: what is said of a first visit, and all else.
fn meanings(file: &ImportFile, sent: Option<&Sent>, t: Text) -> (Vec<Meaning>, Vec<Meaning>) {
    let own = file.own.iter().filter(|property| !property.is_archived);
    let fields = ImportField::USUAL.iter().copied().chain(own.map(|property| ImportField::Property(property.id)));
    let column = |field| match sent {
        Some(sent) => sent.columns.iter().find(|(said, _)| *said == field).map(|(_, column)| *column),
        None => file.import.settings.column(field).map(|column| column + 1),
    };
    let meaning = |field: ImportField| Meaning {
        word: field.to_string(),
        name: field_name(field, &file.own, t),
        column: column(field).unwrap_or_default(),
    };
    let (visit, others): (Vec<_>, Vec<_>) = fields.partition(|field| field.is_of_visit());
    (visit.into_iter().map(meaning).collect(), others.into_iter().map(meaning).collect())
}

/// The columns to choose from: their number, and what they are called or hold.
fn columns(file: &ImportFile) -> Vec<(usize, String)> {
    let width = file.header.len().max(file.preview.iter().map(|row| row.cells.len()).max().unwrap_or_default());
    let name = |at: usize| {
        let head = file.header.get(at).map(|head| head.trim()).filter(|head| !head.is_empty());
        let sample = file.preview.first().and_then(|row| row.cells.get(at)).map(|cell| cell.trim());
        let sample: String = sample.unwrap_or_default().chars().take(30).collect();
        head.map_or_else(
            || format!("{}: {sample}", at + 1),
            |head| if sample.is_empty() { head.to_owned() } else { format!("{head} ({sample})") },
        )
    };
    (0..width).map(|at| (at + 1, name(at))).collect()
}

fn preview_row(row: &Previewed, file: &ImportFile, t: Text) -> PreviewRow {
    let settings = &file.import.settings;
    match &row.row {
        Ok(kept) => PreviewRow {
            line: row.line,
            cells: shown_fields(file).map(|field| kept_cell(field, kept, file)).collect(),
            faults: Vec::new(),
        },
        Err(faults) => PreviewRow {
            line: row.line,
            cells: shown_fields(file)
                .map(|field| settings.column(field).and_then(|at| row.cells.get(at)).cloned().unwrap_or_default())
                .collect(),
            faults: faults
                .iter()
                .map(|fault| match column_name(fault.column, &file.header, t) {
                    name if name.is_empty() => fault_words(fault, t),
                    name => t.with_all("import-at-column", [("column", &name), ("fault", &fault_words(fault, t))]),
                })
                .collect(),
        },
    }
}

fn job_part(job: &Job, t: Text) -> JobPart {
    let (done, total) = (t.number(job.done), t.number(job.total.unwrap_or_default()));
    JobPart {
        id: job.id.to_string(),
        is_over: job.is_over(),
        percent: job.percent(),
        progress: match job.total {
            Some(_) => t.with_all("job-progress-of", [("done", &done), ("total", &total)]),
            None => t.with("job-progress", "done", done),
        },
        fault: job_fault(job, t),
        report: outcomes(&job.report, t),
    }
}

/// Why it came to an end before all was done. What an import refuses are rows with faults, where one is to stop all.
fn job_fault(job: &Job, t: Text) -> String {
    match job.fault {
        None => String::new(),
        Some(JobFault::Refused) => t.get("import-refused"),
        Some(fault) => t.get(&format!("job-fault-{}", fault.code())),
    }
}

fn outcomes(report: &Report, t: Text) -> Vec<(String, String)> {
    report.iter().map(|(outcome, times)| outcome_row(outcome, times, t)).collect()
}

fn read(id: &str) -> Result<ImportId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}
