//! The rows of the list, and its heads.

use qualify_domain::{
    id::LeadId,
    lead_order::{Group, GroupBy, LeadOrder, SortBy},
    text::Phone,
    view::Column,
};
use qualify_ports::storage::LeadRow;
use qualify_usecases::LeadList;

use super::{asked::Looked, neighbours::address_in, sorted_by, words::Names};
use crate::{
    moment::{Calendar, Moment},
    page::Face,
    pages::{choices, facts::value_shown, score_words},
    text::Text,
};

/// So many letters of a property stand in a cell.
const MOST_SHOWN: usize = 100;

/// The head of a column.
pub(super) struct Head {
    pub name: String,
    pub class: &'static str,
    /// The address that sorts by it; empty where nothing does.
    pub address: String,
    /// How the list is sorted by it now, as assistive technology says it.
    pub sorted: &'static str,
}

/// A row: a lead, or the head of a group before it.
pub(super) struct Row {
    /// The head of the group that begins here; empty if none does.
    pub group: String,
    pub group_kind: &'static str,
    pub id: LeadId,
    pub address: String,
    pub version: i32,
    /// When the lead was opened, for machines.
    pub opened: String,
    pub person: Face,
    pub cells: Vec<Cell>,
}

/// What stands in one column of a row.
pub(super) struct Cell {
    pub class: &'static str,
    pub value: Value,
}

/// What a cell shows.
pub(super) enum Value {
    Text(String),
    Stage { id: String, name: String, kind: &'static str, is_stale: bool },
    Owner { id: String, face: Option<Face> },
    Time(Moment),
}

/// What a column is called.
pub(super) fn column_name(column: Column, names: &Names<'_>) -> String {
    let t = names.t;
    match column {
        Column::Email => t.get("email"),
        Column::Phone => t.get("phone"),
        Column::Stage => t.get("stage"),
        Column::Owner => t.get("owner"),
        Column::Form => t.get("form"),
        Column::Grade => t.get("grade"),
        Column::LegalBasis => t.get("legal-basis"),
        Column::LastSubmission => t.get("lead-last-wrote"),
        Column::Created => t.get("arrived"),
        Column::Company => t.get("company"),
        Column::Tags => t.get("tags"),
        Column::LastActivity => t.get("lead-last-activity"),
        Column::Property(id) => names.property_name(id),
    }
}

/// What leads are put together by.
pub(super) fn group_name(by: GroupBy, t: Text) -> String {
    match by {
        GroupBy::Stage => t.get("stage"),
        GroupBy::Owner => t.get("owner"),
        GroupBy::Form => t.get("form"),
        GroupBy::Grade => t.get("grade"),
    }
}

const fn class(column: Column) -> &'static str {
    match column {
        Column::Email => "w-email",
        Column::Phone | Column::LegalBasis | Column::Company | Column::Tags | Column::Property(_) => {
            "w-phone wide-only"
        }
        Column::Stage => "w-stage",
        Column::Grade => "w-grade wide-only",
        Column::Owner => "w-owner wide-only",
        Column::Form => "wide-only first-to-go",
        Column::LastSubmission | Column::LastActivity => "w-age number wide-only",
        Column::Created => "w-age number",
    }
}

const fn cell_class(column: Column) -> &'static str {
    match column {
        Column::Email => "second quiet",
        Column::Phone | Column::LegalBasis | Column::Company | Column::Tags | Column::Property(_) => "wide-only quiet",
        Column::Stage => "aside",
        Column::Grade | Column::Owner => "wide-only",
        Column::Form => "wide-only first-to-go quiet",
        Column::LastSubmission | Column::LastActivity => "wide-only number quiet",
        Column::Created => "aside-2 number quiet",
    }
}

/// The heads: what leads are called, then the columns.
pub(super) fn heads(looked: &Looked, names: &Names<'_>) -> Vec<Head> {
    let head = |name, class, by: Option<SortBy>| {
        let now = looked.settings.sort;
        let is_sorted = by == Some(now.by);
        // Names and companies begin with a, grades with the best, moments with the latest.
        let other = by.map(|by| LeadOrder {
            by,
            descending: if is_sorted {
                !now.descending
            } else {
                !matches!(by, SortBy::Name | SortBy::Company | SortBy::Grade)
            },
        });
        Head {
            name,
            class,
            address: other.map(|order| looked.with(|settings| settings.sort = order)).unwrap_or_default(),
            sorted: match (is_sorted, now.descending) {
                (false, _) => "",
                (true, true) => "descending",
                (true, false) => "ascending",
            },
        }
    };
    let columns = looked.settings.columns.all().iter();
    let columns = columns.map(|column| head(column_name(*column, names), class(*column), sorted_by(*column)));
    std::iter::once(head(names.t.get("name"), "w-name", Some(SortBy::Name))).chain(columns).collect()
}

