use std::collections::BTreeMap;

use axum::{
    extract::{RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use qualify_domain::{
    form::LegalBasis,
    id::{PipelineId, UserId},
    language::Language,
    person::{Person, WrittenPerson},
    submission::Attribution,
    text::{CampaignTag, Message},
    violation::{Rule, Violations},
};
use qualify_usecases::{CreateLead, Created, Error, FirstOwner, IfKnown, LeadStart};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{invalid, kept, properties, tags};
use crate::{
    api::{
        body::Object,
        door::Caller,
        query,
        wire::{BasisCode, Kept, PropertyBody},
    },
    fields::Unreadable,
    problem::Problem,
    web::Web,
};

const FIELDS: [&str; 15] = [
    "name",
    "email",
    "phone",
    "company",
    "message",
    "legal_basis",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "gclid",
    "fbclid",
    "msclkid",
    "known_person",
];
/// What is no text, or an id.
const OTHERS: [&str; 4] = ["tags", "properties", "owner", "pipeline"];
/// A key longer than this is no key.
const LONGEST_KEY: usize = 255;

/// What becomes of a lead to be made whose person is known, within the key's reach.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnownPersonCode {
    /// If a lead has the same e-mail address or telephone number, what is new goes to it.
    Append,
    /// If a lead has the same e-mail address or telephone number, or the same name at the same domain, nothing is made: the
    /// answer is 409 and names such leads in `duplicates`.
    Refuse,
    /// Another lead is made.
    AlwaysNew,
}

/// A lead to be made. An e-mail address or a telephone number is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewLead {
    /// The person's name.
    #[schema(max_length = 100, example = "Anna Berg")]
    name: Option<String>,
    /// Their e-mail address.
    #[schema(max_length = 254, example = "anna@example.com")]
    email: Option<String>,
    /// Their telephone number; without `+` it is read as one of the organization's country.
    #[schema(max_length = 32, example = "+33 6 12 34 56 78")]
    phone: Option<String>,
    /// Where they work.
    #[schema(max_length = 100, example = "Berg & Co")]
    company: Option<String>,
    /// What they wrote: the first note of the timeline.
    #[schema(max_length = 5000, example = "Please call me back.")]
    message: Option<String>,
    /// The words by which it is grouped.
    #[schema(max_items = 20, example = json!(["fair"]))]
    tags: Option<Vec<String>>,
    /// What else is known, by the `key` of `GET /api/v1/properties`.
    properties: Option<BTreeMap<String, PropertyBody>>,
    /// The member who works on it, from `GET /api/v1/members`, as far as the key may give leads to them; nobody if nothing
    /// is said.
    owner: Option<Uuid>,
    /// The pipeline whose first open stage it enters, from `GET /api/v1/pipelines`; the first if nothing is said.
    pipeline: Option<Uuid>,
    /// What becomes of it if its person is known; `append` if nothing is said.
    #[schema(value_type = Option<KnownPersonCode>)]
    known_person: Option<String>,
    /// The ground on which the lead is kept; legitimate interest if nothing is said.
    #[schema(value_type = Option<BasisCode>)]
    legal_basis: Option<String>,
    /// Where the person came from; 255 characters of it are kept, as of the others.
    #[schema(example = "newsletter")]
    utm_source: Option<String>,
    /// By what means.
    #[schema(example = "email")]
    utm_medium: Option<String>,
    /// In which campaign.
    utm_campaign: Option<String>,
    /// For which search.
    utm_term: Option<String>,
    /// By which link.
    utm_content: Option<String>,
    /// The click's id at Google.
    gclid: Option<String>,
    /// The click's id at Facebook.
    fbclid: Option<String>,
    /// The click's id at Microsoft.
    msclkid: Option<String>,
}

/// Make a lead.
///
/// If the organization knows the person already, by the same e-mail address or telephone number and within the key's
/// reach, no second lead is opened: what was unknown is filled in, the message and, as far as there is room, the tags are
/// added, the last touch is this one, and the answer is 200. The owner and the pipeline stay as they are. With
/// `known_person`, another lead is made all the same (`always_new`), or nothing is made and the answer is 409 (`refuse`):
/// then its `duplicates` name the leads that may be of the same person, and the key must be one that may read leads.
/// If the lead of the person is restricted, nothing is made or filled, whatever was sent, and the answer is 409.
/// With an `Idempotency-Key`, a second try within 48 hours gets the answer of the first and makes nothing. What was refused
/// uses no key up.
#[utoipa::path(post, path = "/api/v1/leads", operation_id = "createLead",
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own for this creation, 1 to 255 visible ASCII characters.", pattern = "^[!-~]{1,255}$", example = "order-4711")),
    request_body = NewLead,
    responses(
        (status = 201, description = "The lead is made.", body = Kept, headers(
            ("ETag" = String, description = "The lead's version."), ("Location" = String, description = "The lead's address."))),
        (status = 200, description = "The person was known; their lead has what was new.", body = Kept, headers(
            ("ETag" = String, description = "The lead's version."), ("Location" = String, description = "The lead's address."))),
    ))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (headers, object) = Object::read(request, &[&FIELDS[..], &OTHERS[..]].concat(), caller.text).await?;
    let key = idempotency_key(&headers)?.map(|key| (key, object.canonical()));
    let command = read(&object, key).map_err(|(unreadable, faults)| invalid(&unreadable, &faults, caller.text))?;
    let created = web.app().leads.create(&caller.program.actor, command).await.map_err(|error| match error {
        Error::Conflict(_) => Problem::new(StatusCode::CONFLICT, "error-key-reused"),
        error => error.into(),
    })?;
    let made = match created {
        Created::Kept(made) => made,
        Created::Alike(duplicates) => return Err(Problem::alike(&duplicates)),
    };
    let status = if made.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let address = HeaderValue::try_from(format!("/api/v1/leads/{}", made.lead)).map_err(|_| Problem::bad_request())?;
    Ok(([(header::LOCATION, address)], kept(status, &made.into())).into_response())
}

