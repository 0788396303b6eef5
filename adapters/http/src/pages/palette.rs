//! What the command palette finds in the storage: leads by a few letters. A page of its own without scripts.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use qualify_domain::{lead_filter::Search, text::Phone};
use qualify_ports::storage::LeadRow;
use qualify_usecases::ListLeads;

use super::leads::Asked;
use crate::{
    actor::Member,
    page::{Page, show},
    problem::Problem,
    web::Web,
};

/// How many leads are told.
const MOST: u16 = 8;

#[derive(Template)]
#[template(path = "pages/palette.html")]
struct PalettePage {
    page: Page,
    typed: String,
    found: Vec<Found>,
}

struct Found {
    id: String,
    name: String,
    about: String,
}

/// `GET /palette`
pub async fn find(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let t = member.text();
    let typed = Asked::read(raw.as_deref()).get("q").unwrap_or_default().to_owned();
    let found = match Search::parse(&typed) {
        Ok(search) => {
            let wanted = ListLeads { search: Some(search), limit: MOST, ..ListLeads::default() };
            web.app().leads.page(&member.0.actor, &wanted).await?.items
        }
        Err(_) => Vec::new(),
    };
    let nameless = t.get("nameless");
    let found = found.iter().map(|lead| told(lead, &nameless)).collect();
    show(&PalettePage { page: Page::of(&member.0, "leads", t.get("palette-title")), typed, found })
}

fn told(lead: &LeadRow, nameless: &str) -> Found {
    let (name, email) = (lead.name.as_deref().unwrap_or_default(), lead.email.as_deref().unwrap_or_default());
    let phone = lead.phone.as_ref().map(Phone::written).unwrap_or_default();
    let mut known = [name, email, phone].into_iter().filter(|text| !text.is_empty());
    Found {
        id: lead.id.to_string(),
        name: known.next().unwrap_or(nameless).to_owned(),
        about: known.next().unwrap_or_default().to_owned(),
    }
}
