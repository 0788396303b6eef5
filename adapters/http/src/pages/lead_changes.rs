//! One change of many leads: of those that were selected, or of all that a list shows.

use std::borrow::Cow;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::{Actor, Permission},
    id::{LeadId, StageId},
    job::{ChangeLeads, LeadAct, MOST_NAMED, Which},
    text::Tag,
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, ListNames};

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::leads::{self, Asked, Names},
    problem::{Problem, wants_page},
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/lead_changes.html")]
struct ChangesPage {
    page: Page,
    filled: Filled,
    /// The list, as its address says it.
    filter: String,
    /// Where the list is.
    back: String,
    leads: Vec<LeadId>,
    about: String,
    owners: Vec<(String, String)>,
    stages: Vec<(String, String)>,
    /// Of so many pipelines these are.
    pipelines: usize,
    reasons: Vec<(String, String)>,
    may_assign: bool,
    may_move: bool,
    may_tag: bool,
}

#[derive(Template)]
#[template(path = "pages/leads_unchosen.html")]
struct UnchosenPage {
    page: Page,
    /// Where the list is.
    back: String,
}

/// `GET /leads/changes`: for the leads that are named, else for those that the list shows at the same address.
pub async fn open(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    if !may_change(&member.0.actor) {
        return Err(Problem::status(StatusCode::FORBIDDEN));
    }
    let (filter, leads) = chosen(raw.as_deref())?;
    let Some(leads) = leads else { return unchosen(&web, &member, &filter).await };
    changes_page(&web, &member, filter, leads, Filled::default()).await
}

/// Whether somebody may change many leads in some way.
pub(crate) fn may_change(actor: &Actor) -> bool {
    let acts = [Permission::AssignLead, Permission::QualifyLead, Permission::ChangeLead];
    actor.may(Permission::RunJobs) && acts.into_iter().any(|act| actor.may(act))
}

/// The list that an address says, and the leads it names: none are all of the list, but nothing at all where the address
/// speaks of those that are selected.
pub(crate) fn chosen(raw: Option<&str>) -> Result<(String, Option<Vec<LeadId>>), Problem> {
    let asked = Asked::read(raw);
    let leads = read_leads(asked.pairs().filter(|(name, _)| *name == "lead").map(|(_, id)| id))?;
    let others = asked.pairs().filter(|(name, _)| !matches!(*name, "lead" | "selected"));
    let list = form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
    let is_nothing = leads.is_empty() && asked.get("selected").is_some();
    Ok((list, (!is_nothing).then_some(leads)))
}

/// Says that nothing is selected, and leads back to the list.
pub(crate) async fn unchosen(web: &Web, member: &Member, filter: &str) -> Result<Response, Problem> {
    let back = leads::looked(web, member, filter).await?.address();
    let page = Page::of(&member.0, "leads", member.text().get("selection-none"));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&UnchosenPage { page, back })?).into_response())
}

/// Leads by their ids, not too many.
pub(crate) fn read_leads<'a>(ids: impl Iterator<Item = &'a str>) -> Result<Vec<LeadId>, Problem> {
    let leads: Vec<LeadId> = ids.map(|id| id.parse().map_err(|_| Problem::bad_request())).collect::<Result<_, _>>()?;
    if leads.len() > MOST_NAMED { Err(Problem::bad_request()) } else { Ok(leads) }
}

async fn changes_page(
    web: &Web,
    member: &Member,
    filter: String,
    leads: Vec<LeadId>,
    filled: Filled,
) -> Result<Response, Problem> {
    let (t, actor) = (member.text(), &member.0.actor);
    let looked = leads::looked(web, member, &filter).await?;
    let names = web.app().leads.names(actor).await?;
    let reasons = web.app().leads.reasons(actor).await?;
    let about = match leads.len() {
        0 => {
            let counted = web.app().leads.count(actor, &looked.wanted(&web.calendar(&member.0))).await?;
            t.with("changes-all", "leads", leads::count_words(t, counted))
        }
        chosen => t.times("changes-these", "", i64::try_from(chosen).unwrap_or(i64::MAX)),
    };
    let ListNames { pipelines, forms, members, properties } = &names;
    let listed = Names { t, pipelines, forms, members, properties };
    let stages =
        names.pipelines.live.iter().flat_map(|pipeline| pipeline.stages.iter().map(move |stage| (pipeline, stage)));
    let pipelines = names.pipelines.live.len();
    show(&ChangesPage {
        page: Page::of(&member.0, "leads", t.get("changes-title")),
        filled,
        back: looked.address(),
        filter,
        leads,
        about,
        owners: leads::owners(actor, &listed),
        pipelines,
        stages: stages
            .map(|(pipeline, stage)| {
                let name = if pipelines == 1 {
                    stage.name.to_string()
                } else {
                    format!("{}: {}", &*pipeline.name, &*stage.name)
                };
                (stage.id.to_string(), name)
            })
            .collect(),
        reasons: std::iter::once((String::new(), t.get("reason-choose")))
            .chain(reasons.iter().map(|reason| (reason.id.to_string(), reason.name.to_string())))
            .collect(),
        may_assign: actor.may(Permission::AssignLead),
        may_move: actor.may(Permission::QualifyLead),
        may_tag: actor.may(Permission::ChangeLead),
    })
}

