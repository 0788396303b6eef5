//! The leads before and after one, in the list from which somebody came to it.

use form_urlencoded::byte_serialize;
use qualify_domain::{id::LeadId, view::Layout};
use qualify_usecases::{Error, ListLeads};

use super::asked::{Asked, Looked};
use crate::{actor::Member, problem::Problem, web::Web};

/// Where the lists begin.
const LISTS: &str = "/leads";

/// The addresses beside a lead's page; empty where there is none.
#[derive(Clone)]
pub struct Neighbours {
    /// The list, or all leads.
    pub list: String,
    /// The lead before.
    pub former: String,
    /// The lead after.
    pub next: String,
}

/// A lead to which one came from no list.
impl Default for Neighbours {
    fn default() -> Self {
        Self { list: LISTS.to_owned(), former: String::new(), next: String::new() }
    }
}

/// The address of a lead's page that knows its list.
pub(super) fn address_in(list: &str, lead: LeadId) -> String {
    format!("/leads/{lead}?in={}", byte_serialize(list.as_bytes()).collect::<String>())
}

/// The neighbours of a lead in the list at that address, as far as the part that it shows has them. A list that cannot
/// be read any more, or has lost the lead, has none.
///
/// # Errors
/// What reading the list fails with.
pub(crate) async fn neighbours(web: &Web, member: &Member, list: &str, lead: LeadId) -> Result<Neighbours, Problem> {
    let Some(query) = list.strip_prefix(LISTS).filter(|rest| rest.is_empty() || rest.starts_with('?')) else {
        return Ok(Neighbours::default());
    };
    let actor = &member.0.actor;
    let views = web.app().views.list(actor).await?;
    let looked = Looked::at(&Asked::read(query.strip_prefix('?')), &views, member.text());
    let Some(looked) = looked.ok().filter(|looked| looked.settings.layout == Layout::List) else {
        return Ok(Neighbours::default());
    };
    let wanted = looked.wanted(&web.calendar(&member.0));
    let part = match web.app().leads.page(actor, &wanted).await {
        Ok(part) => part,
        Err(Error::Invalid(_)) => return Ok(Neighbours::default()),
        Err(error) => return Err(error.into()),
    };
    let here = looked.address();
    let mut near = Neighbours { list: here.clone(), ..Neighbours::default() };
    let Some(at) = part.items.iter().position(|row| row.id == lead) else { return Ok(near) };
    if let Some(former) = at.checked_sub(1) {
        near.former = address_in(&here, part.items[former].id);
    }
    near.next = match (part.items.get(at + 1), &part.next) {
        (Some(row), _) => address_in(&here, row.id),
        // The first of the next part.
        (None, Some(place)) => {
            let beyond = ListLeads { after: Some(place.clone()), limit: 1, ..wanted };
            let rows = web.app().leads.page(actor, &beyond).await?.items;
            rows.first().map(|row| address_in(&looked.after(place), row.id)).unwrap_or_default()
        }
        (None, None) => String::new(),
    };
    Ok(near)
}
