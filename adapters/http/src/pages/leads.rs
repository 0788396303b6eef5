//! The list of leads: through a view, a filter, in an order, by groups.

mod asked;
mod draft;
pub mod editor;
mod neighbours;
mod rows;
mod tools;
mod words;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use qualify_domain::{
    access::{Actor, Permission},
    lead_filter::{Condition, Node, Subject},
    lead_order::{GroupBy, SortBy},
    pipeline::Pipeline,
    reason::Reason,
    view::{Column, Density, Layout},
};
use qualify_usecases::{LeadList, ListLeads, MOST_COUNTED, ViewList};

pub use self::asked::{Asked, Looked, written};
pub(super) use self::{
    asked::with,
    neighbours::{Neighbours, neighbours},
    tools::{Frame, Tools},
    words::Names,
};
use self::{
    rows::{Head, Row},
    tools::Choice,
};
use crate::{
    actor::Member,
    moment::Calendar,
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

/// So many heads a screen has room for; a list of more moves sideways.
const MOST_HEADS: usize = 9;

#[derive(Template)]
#[template(path = "pages/leads.html")]
#[expect(clippy::struct_excessive_bools, reason = "what the page shows or leaves out")]
struct LeadsPage {
    page: Page,
    tools: Tools,
    may_move: bool,
    stages: Vec<StageChip>,
    all_stages: String,
    is_any_stage: bool,
    heads: Vec<Head>,
    columns: Vec<ColumnChoice>,
    groups: Vec<Choice>,
    densities: Vec<Choice>,
    compact: bool,
    search_fault: String,
    found_more: bool,
    /// Whether something was left out because it speaks of a property that is gone.
    left_out: bool,
    filtered: bool,
    paged: bool,
    rows: Vec<Row>,
    owners: Vec<(String, String)>,
    reasons: Vec<(String, String)>,
    now_iso: String,
}

#[derive(Template)]
#[template(path = "lead_count.html")]
struct MineCount {
    t: Text,
    mine: u32,
}

/// A column, as one chooses it.
struct ColumnChoice {
    code: String,
    name: String,
    shown: bool,
    first: bool,
}

/// A stage as a chip or a choice.
#[derive(Clone, Debug)]
pub(crate) struct StageChip {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    pub pipeline: String,
    pub address: String,
    pub current: bool,
}

/// The stages of a pipeline in their order.
pub(crate) fn stage_chips(pipeline: &Pipeline) -> Vec<StageChip> {
    let chip = |stage: &qualify_domain::pipeline::Stage| StageChip {
        id: stage.id.to_string(),
        name: stage.name.to_string(),
        kind: stage.kind.code(),
        pipeline: pipeline.id.to_string(),
        address: String::new(),
        current: false,
    };
    pipeline.stages.iter().map(chip).collect()
}

/// The reasons as choices.
pub(crate) fn give_up_reasons(reasons: &[Reason]) -> Vec<(String, String)> {
    reasons.iter().map(|reason| (reason.id.to_string(), reason.name.to_string())).collect()
}

impl Looked {
    /// What of the list it asks for.
    pub(super) fn wanted(&self, calendar: &Calendar) -> ListLeads {
        let settings = &self.settings;
        ListLeads {
            filter: settings.filter.clone(),
            search: self.search.clone(),
            order: settings.sort,
            group: settings.group,
            after: self.after.clone(),
            zone: calendar.zone().clone(),
            ..ListLeads::default()
        }
    }
}

/// `GET /leads`
pub async fn list(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let asked = Asked::read(raw.as_deref());
    let actor = &member.0.actor;
    let views = web.app().views.list(actor).await?;
    let mut looked = Looked::at(&asked, &views, member.text())?;
    if looked.is_long || looked.settings.layout == Layout::Board {
        return Ok(Redirect::to(&looked.address()).into_response());
    }
    let calendar = web.calendar(&member.0);
    let list = web.app().leads.list(actor, &looked.wanted(&calendar)).await.map_err(|error| match error {
        // A place of another list, or of one that has other groups by now.
        qualify_usecases::Error::Invalid(_) => Problem::bad_request(),
        error => error.into(),
    })?;
    let removed = asked.get("removed").unwrap_or_default().to_owned();
    let left_out = looked.leave_out_gone(&list.properties);
    let shown = Shown { member: &member, views: &views, looked: &looked, list: &list, calendar: &calendar };
    show(&LeadsPage { left_out, ..shown.page(removed)? })
}

/// The list at an address with that query.
pub(crate) async fn looked(web: &Web, member: &Member, query: &str) -> Result<Looked, Problem> {
    let views = web.app().views.list(&member.0.actor).await?;
    let looked = Looked::at(&Asked::read(Some(query)), &views, member.text())?;
    if looked.search_fault.is_empty() { Ok(looked) } else { Err(Problem::bad_request()) }
}

/// The list to which something that was changed there goes back.
pub(crate) fn back(raw: Option<&str>) -> Option<String> {
    let back = Asked::read(raw).get("back")?.to_owned();
    let is_list = ["/leads", "/board"].contains(&back.split('?').next().unwrap_or_default());
    (is_list && !back.contains(char::is_control)).then_some(back)
}

/// `GET /leads/count`: how many leads the list has, as far as they are counted.
pub async fn count(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let t = member.text();
    let actor = &member.0.actor;
    let views = web.app().views.list(actor).await?;
    let looked = Looked::at(&Asked::read(raw.as_deref()), &views, t)?;
    let counted = web.app().leads.count(actor, &looked.wanted(&web.calendar(&member.0))).await?;
    let words = count_words(t, counted);
    Ok(Html(format!("<span id=\"total\" class=\"quiet\">{words}</span>")).into_response())
}

/// `GET /leads/mine/count`: how many open leads are the member's own, for the mark beside the list's name.
pub async fn count_mine(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let mine = web.app().leads.count_mine(&member.0.actor).await?;
    show(&MineCount { t: member.text(), mine })
}

/// How many leads there are, in words, as far as they are counted.
pub(super) fn count_words(t: Text, counted: u32) -> String {
    if counted > MOST_COUNTED { t.get("leads-count-many") } else { t.times("leads-count", "", i64::from(counted)) }
}

/// A list on its way to its page.
struct Shown<'a> {
    member: &'a Member,
    views: &'a ViewList,
    looked: &'a Looked,
    list: &'a LeadList,
    calendar: &'a Calendar,
}

