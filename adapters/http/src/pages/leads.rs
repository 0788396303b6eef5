//! The list of leads, newest first.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use jiff::Timestamp;
use qualify_domain::{
    access::Permission,
    id::{FormId, LeadId, StageId},
    lead_filter::{LeadFilter, Search},
    pipeline::Pipeline,
};
use qualify_ports::storage::{LeadCursor, LeadRow};
use qualify_usecases::LeadList;
use serde::Deserialize;

use crate::{
    actor::Member,
    moment::{Calendar, Moment},
    page::{Face, Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

/// What the address of the list says.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    stage: String,
    #[serde(default)]
    form: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "pages/leads.html")]
struct LeadsPage {
    page: Page,
    links: Links,
    stages: Vec<StageChip>,
    chosen_stage: String,
    forms: Vec<(String, String)>,
    chosen_form: String,
    chosen_form_name: String,
    search: String,
    search_fault: String,
    filtered: bool,
    paged: bool,
    rows: Vec<Row>,
    older: String,
    now_iso: String,
    may_export: bool,
}

/// A stage as a chip or a choice.
#[derive(Clone, Debug)]
pub(crate) struct StageChip {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
}

struct Row {
    id: LeadId,
    person: Face,
    email: String,
    phone: String,
    stage: String,
    stage_kind: &'static str,
    form: String,
    arrived: Moment,
}

/// Addresses of the list with one thing changed.
struct Links(Asked);

impl Links {
    fn stage(&self, stage: &str) -> String {
        address(&Asked { stage: stage.to_owned(), after: String::new(), ..self.0.clone() })
    }

    fn form(&self, form: &str) -> String {
        address(&Asked { form: form.to_owned(), after: String::new(), ..self.0.clone() })
    }

    fn export(&self) -> String {
        let shown = address(&Asked { after: String::new(), ..self.0.clone() });
        shown.replacen("/leads", "/leads/export", 1)
    }

    fn newest(&self) -> String {
        address(&Asked { after: String::new(), q: String::new(), ..self.0.clone() })
    }

    fn older(&self, after: LeadCursor) -> String {
        let place = format!("{}_{}", after.created_at.as_microsecond(), after.id);
        address(&Asked { after: place, ..self.0.clone() })
    }
}

fn address(asked: &Asked) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("stage", &asked.stage), ("form", &asked.form), ("q", &asked.q), ("after", &asked.after)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { "/leads".to_owned() } else { format!("/leads?{query}") }
}

/// `GET /leads`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Query(asked)| asked).map_err(|_| Problem::bad_request())?;
    let text = member.text();
    let (filter, search_fault) = parse_filter(&asked, text)?;
    let after =
        if asked.after.is_empty() { None } else { Some(parse_place(&asked.after).ok_or_else(Problem::bad_request)?) };
    let list = web.app().leads.list(&member.0.actor, &filter, after).await?;
    show(&leads_page(&member, asked, &filter, search_fault, &list, &web.calendar(&member.0)))
}

/// The leads that the list shows at an address with that query.
pub(crate) fn read_filter(query: &str) -> Result<LeadFilter, Problem> {
    let address = format!("/leads?{query}").parse().map_err(|_| Problem::bad_request())?;
    let Query(asked) = Query::<Asked>::try_from_uri(&address).map_err(|_| Problem::bad_request())?;
    let search = Some(asked.q.trim()).filter(|typed| !typed.is_empty()).map(Search::parse).transpose();
    let search = search.map_err(|_| Problem::bad_request())?;
    Ok(LeadFilter { stage: parse_id(&asked.stage)?, form: parse_id(&asked.form)?, search })
}

fn parse_filter(asked: &Asked, t: Text) -> Result<(LeadFilter, String), Problem> {
    let stage = parse_id::<StageId>(&asked.stage)?;
    let form = parse_id::<FormId>(&asked.form)?;
    let (search, fault) = match asked.q.trim() {
        "" => (None, String::new()),
        typed => match Search::parse(typed) {
            Ok(search) => (Some(search), String::new()),
            Err(rule) => (None, t.rule("q", rule)),
        },
    };
    Ok((LeadFilter { stage, form, search }, fault))
}

