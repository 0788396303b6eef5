//! The rows of a file of people in words, for pages and programs.

use futures::{Stream, StreamExt};
use qualify_domain::{
    csv,
    import::{FileFault, ImportField, ImportRow, RowFault},
    lead::TAG_MARKS,
    property::Property,
    text::Phone,
};
use qualify_usecases::{Error, ImportFile, ProblemFile, ProblemRow};

use crate::text::Text;

/// The rows that became nothing, as a file that can be mended and imported: as they stood there, with three columns more.
pub fn problem_file(file: ProblemFile, t: Text) -> impl Stream<Item = Result<String, Error>> {
    let width = file.header.len().max(file.import.settings.columns.len());
    let added = ["import-problem-line", "import-problem-column", "import-problem-reason"].map(|key| t.get(key));
    let mut head = file.header.clone();
    head.resize(width, String::new());
    head.extend(added);
    let head = csv::line(head.iter().map(String::as_str));
    let header = file.header;
    let line = move |row: ProblemRow| problem_line(row, width, &header, t);
    let lines = file.parts.map(move |part| part.map(|rows| rows.into_iter().map(&line).collect::<String>()));
    futures::stream::once(async move { Ok(head) }).chain(lines)
}

fn problem_line((mut cells, problem): ProblemRow, width: usize, header: &[String], t: Text) -> String {
    cells.resize(cells.len().max(width), String::new());
    let columns: Vec<_> = problem.faults.iter().map(|fault| column_name(fault.column, header, t)).collect();
    let reasons: Vec<_> = problem.faults.iter().map(|fault| fault_words(fault, t)).collect();
    cells.extend([problem.line.to_string(), columns.join(" / "), reasons.join(" / ")]);
    csv::line(cells.iter().map(String::as_str))
}

/// What the preview shows of each row: the name as one, whichever way it came.
pub fn shown_fields(file: &ImportFile) -> impl Iterator<Item = ImportField> {
    use ImportField::{FirstName, LastName, Name};
    let settings = &file.import.settings;
    let named = [Name, FirstName, LastName];
    let has_name = named.iter().any(|field| settings.column(*field).is_some());
    let own = file.own.iter().map(|property| ImportField::Property(property.id));
    let usual = ImportField::USUAL.iter().copied().filter(|field| !matches!(field, FirstName | LastName));
    usual.chain(own).filter(move |field| if *field == Name { has_name } else { settings.column(*field).is_some() })
}

/// A cell as it would be kept.
pub fn kept_cell(field: ImportField, row: &ImportRow, file: &ImportFile) -> String {
    match field {
        ImportField::Name | ImportField::FirstName | ImportField::LastName => {
            row.name.over(None).map(|name| name.to_string()).unwrap_or_default()
        }
        ImportField::Email => row.email.over(None).map(|email| email.to_string()).unwrap_or_default(),
        ImportField::Phone => {
            let phone = row.phone.over(None);
            phone.as_ref().map(|phone: &Phone| phone.e164().unwrap_or(phone.written()).to_owned()).unwrap_or_default()
        }
        ImportField::Company => row.company.over(None).map(|company| company.to_string()).unwrap_or_default(),
        ImportField::Tags => csv::join(row.tagged(&[]).iter().map(|tag| &**tag), &TAG_MARKS),
        ImportField::Property(id) => {
            let given = row.properties.iter().find(|(property, _)| *property == id);
            given.and_then(|(_, given)| given.over(None)).map(|value| value.written()).unwrap_or_default()
        }
        ImportField::Pipeline => {
            row.stage.and_then(|id| file.pipelines.of_stage(id)).map(|one| one.name.to_string()).unwrap_or_default()
        }
        ImportField::Stage => {
            row.stage.and_then(|id| file.pipelines.stage(id)).map(|stage| stage.name.to_string()).unwrap_or_default()
        }
        ImportField::Reason => {
            let reason = file.reasons.iter().find(|reason| Some(reason.id) == row.reason);
            reason.map(|reason| reason.name.to_string()).unwrap_or_default()
        }
        ImportField::Owner => {
            let owner = file.members.iter().find(|member| Some(member.membership.user) == row.owner);
            owner.map(|member| format!("{} {}", member.first_name, member.last_name)).unwrap_or_default()
        }
        ImportField::CreatedAt => {
            row.created_at.map(|at| file.zone.to_datetime(at).date().to_string()).unwrap_or_default()
        }
        ImportField::Note => row.note.as_ref().map(|note| note.chars().take(60).collect()).unwrap_or_default(),
        ImportField::UtmSource => text(row.first_touch.source.as_deref()),
        ImportField::UtmMedium => text(row.first_touch.medium.as_deref()),
        ImportField::UtmCampaign => text(row.first_touch.campaign.as_deref()),
        ImportField::UtmTerm => text(row.first_touch.term.as_deref()),
        ImportField::UtmContent => text(row.first_touch.content.as_deref()),
        ImportField::Referrer => text(row.first_touch.referrer.as_deref()),
        ImportField::LandingPage => text(row.first_touch.landing_page.as_deref()),
        ImportField::Gclid => text(row.first_touch.gclid.as_deref()),
        ImportField::Fbclid => text(row.first_touch.fbclid.as_deref()),
        ImportField::Msclkid => text(row.first_touch.msclkid.as_deref()),
    }
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// What a meaning of a column is called.
pub fn field_name(field: ImportField, own: &[Property], t: Text) -> String {
    match field {
        ImportField::Property(id) => {
            own.iter().find(|property| property.id == id).map(|property| property.name.to_string()).unwrap_or_default()
        }
        usual => t.get(&format!("import-field-{}", usual.to_string().replace('_', "-"))),
    }
}

/// What a column is called, or its number; nothing for the row as a whole.
pub fn column_name(column: u16, header: &[String], t: Text) -> String {
    match usize::from(column).checked_sub(1) {
        None => String::new(),
        Some(at) => match header.get(at).map(|head| head.trim()).filter(|head| !head.is_empty()) {
            Some(head) => head.to_owned(),
            None => t.with("import-column-number", "number", column),
        },
    }
}

/// What is wrong, in words.
pub fn fault_words(fault: &RowFault, t: Text) -> String {
    let own = t.find(&format!("import-row-{}", fault.rule));
    own.unwrap_or_else(|| t.with(&format!("rule-{}", fault.rule), "limit", fault.limit.unwrap_or_default()))
}

/// Why a file is not taken, in words.
pub fn file_fault(fault: FileFault, t: Text) -> String {
    match fault {
        FileFault::Empty => t.get("import-fault-empty"),
        FileFault::Spreadsheet => t.get("import-fault-spreadsheet"),
        FileFault::TooManyRows(most) => t.with("import-fault-rows", "limit", t.number(most.into())),
        FileFault::TooManyColumns(most) => t.with("import-fault-columns", "limit", most),
    }
}
