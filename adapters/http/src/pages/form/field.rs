//! One field of a form, new or changed.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    form::{Asks, FieldEdit, FormField, Limits, OwnField, Words, suggest_key},
    id::{FormId, PropertyId},
    language::Language,
    lead_field::LeadField,
    property::{Property, PropertyKind},
    text::{Line, Name},
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, FieldsFile};
use serde::Deserialize;

use super::{fields::back, parse};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    public::inputs::label,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/form/field.html")]
struct FieldPage {
    page: Page,
    filled: Filled,
    id: FormId,
    name: String,
    title: String,
    action: String,
    /// The word of a field that is there; empty for a new one.
    key: String,
    /// `None` for a field every form has: its kind and word stay.
    own: Option<Offers>,
    kind: String,
    tells: Vec<(String, String)>,
}

/// What the kind of a field of one's own offers.
struct Offers {
    has_choices: bool,
    has_limits: bool,
    may_hide: bool,
}

/// What a new field begins with.
#[derive(Debug, Default, Deserialize)]
pub struct Begun {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    property: String,
}

const NAMES: [&str; 14] = [
    "kind", "key", "label_en", "label_fr", "help_en", "help_fr", "choices", "least", "most", "purpose", "tells",
    "hidden", "required", "seen",
];

/// A field as it was typed.
struct Typed {
    values: [String; NAMES.len()],
}

impl Typed {
    fn read(posted: &Posted) -> Result<Self, Problem> {
        Ok(Self { values: posted.only(NAMES)? })
    }

    fn filled(&self) -> Filled {
        NAMES.iter().zip(&self.values).fold(Filled::default(), |filled, (name, value)| filled.with(name, value))
    }

    /// The field as it was shown; none if the page does not tell.
    fn seen(&self) -> Result<Option<FormField>, Problem> {
        match self.filled().value("seen") {
            "" => Ok(None),
            seen => serde_json::from_str(seen).map(Some).map_err(|_| Problem::bad_request()),
        }
    }

    /// What was typed, beside what somebody else made of the field meanwhile.
    fn beside(&self, present: &FormField, t: Text) -> Filled {
        let theirs = filled_with(present);
        let mine = self.filled().with("seen", theirs.value("seen")).faulty("form", t.get("field-stale"));
        let differing = NAMES.iter().filter(|name| !mine.value(name).trim().lines().eq(theirs.value(name).lines()));
        differing.fold(mine.clone(), |filled, name| {
            let value = match (*name, theirs.value(name)) {
                ("hidden" | "required", "") => t.get("no"),
                ("hidden" | "required", _) => t.get("yes"),
                (_, value) => value.to_owned(),
            };
            filled.faulty(*name, t.with("field-theirs", "value", value))
        })
    }

