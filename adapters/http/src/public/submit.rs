//! The intake: `POST /f/{public_id}` from our page, from anybody's form, from a script.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use qualify_domain::{
    form::{FormSettings, Purpose},
    language::Language,
    submission::{OwnTexts, Sent},
    text::Origin,
    violation::Violations,
};
use qualify_usecases::{Error, Receipt, Submit};
use serde::Serialize;

use crate::{
    actor::Visitor,
    fields::{Fields, INTAKE_BODY},
    problem::{Fault, Problem},
    public::{
        consents::GROUND,
        door::reads_pages,
        hosted::{self, LANGUAGE, SHOWN},
        visit,
    },
    source::Source,
    text::Text,
    web::Web,
};

/// The fields a visitor fills.
const ANSWERS: [&str; 5] = ["name", "email", "phone", "message", GROUND];
/// Our own words beside them.
const OURS: [&str; 4] = ["_sid", "_redirect", LANGUAGE, SHOWN];
/// At most so many undeclared names of one submission are counted.
const MOST_UNDECLARED: usize = 20;
/// A key longer than this is no key.
const LONGEST_KEY: usize = 255;

/// `POST /f/{public_id}`
pub async fn submit(State(web): State<Web>, visitor: Visitor, request: Request) -> Result<Response, Problem> {
    let source = Source::of(&request, &web);
    let (head, body) = request.into_parts();
    let fields = Fields::read(&head.headers, body, INTAKE_BODY).await?;
    let came = Came::read(&web, &visitor.0.form.settings, &head.headers, &fields);
    let outcome = match came.unreadable() {
        Some(faults) => Err(Refused::Faults(faults)),
        None => came.send(&web, &visitor, source).await,
    };
    match outcome {
        Ok(receipt) => came.thank(&web, &visitor, receipt),
        Err(refused) => came.explain(&web, &visitor, refused),
    }
}

/// A submission as it came.
struct Came<'a> {
    headers: &'a HeaderMap,
    page: bool,
    sent: Sent,
    carried: Vec<(&'static str, String)>,
    spam: BTreeMap<&'static str, String>,
    key: Option<String>,
    redirect: String,
    language: String,
    shown: Option<i32>,
    undeclared: Vec<String>,
    faults: Vec<Unread>,
}

