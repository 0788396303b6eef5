//! The hosted page of a form. Works without scripts, in a frame or alone.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, header};
use qualify_domain::{form::LegalBasis, id::PublicFormId, submission::Sent};
use qualify_ports::spam::SpamFieldKind;

use crate::{
    actor::Visitor,
    filled::Filled,
    page::{Page, show},
    problem::{Fault, Problem},
    public::{
        inputs::{Input, inputs},
        visit,
    },
    web::Web,
};

/// So much of a value goes along from the address into the page, in characters.
const MOST_CARRIED: usize = 2_048;

#[derive(Template)]
#[template(path = "public/form.html")]
struct FormPage {
    page: Page,
    public_id: PublicFormId,
    organization: String,
    inputs: Vec<Input>,
    has_mandatory: bool,
    filled: Filled,
    trouble: String,
    notice: String,
    legal_basis: String,
    consent_wording: String,
    carried: Vec<(&'static str, String)>,
    traps: Vec<&'static str>,
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
    page(&web, &visitor, &sent, Vec::new(), String::new(), carried.collect())
}

/// The page with what the visitor typed, what is wrong, and what it carries along.
pub fn page(
    web: &Web,
    visitor: &Visitor,
    sent: &Sent,
    faults: Vec<Fault>,
    trouble: String,
    mut carried: Vec<(&'static str, String)>,
) -> Result<Response, Problem> {
    let (t, form) = (visitor.text(), &visitor.0.form);
    let organization = visitor.0.organization.to_string();
    let settings = &form.settings;
    let mut traps = Vec::new();
    for (field, value) in web.app().submissions.filled_spam_fields(form.id) {
        match field.kind {
            SpamFieldKind::Trap => traps.push(field.name),
            SpamFieldKind::Hidden if carried.iter().any(|(name, _)| *name == field.name) => {}
            SpamFieldKind::Hidden => carried.push((field.name, value)),
        }
    }
    let inputs = inputs(settings, sent, &faults);
    let filled = faults.into_iter().fold(Filled::default(), |filled, fault| filled.faulty(fault.field, fault.detail));
    let consents = settings.legal_basis == LegalBasis::Consent;
    show(&FormPage {
        page: Page { suffix: String::new(), ..Page::plain(t, t.with("public-title", "organization", &organization)) },
        public_id: form.public_id,
        organization,
        has_mandatory: consents || inputs.iter().any(|one| one.required),
        inputs,
        filled,
        trouble,
        notice: settings.notice.to_string(),
        legal_basis: match settings.legal_basis {
            LegalBasis::Consent => t.get("public-basis-consent"),
            LegalBasis::LegitimateInterest => t.get("public-basis-legitimate-interest"),
        },
        consent_wording: settings.consent_wording.as_deref().filter(|_| consents).unwrap_or_default().to_owned(),
        carried,
        traps,
    })
}
