//! What a form asks, as its page shows it.

use qualify_domain::{
    form::{Asks, FormField, FormSettings, OwnField},
    property::PropertyKind,
    submission::Sent,
};

use crate::{problem::Fault, text::Text};

/// One field of a form's page.
pub struct Input {
    /// By what its answer is sent.
    pub name: String,
    /// The kind of the element: what `type` says, or `area`, `choice`, `choices`.
    pub kind: &'static str,
    /// What a browser may fill it with.
    pub autocomplete: &'static str,
    /// How it is called.
    pub label: String,
    /// What helps to answer; empty for nothing.
    pub help: String,
    /// Whether there is no sending without it.
    pub required: bool,
    /// The fewest characters of a text; nothing where it may have any.
    pub shortest: Option<u32>,
    /// The most characters of a text.
    pub longest: Option<u32>,
    /// What there is to choose from.
    pub options: Vec<Choice>,
    /// What stands in it.
    pub value: String,
    /// What is wrong with it; empty for nothing.
    pub fault: String,
}

/// Something to choose.
pub struct Choice {
    /// How it is called, and sent.
    pub name: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// The fields of a form's page in that language, as they were filled, each with what is wrong with it.
pub fn inputs(settings: &FormSettings, sent: &Sent, faults: &[Fault], t: Text) -> Vec<Input> {
    let reach = settings.fields.iter().filter(|field| matches!(field.asks, Asks::Email | Asks::Phone)).count();
    let mut inputs: Vec<Input> = settings.fields.iter().map(|field| input(field, sent, faults, t)).collect();
    for (field, input) in settings.fields.iter().zip(&mut inputs) {
        if reach == 1 && matches!(field.asks, Asks::Email | Asks::Phone) {
            // Nobody could be answered without it.
            input.required = true;
        } else if reach > 1 && matches!(field.asks, Asks::Email) && input.help.is_empty() {
            input.help = t.get("public-reach");
        }
    }
    inputs
}

fn input(field: &FormField, sent: &Sent, faults: &[Fault], t: Text) -> Input {
    let (kind, autocomplete) = element(&field.asks);
    let value = match &field.asks {
        Asks::Name => std::slice::from_ref(&sent.name),
        Asks::Email => std::slice::from_ref(&sent.email),
        Asks::Phone => std::slice::from_ref(&sent.phone),
        Asks::Message => std::slice::from_ref(&sent.message),
        Asks::Own(own) => sent.own.get(own.key.as_str()).map(Vec::as_slice).unwrap_or_default(),
    };
    let choices = field.asks.own().map(|own| own.kind.choices()).unwrap_or_default();
    let fault = faults.iter().find(|fault| fault.field == field.key());
    let is_text = |own: &&OwnField| matches!(own.kind, PropertyKind::Text | PropertyKind::LongText | PropertyKind::Url);
    let limits = field.asks.own().filter(is_text).map(|own| own.limits).unwrap_or_default();
    Input {
        name: field.key().to_owned(),
        kind,
        autocomplete,
        label: label(field, t),
        help: field.help.get(t.language()).map(ToString::to_string).unwrap_or_default(),
        required: field.is_required,
        shortest: limits.least,
        longest: limits.most,
        options: choices
            .iter()
            .map(|choice| Choice { name: choice.to_string(), chosen: value.iter().any(|one| **one == **choice) })
            .collect(),
        value: value.first().cloned().unwrap_or_default(),
        fault: fault.map(|fault| fault.detail.clone()).unwrap_or_default(),
    }
}

/// How a field is called on the page.
pub fn label(field: &FormField, t: Text) -> String {
    match (field.label.get(t.language()), &field.asks) {
        (Some(label), _) => label.to_string(),
        (None, Asks::Own(own)) => own.key.to_string(),
        (None, _) => t.get(field.key()),
    }
}

fn element(asks: &Asks) -> (&'static str, &'static str) {
    match asks {
        Asks::Name => ("text", "name"),
        Asks::Email => ("email", "email"),
        Asks::Phone => ("tel", "tel"),
        Asks::Message => ("area", "off"),
        Asks::Own(own) if own.is_hidden => ("hidden", "off"),
        Asks::Own(own) => match own.kind {
            PropertyKind::Text => ("text", "on"),
            PropertyKind::LongText => ("area", "off"),
            // A number as people write it: browsers take none with a comma in a field of numbers.
            PropertyKind::Number => ("number", "off"),
            PropertyKind::Date => ("date", "off"),
            PropertyKind::Choice(_) => ("choice", "off"),
            PropertyKind::MultipleChoice(_) => ("choices", "off"),
            PropertyKind::Checkbox => ("checkbox", "off"),
            PropertyKind::Url => ("url", "url"),
        },
    }
}