/// The rows.
pub(super) fn rows(looked: &Looked, list: &LeadList, names: &Names<'_>, calendar: &Calendar) -> Vec<Row> {
    let mut before = None;
    let by = looked.settings.group;
    list.leads
        .items
        .iter()
        .map(|lead| {
            let group = by.map(|by| Group::of(by, lead.stage, lead.owner, lead.form, lead.score.grade()));
            let begins = group.is_some() && group != before;
            before = group;
            row(lead, group.filter(|_| begins), looked, names, calendar)
        })
        .collect()
}

fn row(lead: &LeadRow, begins: Option<Group>, looked: &Looked, names: &Names<'_>, calendar: &Calendar) -> Row {
    let name = lead.title();
    let (group, group_kind) = begins.map(|group| head_of(group, names)).unwrap_or_default();
    let cell = |column: &Column| {
        let value = match value(*column, lead, names, calendar) {
            // What the lead is called by is not said twice.
            Value::Text(text) if name == Some(&text) => Value::Text(String::new()),
            value => value,
        };
        Cell { class: cell_class(*column), value }
    };
    Row {
        group,
        group_kind,
        id: lead.id,
        address: address_in(&looked.address(), lead.id),
        version: lead.version,
        opened: calendar.iso(lead.created_at),
        person: Face::new(name.map_or_else(|| names.t.get("nameless"), str::to_owned)),
        cells: looked.settings.columns.all().iter().map(cell).collect(),
    }
}

fn value(column: Column, lead: &LeadRow, names: &Names<'_>, calendar: &Calendar) -> Value {
    let form = lead.form.and_then(|id| names.forms.iter().find(|form| form.id == id));
    match column {
        Column::Email => Value::Text(lead.email.as_deref().unwrap_or_default().to_owned()),
        Column::Phone => Value::Text(lead.phone.as_ref().map(Phone::written).unwrap_or_default().to_owned()),
        Column::Stage => {
            let stage = names.pipelines.stage(lead.stage);
            Value::Stage {
                id: lead.stage.to_string(),
                name: stage.map(|stage| stage.name.to_string()).unwrap_or_default(),
                kind: stage.map_or("", |stage| stage.kind.code()),
                is_stale: names.pipelines.is_stale(lead.stage, lead.last_activity_at, calendar.now()),
            }
        }
        Column::Owner => Value::Owner {
            id: lead.owner.map(|owner| owner.to_string()).unwrap_or_default(),
            face: lead.owner.map(|owner| Face::new(names.member(owner).unwrap_or_else(|| names.t.get("somebody")))),
        },
        Column::Form => Value::Text(form.map(|form| form.settings.name.to_string()).unwrap_or_default()),
        Column::Grade => Value::Text(lead.score.grade().to_string()),
        Column::LegalBasis => Value::Text(choices::legal_basis(names.t, lead.legal_basis)),
        Column::LastSubmission => Value::Time(calendar.moment(lead.last_submission_at)),
        Column::LastActivity => Value::Time(calendar.moment(lead.last_activity_at)),
        Column::Created => Value::Time(calendar.moment(lead.created_at)),
        Column::Company => Value::Text(lead.company.as_deref().unwrap_or_default().to_owned()),
        Column::Tags => Value::Text(lead.tags.iter().map(|tag| &**tag).collect::<Vec<_>>().join(", ")),
        Column::Property(id) => {
            let kind = names.property(id).map(|property| &property.kind);
            let known = lead.properties.get(id);
            let shown = known.map(|known| value_shown(names.t, calendar, kind, known)).unwrap_or_default();
            Value::Text(short(&shown.join(", ")))
        }
    }
}

/// A cell shows the beginning of what is long.
fn short(text: &str) -> String {
    let mut letters = text.chars();
    let begin: String = letters.by_ref().take(MOST_SHOWN).collect();
    if letters.next().is_some() { format!("{begin}…") } else { begin }
}

fn head_of(group: Group, names: &Names<'_>) -> (String, &'static str) {
    match group {
        Group::Stage(id) => {
            let stage = names.pipelines.stage(id);
            let name = stage.map(|stage| stage.name.to_string()).unwrap_or_default();
            (name, stage.map_or("", |stage| stage.kind.code()))
        }
        Group::Owner(None) => (names.t.get("owner-none"), ""),
        Group::Owner(Some(owner)) => (names.member(owner).unwrap_or_else(|| names.t.get("somebody")), ""),
        Group::Grade(grade) => (format!("{grade}: {}", score_words::grade(names.t, grade)), ""),
        Group::Form(form) => {
            let form = form.and_then(|id| names.forms.iter().find(|form| form.id == id));
            (form.map_or_else(|| names.t.get("filter-form-none"), |form| form.settings.name.to_string()), "")
        }
    }
}
