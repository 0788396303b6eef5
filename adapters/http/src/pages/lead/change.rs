use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{lead_field::LeadField, person::PersonChange};
use qualify_usecases::{Broken, ChangeLead, Error, Seen};

use super::{Ask, back_to, lead_page, property::Edit, read};
use crate::{
    actor::Member,
    fields::Posted,
    problem::{Problem, wants_page},
    web::Web,
};

/// `POST /leads/{id}/properties`: one field, in its place. Whoever saw another value than the present one is shown both.
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let ([field, was], values) = posted.only_with(["field", "was"], "value")?;
    let field: LeadField = field.parse().map_err(|_| Problem::bad_request())?;
    if values.len() > 1 && !matches!(field, LeadField::Property(_)) {
        return Err(Problem::bad_request());
    }
    let key = match field {
        LeadField::Property(own) => {
            let known = web.app().properties.list(&member.0.actor).await?;
            known.into_iter().find(|property| property.id == own).ok_or_else(Problem::not_found)?.key.to_string()
        }
        field => field.to_string(),
    };
    let (person, tags) = read_change(field, &key, &values);
    let command = ChangeLead { person, tags, seen: Seen::Field(field, was) };
    let edit = Edit::new(field).typed(values);
    let (status, edit) = match web.app().leads.change(&member.0.actor, id, command).await {
        Ok(_) => return Ok(back_to(id, None, &headers)),
        Err(Error::Stale) if wants_page(&headers) => (StatusCode::CONFLICT, edit.contested()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let t = member.text();
            let words = faults.iter().map(|fault| t.rule(&fault.field, fault.rule)).collect::<Vec<_>>().join(" ");
            (StatusCode::UNPROCESSABLE_ENTITY, edit.faulty(words))
        }
        Err(Error::Rule(Broken::Restricted)) if wants_page(&headers) => {
            (StatusCode::CONFLICT, edit.faulty(member.text().get("error-restricted-about")))
        }
        Err(error) => return Err(error.into()),
    };
    let page = lead_page(&web, &member, id, Ask { edit: Some(edit), ..Ask::default() }).await?;
    Ok((status, page).into_response())
}

fn read_change(field: LeadField, key: &str, values: &[String]) -> (PersonChange, Option<Vec<String>>) {
    let first = Some(values.first().cloned().unwrap_or_default());
    let person = match field {
        LeadField::Name => PersonChange { name: first, ..PersonChange::default() },
        LeadField::Email => PersonChange { email: first, ..PersonChange::default() },
        LeadField::Phone => PersonChange { phone: first, ..PersonChange::default() },
        LeadField::Company => PersonChange { company: first, ..PersonChange::default() },
        LeadField::Tags => PersonChange::default(),
        LeadField::Property(_) => {
            let properties = [(key.to_owned(), values.to_vec())].into();
            PersonChange { properties, ..PersonChange::default() }
        }
    };
    let tags = (field == LeadField::Tags).then(|| split_tags(values));
    (person, tags)
}

/// Tags are typed with commas or line by line.
pub(in crate::pages) fn split_tags(values: &[String]) -> Vec<String> {
    values.iter().flat_map(|value| value.split([',', '\n'])).map(str::to_owned).collect()
}