/// The lead to be made, or all that is wrong with it as far as the organization's language plays no part.
fn read(object: &Object, key: Option<(String, String)>) -> Result<CreateLead, (Vec<Unreadable>, Violations)> {
    let mut unreadable = Vec::new();
    let [
        name,
        email,
        phone,
        company,
        message,
        basis,
        source,
        medium,
        campaign,
        term,
        content,
        google,
        facebook,
        microsoft,
        known,
    ] = FIELDS.map(|name| object.text(name, &mut unreadable).unwrap_or_default());
    let mut faults = Violations::default();
    let legal_basis = match basis.as_str() {
        "" => Some(LegalBasis::LegitimateInterest),
        code => faults.keep("legal_basis", code.parse()),
    };
    let mut tag = |name, text: &str| faults.keep(name, CampaignTag::parse_optional(text)).flatten();
    let attribution = Attribution {
        source: tag("utm_source", &source),
        medium: tag("utm_medium", &medium),
        campaign: tag("utm_campaign", &campaign),
        term: tag("utm_term", &term),
        content: tag("utm_content", &content),
        gclid: tag("gclid", &google),
        fbclid: tag("fbclid", &facebook),
        msclkid: tag("msclkid", &microsoft),
        ..Attribution::default()
    };
    let mut person = WrittenPerson { name, email, phone, company, ..WrittenPerson::default() };
    let own = properties(object, &mut unreadable);
    let tags = tags(object.value("tags").filter(|value| !value.is_null()), &mut unreadable).unwrap_or_default();
    let owner = faults.keep("owner", read_owner(object.value("owner")));
    let pipeline = match object.text("pipeline", &mut unreadable).unwrap_or_default().as_str() {
        "" => Some(None),
        id => faults.keep("pipeline", id.parse::<PipelineId>().map_err(|_| Rule::NotAChoice)).map(Some),
    };
    let if_known = match known.as_str() {
        "" => Some(IfKnown::default()),
        code => faults.keep("known_person", code.parse()),
    };
    let chosen = legal_basis.zip(owner).zip(pipeline.zip(if_known));
    let chosen = chosen.filter(|_| unreadable.is_empty() && faults.is_empty());
    if let Some(((legal_basis, owner), (pipeline, if_known))) = chosen {
        person.properties = own;
        let start = LeadStart { tags, owner, pipeline };
        return Ok(CreateLead { person, message, legal_basis, attribution, start, if_known, key });
    }
    let mut all = Violations::default();
    Person::parse(&person, &[], Language::default(), &mut all);
    all.keep("message", Message::parse_optional(&message));
    for fault in faults.iter() {
        all.add(fault.field.clone(), fault.rule);
    }
    Err((unreadable, all))
}

fn read_owner(value: Option<&Value>) -> Result<FirstOwner, Rule> {
    match value {
        None => Ok(FirstOwner::Maker),
        Some(Value::Null) => Ok(FirstOwner::Nobody),
        Some(owner) => {
            let user = owner.as_str().and_then(|text| text.parse::<UserId>().ok());
            user.map(FirstOwner::Member).ok_or(Rule::NotAChoice)
        }
    }
}

/// The program's own key for this creation.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut lines = headers.get_all("idempotency-key").iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let bytes = line.as_bytes();
    let good = (1..=LONGEST_KEY).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    match line.to_str() {
        Ok(key) if good && lines.next().is_none() => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(StatusCode::BAD_REQUEST, "error-key-unusable")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_11_a_key_is_one_word_of_visible_characters() {
        let read = |lines: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("idempotency-key", HeaderValue::from_bytes(line).unwrap());
            }
            idempotency_key(&headers).map_err(|problem| problem.code().as_u16())
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[b"order-7"]), Ok(Some("order-7".to_owned())));
        assert_eq!(read(&[&[b'k'; 255]]).map(|key| key.is_some()), Ok(true));
        for broken in [&[&b""[..]][..], &[&[b'k'; 256]], &[b"a b"], &["é".as_bytes()], &[b"a", b"a"]] {
            assert_eq!(read(broken), Err(400), "{broken:?}");
        }
    }
}
