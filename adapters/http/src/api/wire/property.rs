//! Properties of leads, in the words of the API.

use qualify_domain::property::{Property, PropertyKind, PropertyValue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a property can hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PropertyKindCode {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A number.
    Number,
    /// A day.
    Date,
    /// One of some.
    Choice,
    /// Any of some.
    MultipleChoice,
    /// Yes or no.
    Checkbox,
    /// The address of a page.
    Url,
}

/// A property.
#[derive(Debug, Serialize, ToSchema)]
pub struct PropertyFace {
    /// Its id.
    id: Uuid,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// Its word in the API, in files and in forms; never changes.
    #[schema(example = "seats")]
    key: String,
    /// What members call it.
    #[schema(example = "Seats")]
    name: String,
    /// What it is asked for.
    purpose: String,
    /// What it can hold.
    kind: PropertyKindCode,
    /// What can be chosen, where it is one of the choices.
    choices: Vec<String>,
    /// Whether it was taken out of use.
    archived: bool,
}

/// The properties.
#[derive(Debug, Serialize, ToSchema)]
pub struct PropertyList {
    /// The properties, in their order.
    items: Vec<PropertyFace>,
}

impl From<&[Property]> for PropertyList {
    fn from(own: &[Property]) -> Self {
        Self { items: own.iter().map(PropertyFace::from).collect() }
    }
}

impl From<&Property> for PropertyFace {
    fn from(property: &Property) -> Self {
        let kind = match &property.kind {
            PropertyKind::Text => PropertyKindCode::Text,
            PropertyKind::LongText => PropertyKindCode::LongText,
            PropertyKind::Number => PropertyKindCode::Number,
            PropertyKind::Date => PropertyKindCode::Date,
            PropertyKind::Choice(_) => PropertyKindCode::Choice,
            PropertyKind::MultipleChoice(_) => PropertyKindCode::MultipleChoice,
            PropertyKind::Checkbox => PropertyKindCode::Checkbox,
            PropertyKind::Url => PropertyKindCode::Url,
        };
        Self {
            id: property.id.0,
            version: property.version,
            key: property.key.as_str().to_owned(),
            name: property.name.to_string(),
            purpose: property.purpose.to_string(),
            kind,
            choices: property.kind.choices().iter().map(ToString::to_string).collect(),
            archived: property.is_archived,
        }
    }
}

/// What is known of a property.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum PropertyBody {
    /// Yes or no.
    Checked(bool),
    /// A text, a day as `2026-11-26`, an address, or what was chosen. A number stands as a text too, exactly as it is known.
    Text(String),
    /// What was chosen, where several can be.
    Several(Vec<String>),
    /// Nothing.
    Nothing,
}

impl From<&PropertyValue> for PropertyBody {
    fn from(value: &PropertyValue) -> Self {
        match value {
            PropertyValue::Checked(yes) => Self::Checked(*yes),
            PropertyValue::Several(chosen) => Self::Several(chosen.iter().map(ToString::to_string).collect()),
            PropertyValue::Number(_) | PropertyValue::Text(_) => Self::Text(value.written()),
        }
    }
}

impl PropertyBody {
    /// As the property's kind reads it.
    pub fn texts(self) -> Vec<String> {
        match self {
            Self::Checked(yes) => vec![yes.to_string()],
            Self::Text(text) => vec![text],
            Self::Several(texts) => texts,
            Self::Nothing => Vec::new(),
        }
    }
}
