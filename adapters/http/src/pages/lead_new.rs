//! A lead that a member makes; whoever may be the same person already is shown first.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::{Actor, Permission},
    form::LegalBasis,
    id::{PipelineId, UserId},
    organization::Member as Colleague,
    person::WrittenPerson,
    property::Property,
    violation::{Rule, Violations},
};
use qualify_usecases::{AddLead, Added, Broken, Duplicate, Error, FirstOwner, LeadStart};

use super::lead::{Input, Twin, split_tags};
use crate::{
    actor::Member,
    fields::{Lists, Posted},
    filled::Filled,
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    web::Web,
};

const FIELDS: [&str; 10] =
    ["name", "email", "phone", "company", "message", "legal_basis", "tags", "owner", "pipeline", "anyway"];
/// How the names of the organization's own properties begin.
const OWN: &str = "properties.";
/// Who owns what waits in the queue.
const NOBODY: &str = "nobody";

#[derive(Template)]
#[template(path = "pages/lead_new.html")]
struct NewLeadPage {
    page: Page,
    filled: Filled,
    bases: [(&'static str, String); 2],
    inputs: Vec<Input>,
    owners: Vec<(String, String)>,
    pipelines: Vec<(String, String)>,
    twins: Vec<Twin>,
}

/// `GET /leads/new`
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    show(&page(&web, &member, Filled::default(), &Lists::new(), &[]).await?)
}

/// `POST /leads/new`
pub async fn make(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (values, own) = posted.only_lists_under(FIELDS, OWN)?;
    let filled =
        FIELDS.into_iter().zip(&values).fold(Filled::default(), |filled, (name, text)| filled.with(name, text));
    let outcome = match read(values, &own) {
        Ok(command) => web.app().leads.add(&member.0.actor, command).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let (status, filled, twins) = match outcome {
        Ok(Added::Made(lead)) => return Ok(Redirect::to(&format!("/leads/{lead}")).into_response()),
        Ok(Added::Alike(twins)) => (StatusCode::CONFLICT, filled, twins),
        // No page of ours sends a property twice that holds one value.
        Err(Error::Invalid(faults)) if faults.iter().any(|fault| fault.rule == Rule::Duplicate) => {
            return Err(Problem::bad_request());
        }
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, member.text()), Vec::new())
        }
        Err(Error::Rule(Broken::Assignment)) if wants_page(&headers) => {
            let filled = filled.faulty("owner", member.text().get("assign-refused"));
            (StatusCode::UNPROCESSABLE_ENTITY, filled, Vec::new())
        }
        Err(Error::Rule(Broken::Restricted)) if wants_page(&headers) => {
            let filled = filled.faulty("form", member.text().get("error-restricted-about"));
            (StatusCode::CONFLICT, filled, Vec::new())
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, show(&page(&web, &member, filled, &own, &twins).await?)?).into_response())
}

/// The lead to be made, or what was chosen of it and is no choice.
fn read(values: [String; FIELDS.len()], own: &Lists) -> Result<AddLead, Violations> {
    let [name, email, phone, company, message, basis, tags, owner, pipeline, anyway] = values;
    let mut faults = Violations::default();
    let basis = match &*basis {
        "" => Ok(LegalBasis::LegitimateInterest),
        code => code.parse::<LegalBasis>(),
    };
    let owner = match &*owner {
        "" => Ok(FirstOwner::Maker),
        NOBODY => Ok(FirstOwner::Nobody),
        id => id.parse::<UserId>().map(FirstOwner::Member).map_err(|_| Rule::NotAChoice),
    };
    let pipeline = match &*pipeline {
        "" => Ok(None),
        id => id.parse::<PipelineId>().map(Some).map_err(|_| Rule::NotAChoice),
    };
    let (basis, owner) = (faults.keep("legal_basis", basis), faults.keep("owner", owner));
    let pipeline = faults.keep("pipeline", pipeline);
    let ((legal_basis, owner), pipeline) = faults.or(basis.zip(owner).zip(pipeline))?;
    // What is left empty asks for nothing, not even where a property has gone out of use meanwhile.
    let typed = own.iter().filter(|(_, texts)| texts.iter().any(|text| !text.trim().is_empty()));
    let properties = typed.map(|(key, texts)| (key.clone(), texts.clone())).collect();
    let start = LeadStart { tags: split_tags(&[tags]), owner, pipeline };
    let person = WrittenPerson { name, email, phone, company, properties };
    Ok(AddLead { person, message, legal_basis, start, anyway: !anyway.is_empty() })
}

async fn page(
    web: &Web,
    member: &Member,
    filled: Filled,
    own: &Lists,
    twins: &[Duplicate],
) -> Result<NewLeadPage, Problem> {
    let (t, actor) = (member.text(), &member.0.actor);
    let offered = web.app().leads.choices(actor).await?;
    let in_use: Vec<&Property> = offered.properties.iter().filter(|property| !property.is_archived).collect();
    let is_gone = |key: &&String| {
        let is_known = in_use.iter().any(|property| property.key.as_str() == key.as_str());
        !is_known && filled.fault(&format!("{OWN}{key}")).is_some()
    };
    let gone = own.keys().find(is_gone).cloned();
    let filled = match gone {
        Some(key) => filled.faulty("form", t.with("lead-new-gone", "key", key)),
        None => filled,
    };
    let filled = match actor.user().filter(|_| filled.value("owner").is_empty()) {
        Some(maker) => filled.with("owner", maker.to_string()),
        None => filled,
    };
    let input = |property: &&Property| {
        let name = format!("{OWN}{}", property.key);
        let typed = own.get(property.key.as_str()).map(Vec::as_slice).unwrap_or_default();
        let fault = filled.fault(&name).unwrap_or_default().to_owned();
        Input::of(property, name, typed, fault)
    };
    let pipelines = offered.pipelines.live.iter();
    Ok(NewLeadPage {
        page: Page::of(&member.0, "leads", t.get("lead-new")),
        bases: choices::legal_bases(&t),
        inputs: in_use.iter().map(input).collect(),
        owners: owners(actor, &offered.members, t.get("owner-none")),
        pipelines: pipelines.map(|pipeline| (pipeline.id.to_string(), pipeline.name.to_string())).collect(),
        twins: twins.iter().map(|twin| Twin::of(t, twin)).collect(),
        filled: filled.or("legal_basis", LegalBasis::LegitimateInterest.code()),
    })
}

/// To whom the new lead may be given: nobody, and those whom its maker may choose.
fn owners(actor: &Actor, members: &[Colleague], nobody: String) -> Vec<(String, String)> {
    let Ok(scope) = actor.permit(Permission::AssignLead) else { return Vec::new() };
    let within = members.iter().filter(|member| scope.may_give_to(Some(member.membership.user)));
    let named = within.map(|member| {
        let name = format!("{} {}", member.first_name, member.last_name);
        (member.membership.user.to_string(), name)
    });
    std::iter::once((NOBODY.to_owned(), nobody)).chain(named).collect()
}