/// `POST /leads/changes`: a job that does it.
pub async fn begin(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let names = ["filter", "act", "owner", "stage", "reason", "there", "there_reason", "tag"];
    let (fields, leads) = posted.only_with(names, "lead")?;
    let [filter, act, owner, stage, reason, there, there_reason, tag] = fields;
    let leads = read_leads(leads.iter().map(String::as_str))?;
    let act = match &*act {
        "transfer" => read_transfer(&web, &member, &there, &there_reason).await?,
        act => read_act(act, &owner, &stage, &reason, &tag)?,
    };
    let outcome = match act {
        Ok(act) => {
            let which = if leads.is_empty() {
                let looked = leads::looked(&web, &member, &filter).await?;
                let zone = web.calendar(&member.0).zone().iana_name().unwrap_or_default().to_owned();
                Which::All { filter: looked.settings.filter, search: looked.search, zone }
            } else {
                Which::These(leads.clone())
            };
            let goes = matches!(act, LeadAct::Transfer { .. });
            let begun = web.app().jobs.change_leads(&member.0.actor, ChangeLeads { which, act }).await;
            begun.map_err(|error| match error {
                Error::Invalid(faults) if goes => Error::Invalid(there_in_form(&faults)),
                error => error,
            })
        }
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(job) => Ok(Redirect::to(&format!("/jobs/{job}")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let filled = Filled::default().with("owner", owner).with("stage", stage).with("reason", reason);
            let filled = filled.with("there", there).with("there_reason", there_reason).with("tag", tag);
            let filled = filled.faulty_all(&faults, member.text());
            let page = changes_page(&web, &member, filter, leads, filled).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is to be done, by the button that was pressed and the field beside it.
fn read_act(
    act: &str,
    owner: &str,
    stage: &str,
    reason: &str,
    tag: &str,
) -> Result<Result<LeadAct, Violations>, Problem> {
    Ok(match act {
        "assign" => unless_empty("owner", owner).map(LeadAct::Assign),
        "move" => read("stage", stage)
            .and_then(|stage| unless_empty("reason", reason).map(|reason| LeadAct::Move { stage, reason })),
        "tag" => Tag::parse(tag).map(LeadAct::Tag).map_err(|rule| Violations::one("tag", rule)),
        "untag" => Tag::parse(tag).map(LeadAct::Untag).map_err(|rule| Violations::one("tag", rule)),
        _ => return Err(Problem::bad_request()),
    })
}

/// The way into the pipeline that a stage is of.
async fn read_transfer(
    web: &Web,
    member: &Member,
    stage: &str,
    reason: &str,
) -> Result<Result<LeadAct, Violations>, Problem> {
    let pipelines = web.app().leads.stages(&member.0.actor).await?;
    Ok(read("there", stage).and_then(|stage: StageId| {
        let pipeline = pipelines.live.iter().find(|pipeline| pipeline.stage(stage).is_some());
        let pipeline = pipeline.ok_or_else(|| Violations::one("there", Rule::NotAChoice))?.id;
        let reason = unless_empty("there_reason", reason)?;
        Ok(LeadAct::Transfer { pipeline, stage: Some(stage), reason })
    }))
}

/// What is wrong with the way into another pipeline, at the fields of its form: they stand on one page with those of the
/// way to another stage, and have names of their own.
fn there_in_form(faults: &Violations) -> Violations {
    let mut named = Violations::default();
    for fault in faults.iter() {
        let field = match &*fault.field {
            "pipeline" | "stage" => Cow::Borrowed("there"),
            "reason" => Cow::Borrowed("there_reason"),
            _ => fault.field.clone(),
        };
        named.add(field, fault.rule);
    }
    named
}

fn read<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<T, Violations> {
    text.parse().map_err(|_| Violations::one(field, if text.is_empty() { Rule::Required } else { Rule::NotAChoice }))
}

fn unless_empty<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<Option<T>, Violations> {
    if text.is_empty() { Ok(None) } else { read(field, text).map(Some) }
}
