//! The hosted page of a form. Works without scripts, in a frame or alone.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, header};
use qualify_domain::{id::PublicFormId, submission::Sent};
use qualify_ports::spam::SpamFieldKind;

use crate::{
    actor::Visitor,
    filled::Filled,
    page::{Page, show},
    problem::{Fault, Problem},
    public::{
        consents::{self, Consent},
        inputs::{Input, inputs},
        notice::{self, Part},
        visit,
    },
    text::Text,
    web::Web,
};

/// The word by which a visitor asks for another language than the form's.
pub const LANGUAGE: &str = "lang";
/// The word by which a page tells which version of the form it showed.
pub const SHOWN: &str = "_version";

/// So much of a value goes along from the address into the page, in characters.
const MOST_CARRIED: usize = 2_048;

#[derive(Template)]
#[template(path = "public/form.html")]
struct FormPage {
    page: Page,
    public_id: PublicFormId,
    version: i32,
    organization: String,
    inputs: Vec<Input>,
    has_mandatory: bool,
    filled: Filled,
    trouble: String,
    consents: Vec<Consent>,
    notice: Vec<Part>,
    carried: Vec<(&'static str, String)>,
    traps: Vec<&'static str>,
    works: Vec<(&'static str, String)>,
    language: &'static str,
}

/// `GET /f/{public_id}`
pub async fn show_form(
    State(web): State<Web>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let asked = |name: &str| {
        let (_, value) = pairs.iter().find(|(found, _)| found == name)?;
        Some(value.chars().take(MOST_CARRIED).collect::<String>())
    };
    let from = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let carried = visit::FIELDS.into_iter().filter_map(|name| {
        let value = asked(name).or_else(|| from.clone().filter(|_| name == "_referrer"))?;
        Some((name, value.chars().take(MOST_CARRIED).collect()))
    });
    // A field that the page answers by itself may be answered by its address.
    let own = visitor.0.form.settings.fields.iter().filter_map(|field| field.asks.own()).filter(|own| own.is_hidden);
    let own = own.filter_map(|own| Some((own.key.to_string(), vec![asked(own.key.as_str())?])));
    let sent = Sent { own: own.collect(), ..Sent::default() };
    let t = visitor.text_in(asked(LANGUAGE).as_deref());
    page(&web, &visitor, t, &sent, Vec::new(), String::new(), carried.collect())
}

/// The page with what the visitor typed, what is wrong, and what it carries along.
pub fn page(
    web: &Web,
    visitor: &Visitor,
    t: Text,
    sent: &Sent,
    faults: Vec<Fault>,
    trouble: String,
    mut carried: Vec<(&'static str, String)>,
) -> Result<Response, Problem> {
    let form = &visitor.0.form;
    let organization = visitor.0.organization.to_string();
    let settings = &form.settings;
    let (mut traps, mut works) = (Vec::new(), Vec::new());
    for (field, value) in web.app().submissions.filled_spam_fields(form) {
        match field.kind {
            SpamFieldKind::Trap => traps.push(field.name),
            // What was solved already goes along as it is.
            SpamFieldKind::Work if value.is_empty() => {}
            SpamFieldKind::Work => {
                let done = carried.iter().position(|(name, _)| *name == field.name).map(|place| carried.remove(place));
                works.push(done.unwrap_or((field.name, value)));
            }
            SpamFieldKind::Hidden if carried.iter().any(|(name, _)| *name == field.name) => {}
            SpamFieldKind::Hidden => carried.push((field.name, value)),
        }
    }
    let inputs = inputs(settings, sent, &faults, t);
    let consents = consents::asked(settings, &faults);
    let notice = notice::parts(settings, &organization, t);
    let shown_in = if t.language() == settings.language { "" } else { t.language().code() };
    let filled = faults.into_iter().fold(Filled::default(), |filled, fault| filled.faulty(fault.field, fault.detail));
    show(&FormPage {
        page: Page { suffix: String::new(), ..Page::plain(t, t.with("public-title", "organization", &organization)) },
        public_id: form.public_id,
        version: form.version,
        organization,
        has_mandatory: consents.iter().any(|one| one.required) || inputs.iter().any(|one| one.required),
        inputs,
        filled,
        trouble,
        consents,
        notice,
        carried,
        traps,
        works,
        language: shown_in,
    })
}
