//! What is known of a lead, row by row: shown, or as a form in its place.

use qualify_domain::{
    activity::{Author, What},
    id::PropertyId,
    lead::Lead,
    lead_field::LeadField,
    property::{Property, PropertyKind},
};

use super::{
    change::split_tags,
    input::{self, Input},
    told::Told,
};
use crate::{moment::Calendar, pages::facts::value_shown, text::Text};

/// The field that is being changed, as its writer left it.
#[derive(Clone, Debug)]
pub struct Edit {
    pub field: LeadField,
    typed: Option<Vec<String>>,
    fault: String,
    is_contested: bool,
}

impl Edit {
    /// The field as it is.
    pub const fn new(field: LeadField) -> Self {
        Self { field, typed: None, fault: String::new(), is_contested: false }
    }

    /// With what was typed.
    pub fn typed(self, values: Vec<String>) -> Self {
        Self { typed: Some(values), ..self }
    }

    /// With what is wrong with it.
    pub fn faulty(self, fault: String) -> Self {
        Self { fault, ..self }
    }

    /// When somebody else has changed it meanwhile.
    pub fn contested(self) -> Self {
        Self { is_contested: true, ..self }
    }
}

/// One row.
pub struct Row {
    pub field: String,
    /// The id of its element.
    pub id: String,
    pub label: String,
    pub shown: Vec<String>,
    pub href: String,
    /// Whether it is out of use: what is known stays as it is.
    pub is_archived: bool,
    pub form: Option<Form>,
}

/// A row as a form.
pub struct Form {
    input: Input,
    pub was: String,
    pub conflict: Option<Conflict>,
}

impl Form {
    /// The field.
    pub const fn input(&self) -> &Input {
        &self.input
    }
}

/// What somebody else wrote meanwhile, beside what was typed, both as the page shows what is known.
pub struct Conflict {
    pub about: String,
    pub theirs: String,
    pub mine: String,
    /// What was typed, as it is sent again.
    pub typed: Vec<String>,
}

impl Told<'_> {
    /// What is known of the person and what the organization wants to know, as far as it is in use or known.
    pub(super) fn rows(&self, edit: Option<&Edit>) -> Vec<Row> {
        let usual = [LeadField::Name, LeadField::Email, LeadField::Phone, LeadField::Company, LeadField::Tags];
        let usual = usual.into_iter().map(|field| self.row(field, self.t.get(&field.to_string()), None, edit));
        let own = self.file.properties.iter().filter_map(|property| {
            let field = LeadField::Property(property.id);
            let known = self.file.lead.properties.get(property.id).is_some();
            let editable = edit.filter(|_| !property.is_archived);
            (known || !property.is_archived)
                .then(|| self.row(field, property.name.to_string(), Some(property), editable))
        });
        usual.chain(own).collect()
    }

    fn row(&self, field: LeadField, label: String, property: Option<&Property>, edit: Option<&Edit>) -> Row {
        let lead = &self.file.lead;
        let written = field.written(lead);
        let href = match field {
            _ if written.is_empty() => String::new(),
            LeadField::Email => format!("mailto:{written}"),
            LeadField::Phone => {
                let number = lead.phone.as_ref().and_then(|phone| phone.e164());
                number.map(|number| format!("tel:{number}")).unwrap_or_default()
            }
            _ if property.is_some_and(|property| property.kind == PropertyKind::Url) => written.clone(),
            _ => String::new(),
        };
        Row {
            id: format!("p-{}", field.to_string().replace(':', "-")),
            field: field.to_string(),
            shown: shown(self.t, &self.calendar, lead, field, &self.file.properties),
            href,
            is_archived: property.is_some_and(|property| property.is_archived),
            form: edit.filter(|edit| edit.field == field).map(|edit| self.form(edit, &label, property, written)),
            label,
        }
    }

    fn form(&self, edit: &Edit, label: &str, property: Option<&Property>, written: String) -> Form {
        let chosen: Vec<String> = edit.typed.clone().unwrap_or_else(|| written.lines().map(str::to_owned).collect());
        let value = edit.typed.as_ref().map_or_else(|| written.clone(), |typed| typed.join("\n"));
        let kind = match (edit.field, property) {
            (LeadField::Email, _) => "email",
            (LeadField::Phone, _) => "tel",
            (LeadField::Tags, _) => "area",
            (_, Some(property)) => input::kind(&property.kind),
            _ => "text",
        };
        let input = Input {
            kind,
            name: "value".to_owned(),
            label: label.to_owned(),
            value,
            choices: property.map(|property| input::choices(&property.kind, &chosen)).unwrap_or_default(),
            fault: edit.fault.clone(),
            alone: true,
        };
        let conflict = edit.is_contested.then(|| self.conflict(edit, property, chosen));
        Form { input, conflict, was: written }
    }

    fn conflict(&self, edit: &Edit, property: Option<&Property>, typed: Vec<String>) -> Conflict {
        let latest = self.file.activities.iter().find(|entry| match &entry.what {
            What::Changed(fields) => fields.contains(&edit.field),
            _ => false,
        });
        let who = match latest.and_then(|entry| entry.author) {
            Some(Author::Member(user)) => self.member(user),
            Some(Author::Program(_)) => self.t.get("program"),
            None => self.t.get("somebody"),
        };
        let when = latest.map(|entry| self.calendar.moment(entry.at).full).unwrap_or_default();
        let about = self.t.with_all("conflict-about", [("name", &*who), ("when", &*when)]);
        let theirs = shown(self.t, &self.calendar, &self.file.lead, edit.field, &self.file.properties);
        let mine = self.typed_shown(edit.field, property, &typed);
        Conflict { about, theirs: theirs.join("\n"), mine: mine.join("\n"), typed }
    }

    /// What was typed, as it would be shown once it is kept; as it came where it cannot be.
    fn typed_shown(&self, field: LeadField, property: Option<&Property>, typed: &[String]) -> Vec<String> {
        let texts: Vec<&str> = typed.iter().map(String::as_str).collect();
        let read = property.and_then(|property| Some((property.kind.read(&texts).ok()??, &property.kind)));
        match (field, read) {
            (_, Some((value, kind))) => value_shown(self.t, &self.calendar, Some(kind), &value),
            (LeadField::Tags, None) => {
                let tags = split_tags(typed);
                tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
            }
            (_, None) => typed.to_vec(),
        }
    }
}

/// What is known of a field, in the reader's language; each of several alone.
pub(super) fn shown(t: Text, calendar: &Calendar, lead: &Lead, field: LeadField, own: &[Property]) -> Vec<String> {
    if let LeadField::Property(id) = field {
        let kind = own.iter().find(|property| property.id == id).map(|property| &property.kind);
        return lead.properties.get(id).map(|value| value_shown(t, calendar, kind, value)).unwrap_or_default();
    }
    let written = field.written(lead);
    match field {
        _ if written.is_empty() => Vec::new(),
        LeadField::Tags => written.lines().map(str::to_owned).collect(),
        _ => vec![written],
    }
}

/// What the organization calls a property.
pub(super) fn property_name(t: Text, own: &[Property], id: PropertyId) -> String {
    let property = own.iter().find(|property| property.id == id);
    property.map_or_else(|| t.get("property-gone"), |property| property.name.to_string())
}