fn parse_id<I: std::str::FromStr>(raw: &str) -> Result<Option<I>, Problem> {
    if raw.is_empty() { Ok(None) } else { raw.parse().map(Some).map_err(|_| Problem::bad_request()) }
}

fn parse_place(raw: &str) -> Option<LeadCursor> {
    let (at, id) = raw.split_once('_')?;
    let created_at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    Some(LeadCursor { created_at, id: id.parse().ok()? })
}

fn leads_page(
    member: &Member,
    asked: Asked,
    filter: &LeadFilter,
    search_fault: String,
    list: &LeadList,
    calendar: &Calendar,
) -> LeadsPage {
    let t = member.text();
    let links = Links(asked.clone());
    let forms: Vec<_> = list.forms.iter().map(|form| (form.id.to_string(), form.settings.name.to_string())).collect();
    let chosen = forms.iter().find(|(id, _)| *id == asked.form);
    LeadsPage {
        page: Page::of(&member.0, "leads", t.get("leads-title")),
        older: list.leads.next.map(|next| links.older(next)).unwrap_or_default(),
        links,
        stages: stage_chips(&list.pipeline),
        chosen_form_name: chosen.map(|(_, name)| name.clone()).unwrap_or_default(),
        rows: list.leads.items.iter().map(|lead| row(lead, list, t, calendar)).collect(),
        forms,
        chosen_stage: asked.stage,
        chosen_form: asked.form,
        search: asked.q,
        search_fault,
        filtered: !filter.is_empty() || !asked.after.is_empty(),
        paged: !asked.after.is_empty(),
        now_iso: calendar.now_iso(),
        may_export: member.0.actor.may(Permission::ExportLeads),
    }
}

/// The stages of a pipeline in their order.
pub(crate) fn stage_chips(pipeline: &Pipeline) -> Vec<StageChip> {
    let chip = |stage: &qualify_domain::pipeline::Stage| StageChip {
        id: stage.id.to_string(),
        name: stage.name.to_string(),
        kind: stage.kind.code(),
    };
    pipeline.stages.iter().map(chip).collect()
}

fn row(lead: &LeadRow, list: &LeadList, t: Text, calendar: &Calendar) -> Row {
    let email = lead.email.as_deref().unwrap_or_default();
    let phone = lead.phone.as_ref().map(qualify_domain::text::Phone::written).unwrap_or_default();
    let name = [lead.name.as_deref().unwrap_or_default(), email, phone].into_iter().find(|name| !name.is_empty());
    let stage = list.pipeline.stage(lead.stage);
    let form = lead.form.and_then(|id| list.forms.iter().find(|form| form.id == id));
    Row {
        id: lead.id,
        person: Face::new(name.map_or_else(|| t.get("nameless"), str::to_owned)),
        email: if name == Some(email) { String::new() } else { email.to_owned() },
        phone: phone.to_owned(),
        stage: stage.map(|stage| stage.name.to_string()).unwrap_or_default(),
        stage_kind: stage.map_or("", |stage| stage.kind.code()),
        form: form.map(|form| form.settings.name.to_string()).unwrap_or_default(),
        arrived: calendar.moment(lead.created_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_list_survives_its_address() {
        let links = Links(Asked { stage: "s".into(), q: "anna & co".into(), ..Asked::default() });
        let place = LeadCursor {
            created_at: "2026-11-24T12:00:00.123456Z".parse().unwrap(),
            id: "01939c5e-0000-7000-8000-000000000001".parse().unwrap(),
        };
        let address = links.older(place);
        assert!(address.starts_with("/leads?stage=s&q=anna+%26+co&after="), "{address}");
        assert_eq!(parse_place(address.split("after=").nth(1).unwrap()), Some(place));
        assert_eq!(parse_place("1_2"), None);
    }

    #[test]
    fn a_filter_leaves_the_page_but_keeps_the_rest() {
        let links = Links(Asked { form: "f".into(), after: "x".into(), q: "a".into(), stage: String::new() });
        assert_eq!(links.stage("s"), "/leads?stage=s&form=f&q=a");
        assert_eq!(links.newest(), "/leads?form=f");
    }
}