/// A field that cannot be read, and the name of the rule that it breaks.
type Unread = (String, &'static str);

/// Why it was not taken.
enum Refused {
    Faults(Vec<Unread>),
    Limit(u64),
    Error(Error),
}

impl<'a> Came<'a> {
    fn read(web: &Web, settings: &FormSettings, headers: &'a HeaderMap, fields: &Fields) -> Self {
        let mut faults = Vec::new();
        let mut text = |name| fields.text(name, &mut faults);
        let [name, email, phone, message, consent] = ANSWERS.map(&mut text);
        let [sid, redirect, language, shown] = OURS.map(&mut text);
        let is_ticked = |box_: &str| !matches!(box_.trim(), "" | "0" | "false" | "off" | "no");
        let consent = is_ticked(&consent);
        let ticked = |purpose: &Purpose| is_ticked(&fields.text(purpose.field(), &mut Vec::new()));
        let purposes = Purpose::ALL.into_iter().filter(ticked).collect();
        let spam_fields: Vec<_> = web.app().submissions.spam_fields().map(|field| field.name).collect();
        let spam: BTreeMap<_, _> =
            spam_fields.iter().map(|name| (*name, text(name))).filter(|(_, value)| !value.is_empty()).collect();
        // A strange campaign value is left out rather than refused.
        let asked = |name: &str| settings.fields.iter().any(|field| field.key() == name);
        let is_asked = |name: &str| !ANSWERS.contains(&name) || name == GROUND || asked(name);
        let unread = faults.into_iter().filter(|(name, _)| is_asked(name));
        let mut faults: Vec<Unread> = unread.map(|(name, rule)| (name.to_owned(), rule)).collect();
        let mut own = OwnTexts::new();
        for field in settings.fields.iter().filter_map(|field| field.asks.own()) {
            match fields.several(field.key.as_str()) {
                Ok(texts) => drop(own.insert(field.key.to_string(), texts)),
                Err(rule) => faults.push((field.key.to_string(), rule)),
            }
        }
        let carried = visit::FIELDS.map(|name| (name, fields.text(name, &mut Vec::new())));
        let named = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let key = named.or(Some(sid)).filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
        Self {
            headers,
            page: reads_pages(headers) && !fields.is_json(),
            sent: Sent { name, email, phone, message, consent, purposes, own },
            carried: carried.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            spam,
            key,
            redirect,
            language,
            shown: shown.parse().ok(),
            undeclared: undeclared(fields, settings, &spam_fields),
            faults,
        }
    }

    /// The words of the page that was sent.
    fn text(&self, visitor: &Visitor) -> Text {
        visitor.text_in(Some(&self.language))
    }

    fn unreadable(&self) -> Option<Vec<Unread>> {
        (!self.faults.is_empty()).then(|| self.faults.clone())
    }

    async fn send(&self, web: &Web, visitor: &Visitor, Source(ip): Source) -> Result<Receipt, Refused> {
        web.intake().take(ip, visitor.0.form.public_id).map_err(Refused::Limit)?;
        let carried = |name| {
            self.carried.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let command = Submit {
            sent: self.sent.clone(),
            attribution: visit::read(carried, self.headers),
            ip,
            key: self.key.clone(),
            version: self.shown,
            spam: self.spam.clone(),
            undeclared: self.undeclared.clone(),
        };
        web.app().submissions.submit(&visitor.0, command).await.map_err(Refused::Error)
    }

    fn thank(&self, web: &Web, visitor: &Visitor, receipt: Receipt) -> Result<Response, Problem> {
        let wanted = listed(&self.redirect, visitor, web.origin()).then(|| self.redirect.clone());
        let elsewhere = wanted.or(receipt.thank_you.map(String::from));
        if !self.page {
            let told = Told {
                receipt: receipt.id.to_string(),
                message: self.text(visitor).get("thanks-short"),
                redirect: elsewhere,
            };
            let body = serde_json::to_vec(&told).unwrap_or_default();
            return Ok((StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], body).into_response());
        }
        let asked = Some(&self.language).filter(|language| language.parse::<Language>().is_ok());
        let asked = asked.map(|language| format!("?{LANGUAGE}={language}")).unwrap_or_default();
        let target = elsewhere.unwrap_or_else(|| format!("/f/{}/thanks{asked}", visitor.0.form.public_id));
        let target = HeaderValue::try_from(target).map_err(|_| Problem::bad_request())?;
        Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response())
    }

    fn explain(&self, web: &Web, visitor: &Visitor, refused: Refused) -> Result<Response, Problem> {
        let t = self.text(visitor);
        let (problem, faults) = match refused {
            Refused::Limit(seconds) => (Problem::too_many(seconds), Vec::new()),
            Refused::Faults(unreadable) => (invalid(), self.all_faults(visitor, &unreadable)),
            Refused::Error(Error::Invalid(violations)) => (invalid(), told(t, &violations)),
            Refused::Error(error) => (Problem::from(error), Vec::new()),
        };
        if !self.page || problem.code() == StatusCode::INTERNAL_SERVER_ERROR {
            return Err(problem.with_faults(faults));
        }
        let trouble = match problem.code() {
            StatusCode::CONFLICT => t.get("public-again"),
            StatusCode::UNPROCESSABLE_ENTITY => t.get("public-faults"),
            _ => problem.detail(t),
        };
        let status = problem.code();
        let mut response = hosted::page(web, visitor, t, &self.sent, faults, trouble, self.carried_again(status))?;
        *response.status_mut() = status;
        if let Some(seconds) = problem.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Ok(response)
    }

    /// What cannot be read, and what is wrong with the rest: all at once.
    fn all_faults(&self, visitor: &Visitor, unreadable: &[Unread]) -> Vec<Fault> {
        let t = self.text(visitor);
        let mut violations = Violations::default();
        let _ = visitor.0.form.settings.read(&self.sent, &mut violations);
        let first = unreadable.iter().map(|(field, key)| Fault {
            field: field.clone(),
            rule: key.trim_start_matches("rule-"),
            detail: t.get(key),
        });
        // What cannot be read is not missing.
        let mut rest = told(t, &violations);
        rest.retain(|fault| unreadable.iter().all(|(field, _)| *field != fault.field));
        first.chain(rest).collect()
    }

    /// The visit and the page's own token go with the next try; a token that was used is replaced by a fresh one.
    fn carried_again(&self, status: StatusCode) -> Vec<(&'static str, String)> {
        let mut carried = self.carried.clone();
        if !self.redirect.is_empty() {
            carried.push(("_redirect", self.redirect.clone()));
        }
        if status != StatusCode::CONFLICT {
            carried.extend(self.spam.iter().map(|(name, value)| (*name, value.clone())));
            carried.extend(
                self.key.clone().filter(|_| !self.headers.contains_key("idempotency-key")).map(|k| ("_sid", k)),
            );
        }
        carried
    }
}

#[derive(Serialize)]
struct Told {
    receipt: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
}

fn invalid() -> Problem {
    Problem::status(StatusCode::UNPROCESSABLE_ENTITY)
}

fn told(t: Text, violations: &Violations) -> Vec<Fault> {
    let fault = |violation: &qualify_domain::violation::Violation| Fault {
        field: violation.field.to_string(),
        rule: violation.rule.code(),
        detail: t.rule(&violation.field, violation.rule),
    };
    violations.iter().map(fault).collect()
}

/// Whether the visitor may be sent on to `target`: a page of a website on the form's list, or of ours.
fn listed(target: &str, visitor: &Visitor, own: &str) -> bool {
    let Ok(url) = url::Url::parse(target) else { return false };
    let origin = url.origin().ascii_serialization();
    let known = |allowed: &Origin| **allowed == *origin;
    matches!(url.scheme(), "https" | "http")
        && (origin == own || visitor.0.form.settings.allowed_origins.iter().any(known))
}

/// The names of fields nobody declared: counted, so that the form's page can say so. What was in them is not kept.
fn undeclared(fields: &Fields, settings: &FormSettings, spam: &[&str]) -> Vec<String> {
    let declared = |name: &str| {
        let asked = settings.fields.iter().any(|field| field.key() == name);
        let is_box = name == GROUND || Purpose::ALL.iter().any(|purpose| purpose.field() == name);
        asked || is_box || OURS.contains(&name) || visit::FIELDS.contains(&name) || spam.contains(&name)
    };
    let names = fields.names().filter(|name| !declared(name) && is_name(name));
    let once: BTreeSet<&str> = names.take(MOST_UNDECLARED).collect();
    once.into_iter().map(str::to_owned).collect()
}

/// Whether it looks like the name of a field rather than like something somebody typed.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.[]:".contains(c))
}