    /// The field, in the place of `former` if that is there.
    fn parse(&self, former: Option<&FormField>, fields: &[FormField]) -> Result<FormField, Violations> {
        let [
            kind,
            key,
            label_en,
            label_fr,
            help_en,
            help_fr,
            choices,
            least,
            most,
            purpose,
            tells,
            hidden,
            required,
            _,
        ] = &self.values;
        let mut faults = Violations::default();
        let words = |en: (&'static str, &String), fr: (&'static str, &String), faults: &mut Violations| {
            let mut line =
                |(name, text): (&'static str, &String)| faults.keep(name, Line::parse_optional(text)).flatten();
            Words::of([(Language::English, line(en)), (Language::French, line(fr))])
        };
        let label = words(("label_en", label_en), ("label_fr", label_fr), &mut faults);
        let help = words(("help_en", help_en), ("help_fr", help_fr), &mut faults);
        let asks = match former.map(|former| &former.asks) {
            Some(built_in @ (Asks::Name | Asks::Email | Asks::Phone | Asks::Message)) => Some(built_in.clone()),
            former => {
                let former = former.and_then(Asks::own);
                let any = label.get(Language::English).map(ToString::to_string).unwrap_or_default();
                let key = match (former, key.trim()) {
                    (Some(own), typed) if typed.is_empty() || typed == own.key.as_str() => Some(own.key.clone()),
                    // What is sent already goes on being understood.
                    (Some(_), _) => faults.keep("key", Err(Rule::NotAKey)),
                    (None, "") => Some(suggest_key(&any, fields)),
                    (None, typed) => faults.keep("key", typed.parse()),
                };
                let code = former.map_or(kind.as_str(), |own| own.kind.code());
                let lines = choices.lines().filter(|line| !line.trim().is_empty());
                let lines: Vec<Name> = lines.filter_map(|line| faults.keep("choices", Name::parse(line))).collect();
                let kind = faults.keep("choices", PropertyKind::of(code, lines));
                let least = faults.keep("least", Limits::parse(least)).flatten();
                let most = faults.keep("most", Limits::parse(most)).flatten();
                let limits = Limits { least, most };
                let purpose = faults.keep("purpose", Line::parse(purpose));
                let tells = match tells.as_str() {
                    "" => Some(None),
                    word => faults.keep("tells", word.parse::<LeadField>()).map(Some),
                };
                if label.is_empty() {
                    faults.add("label_en", Rule::Required);
                }
                let own = key.zip(kind).zip(purpose.zip(tells));
                own.map(|((key, kind), (purpose, tells))| {
                    Asks::Own(OwnField { key, kind, limits, is_hidden: !hidden.is_empty(), purpose, tells })
                })
            }
        };
        let field = asks.map(|asks| FormField { asks, label, help, is_required: !required.is_empty() });
        faults.or(field)
    }
}

/// What stands in the fields of a field that is there.
fn filled_with(field: &FormField) -> Filled {
    let words = |words: &Words, language| words.exactly(language).map(ToString::to_string).unwrap_or_default();
    let filled = Filled::default()
        .with("label_en", words(&field.label, Language::English))
        .with("label_fr", words(&field.label, Language::French))
        .with("help_en", words(&field.help, Language::English))
        .with("help_fr", words(&field.help, Language::French))
        .with("required", if field.is_required { "1" } else { "" })
        .with("seen", serde_json::to_string(field).unwrap_or_default());
    let Some(own) = field.asks.own() else { return filled };
    let choices: Vec<&str> = own.kind.choices().iter().map(|choice| &**choice).collect();
    let bound = |bound: Option<u32>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    filled
        .with("least", bound(own.limits.least))
        .with("most", bound(own.limits.most))
        .with("kind", own.kind.code())
        .with("key", own.key.as_str())
        .with("choices", choices.join("\n"))
        .with("purpose", &*own.purpose)
        .with("tells", own.tells.map(|tells| tells.to_string()).unwrap_or_default())
        .with("hidden", if own.is_hidden { "1" } else { "" })
}

/// What stands in the fields of a new field that asks for something the organization wants to know.
fn filled_from(property: &Property) -> Filled {
    let choices: Vec<&str> = property.kind.choices().iter().map(|choice| &**choice).collect();
    Filled::default()
        .with("kind", property.kind.code())
        .with("key", property.key.as_str())
        .with("label_en", &*property.name)
        .with("choices", choices.join("\n"))
        .with("purpose", &*property.purpose)
        .with("tells", LeadField::Property(property.id).to_string())
}

/// `GET /forms/{id}/fields/new`
pub async fn new(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    begun: Result<Query<Begun>, QueryRejection>,
) -> Result<Response, Problem> {
    let begun = begun.map_err(|_| Problem::bad_request())?.0;
    let file = web.app().forms.fields(&member.0.actor, parse(&id)?).await?;
    let filled = match begun.property.parse::<PropertyId>() {
        Ok(id) => {
            let property = file.properties.iter().find(|property| property.id == id);
            filled_from(property.ok_or_else(Problem::not_found)?)
        }
        Err(_) if PropertyKind::CODES.contains(&begun.kind.as_str()) => Filled::default().with("kind", begun.kind),
        Err(_) => return Err(Problem::not_found()),
    };
    show(&page(&member, &file, None, filled))
}

/// `GET /forms/{id}/fields/{key}`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path((id, key)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let file = web.app().forms.fields(&member.0.actor, parse(&id)?).await?;
    let field = find(&file, &key)?;
    show(&page(&member, &file, Some(field), filled_with(field)))
}