impl Shown<'_> {
    fn t(&self) -> Text {
        self.member.text()
    }

    fn names(&self) -> Names<'_> {
        let LeadList { pipelines, forms, members, properties, .. } = self.list;
        Names { t: self.t(), pipelines, forms, members, properties }
    }

    fn frame(&self) -> Frame<'_> {
        Frame { member: self.member, views: self.views, looked: self.looked, names: self.names() }
    }

    fn page(&self, removed: String) -> Result<LeadsPage, Problem> {
        let (looked, actor) = (self.looked, &self.member.0.actor);
        let stage = self.chosen_stage();
        let frame = self.frame();
        Ok(LeadsPage {
            page: Page::of(&self.member.0, "leads", frame.title("leads-title")),
            tools: frame.tools(self.list.leads.next.as_ref(), removed, stage.is_some()),
            may_move: actor.may(Permission::QualifyLead),
            stages: self.stages(stage)?,
            all_stages: looked.with(|settings| settings.filter = asked::without(&settings.filter, Subject::Stage)),
            is_any_stage: !looked.settings.filter.conditions().iter().any(|one| one.subject() == Subject::Stage),
            heads: rows::heads(looked, &frame.names),
            columns: self.columns(),
            groups: self.groups(),
            densities: self.densities(),
            compact: looked.settings.density == Density::Compact,
            search_fault: looked.search_fault.clone(),
            found_more: self.list.found_more,
            left_out: false,
            filtered: !looked.settings.filter.is_empty() || looked.search.is_some() || looked.after.is_some(),
            paged: looked.after.is_some(),
            rows: rows::rows(looked, self.list, &self.names(), self.calendar),
            owners: owners(actor, &frame.names),
            reasons: give_up_reasons(&self.list.reasons),
            now_iso: self.calendar.now_iso(),
        })
    }

    /// The stage that a chip of its own stands for.
    fn chosen_stage(&self) -> Option<qualify_domain::id::StageId> {
        let mut stages = self.looked.settings.filter.parts().iter().filter_map(|part| match part {
            Node::Is(Condition::Stage(stages)) => Some(stages),
            _ => None,
        });
        match (stages.next().map(Vec::as_slice), stages.next()) {
            (Some([only]), None) => self.list.pipelines.stage(*only).map(|stage| stage.id),
            _ => None,
        }
    }

    fn stages(&self, chosen: Option<qualify_domain::id::StageId>) -> Result<Vec<StageChip>, Problem> {
        let chips = self.list.pipelines.stages().zip(self.list.pipelines.live.iter().flat_map(stage_chips));
        chips
            .map(|(stage, chip)| {
                let filter = with(&self.looked.settings.filter, Condition::Stage(vec![stage.id]))?;
                let address = self.looked.with(|settings| settings.filter = filter);
                Ok(StageChip { address, current: chosen == Some(stage.id), ..chip })
            })
            .collect()
    }

    /// The columns that are shown in their order, then the others.
    fn columns(&self) -> Vec<ColumnChoice> {
        let shown = self.looked.settings.columns.all();
        let own = self.list.properties.iter().filter(|property| !property.is_archived);
        let own = own.map(|property| Column::Property(property.id));
        let others = Column::ALL.iter().copied().chain(own).filter(|column| !shown.contains(column));
        let all = shown.iter().copied().chain(others).enumerate();
        all.map(|(at, column)| ColumnChoice {
            code: column.to_string(),
            name: rows::column_name(column, &self.names()),
            shown: shown.contains(&column),
            first: at == 0,
        })
        .collect()
    }

    fn groups(&self) -> Vec<Choice> {
        let choice = |by: Option<GroupBy>| Choice {
            name: by.map_or_else(|| self.t().get("group-none"), |by| rows::group_name(by, self.t())),
            address: self.looked.with(|settings| settings.group = by),
            current: self.looked.settings.group == by,
        };
        std::iter::once(None).chain(GroupBy::ALL.iter().copied().map(Some)).map(choice).collect()
    }

    fn densities(&self) -> Vec<Choice> {
        let choice = |density: &Density| Choice {
            name: match density {
                Density::Comfortable => self.t().get("density-comfortable"),
                Density::Compact => self.t().get("density-compact"),
            },
            address: self.looked.with(|settings| settings.density = *density),
            current: self.looked.settings.density == *density,
        };
        Density::ALL.iter().map(choice).collect()
    }
}

/// To whom somebody may give leads; nobody first.
pub(super) fn owners(actor: &Actor, names: &Names<'_>) -> Vec<(String, String)> {
    let Ok(scope) = actor.permit(Permission::AssignLead) else { return Vec::new() };
    let users = names.members.iter().map(|member| member.membership.user);
    let within = users.filter(|user| scope.may_give_to(Some(*user)));
    let members = within.filter_map(|user| Some((user.to_string(), names.member(user)?)));
    std::iter::once((String::new(), names.t.get("owner-none"))).chain(members).collect()
}

/// By what a column is sorted, if it is.
const fn sorted_by(column: Column) -> Option<SortBy> {
    match column {
        Column::Created => Some(SortBy::Created),
        Column::LastSubmission => Some(SortBy::LastSubmission),
        Column::LastActivity => Some(SortBy::LastActivity),
        Column::Company => Some(SortBy::Company),
        Column::Grade => Some(SortBy::Grade),
        _ => None,
    }
}
