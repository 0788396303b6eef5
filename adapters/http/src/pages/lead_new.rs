//! A lead that a member makes; whoever may be the same person already is shown first.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    form::LegalBasis,
    person::WrittenPerson,
    violation::{Rule, Violations},
};
use qualify_usecases::{AddLead, Added, Duplicate, Error};

use super::lead::Twin;
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    web::Web,
};

const FIELDS: [&str; 6] = ["name", "email", "phone", "company", "message", "legal_basis"];

#[derive(Template)]
#[template(path = "pages/lead_new.html")]
struct NewLeadPage {
    page: Page,
    filled: Filled,
    bases: [(&'static str, String); 2],
    twins: Vec<Twin>,
}

/// `GET /leads/new`
pub async fn open(member: Member) -> Result<Response, Problem> {
    show(&page(&member, Filled::default(), &[]))
}

/// `POST /leads/new`
pub async fn make(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [name, email, phone, company, message, basis, anyway] =
        posted.only([FIELDS[0], FIELDS[1], FIELDS[2], FIELDS[3], FIELDS[4], FIELDS[5], "anyway"])?;
    let typed = [&name, &email, &phone, &company, &message, &basis];
    let filled = FIELDS.into_iter().zip(typed).fold(Filled::default(), |filled, (name, text)| filled.with(name, text));
    let legal_basis = match &*basis {
        "" => Ok(LegalBasis::LegitimateInterest),
        code => code.parse::<LegalBasis>(),
    };
    let outcome = match legal_basis {
        Ok(legal_basis) => {
            let person = WrittenPerson { name, email, phone, company, ..WrittenPerson::default() };
            let command = AddLead { person, message, legal_basis, anyway: !anyway.is_empty() };
            web.app().leads.add(&member.0.actor, command).await
        }
        Err(_) => Err(Error::Invalid(Violations::one("legal_basis", Rule::NotAChoice))),
    };
    match outcome {
        Ok(Added::Made(lead)) => Ok(Redirect::to(&format!("/leads/{lead}")).into_response()),
        Ok(Added::Alike(twins)) => Ok((StatusCode::CONFLICT, show(&page(&member, filled, &twins))?).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let filled = filled.faulty_all(&faults, member.text());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page(&member, filled, &[]))?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn page(member: &Member, filled: Filled, twins: &[Duplicate]) -> NewLeadPage {
    let t = member.text();
    NewLeadPage {
        page: Page::of(&member.0, "leads", t.get("lead-new")),
        filled: filled.or("legal_basis", LegalBasis::LegitimateInterest.code()),
        bases: choices::legal_bases(&t),
        twins: twins.iter().map(|twin| Twin::of(t, twin)).collect(),
    }
}