/// `POST /forms/{id}/fields/new`
pub async fn add(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    keep(&web, &member, &headers, parse(&id)?, None, &posted).await
}

/// `POST /forms/{id}/fields/{key}`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path((id, key)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    keep(&web, &member, &headers, parse(&id)?, Some(&key), &posted).await
}

async fn keep(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    id: FormId,
    key: Option<&str>,
    posted: &Posted,
) -> Result<Response, Problem> {
    let (typed, t) = (Typed::read(posted)?, member.text());
    let seen = typed.seen()?;
    let file = web.app().forms.fields(&member.0.actor, id).await?;
    let former = key.map(|key| find(&file, key)).transpose()?;
    let outcome = match typed.parse(former, file.fields()) {
        Ok(field) => {
            let edit = match key {
                Some(key) => FieldEdit::Change { key: key.to_owned(), seen, field },
                None => FieldEdit::Add(field),
            };
            web.app().forms.edit_fields(&member.0.actor, id, edit).await
        }
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(back(id)),
        Err(Error::Invalid(faults)) if wants_page(headers) => {
            let filled = typed.filled().faulty_all(&faults, t);
            let page = show(&page(member, &file, former, filled))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::Stale) if wants_page(headers) => {
            let file = web.app().forms.fields(&member.0.actor, id).await?;
            let present = find(&file, key.unwrap_or_default())?;
            let page = show(&page(member, &file, Some(present), typed.beside(present, t)))?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn find<'a>(file: &'a FieldsFile, key: &str) -> Result<&'a FormField, Problem> {
    file.fields().iter().find(|field| field.key() == key).ok_or_else(Problem::not_found)
}

fn page(member: &Member, file: &FieldsFile, field: Option<&FormField>, filled: Filled) -> FieldPage {
    let (t, id) = (member.text(), file.form.id);
    let own = field.map_or(Some(filled.value("kind")), |field| field.asks.own().map(|own| own.kind.code()));
    FieldPage {
        page: Page::of(&member.0, "forms", t.get("fields-title")),
        id,
        name: file.form.settings.name.to_string(),
        title: field.map_or_else(|| t.get("field-new"), |field| label(field, t)),
        action: field
            .map_or_else(|| format!("/forms/{id}/fields/new"), |field| format!("/forms/{id}/fields/{}", field.key())),
        key: field.map(|field| field.key().to_owned()).unwrap_or_default(),
        own: own.map(|code| Offers {
            has_choices: matches!(code, "choice" | "multiple_choice"),
            has_limits: Limits::KINDS.contains(&code),
            may_hide: code == "text",
        }),
        kind: own.map(|code| choices::property_kind(t, code)).unwrap_or_default(),
        tells: told_of_leads(own.unwrap_or_default(), &file.properties, t),
        filled,
    }
}

/// What of a lead a field of that kind can tell.
fn told_of_leads(kind: &str, properties: &[Property], t: Text) -> Vec<(String, String)> {
    let nothing = (String::new(), t.get("field-tells-nothing"));
    let company = (LeadField::Company.to_string(), t.get("company"));
    let fitting = properties.iter().filter(|property| !property.is_archived && property.kind.code() == kind);
    let own = fitting.map(|property| (LeadField::Property(property.id).to_string(), property.name.to_string()));
    let built_in = Some(company).filter(|_| kind == "text");
    [nothing].into_iter().chain(built_in).chain(own).collect()
}
