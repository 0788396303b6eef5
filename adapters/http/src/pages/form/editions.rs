//! The versions of a form that were published: what each held, and what was different before it.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::Response,
};
use qualify_domain::{
    access::Permission,
    activity::Author,
    form::{Detail, Difference, Edition, FieldDetail, changes, details, differences},
    id::FormId,
    organization::Member as Colleague,
};
use qualify_usecases::EditionFile;
use serde::Deserialize;

use super::{
    details::Teller,
    fields::told,
    marks::{Piece, marked},
    parse,
    preview::{Preview, Wish},
    tabs::{self, Tab},
};
use crate::{
    actor::Member,
    moment::{Calendar, Moment},
    page::{Page, show},
    pages::facts::Fact,
    problem::Problem,
    text::Text,
    web::Web,
};

/// How many versions a part of the history shows.
const SHOWN: u16 = 20;

#[derive(Template)]
#[template(path = "pages/form/editions.html")]
struct EditionsPage {
    page: Page,
    tabs: Vec<Tab>,
    id: FormId,
    name: String,
    version: i32,
    may_manage: bool,
    editions: Vec<EditionRow>,
    /// The version before which older ones begin.
    older: Option<i32>,
}

/// A version, and what was new in it.
pub(super) struct EditionRow {
    pub(super) version: i32,
    pub(super) at: Moment,
    pub(super) who: String,
    pub(super) changes: Vec<String>,
    pub(super) is_first: bool,
    pub(super) is_current: bool,
}

impl EditionRow {
    pub(super) fn of(
        edition: &Edition,
        former: Option<&Edition>,
        current: i32,
        members: &[Colleague],
        (t, calendar): (Text, &Calendar),
    ) -> Self {
        let new = former.map(|former| changes(&former.settings, &edition.settings)).unwrap_or_default();
        Self {
            version: edition.version,
            at: calendar.moment(edition.at),
            who: who(t, members, edition.author),
            changes: new.iter().map(|one| told(one, t)).collect(),
            is_first: former.is_none(),
            is_current: edition.version == current,
        }
    }
}

#[derive(Template)]
#[template(path = "pages/form/edition.html")]
struct EditionPage {
    page: Page,
    tabs: Vec<Tab>,
    id: FormId,
    name: String,
    /// The version that visitors see now.
    current: i32,
    may_manage: bool,
    edition: EditionRow,
    /// The version before this one, and the one after it.
    former: Option<i32>,
    later: Option<i32>,
    groups: Vec<Group>,
    held: Vec<(String, Vec<Fact>)>,
    preview: Preview,
}

/// What changed about one thing.
struct Group {
    title: String,
    /// Whether it came or went, with the word for that.
    came: Option<(&'static str, String)>,
    rows: Vec<Compared>,
}

/// A value, as it was and as it is.
struct Compared {
    name: String,
    before: Vec<Piece>,
    after: Vec<Piece>,
}

/// Which part of the history.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    before: Option<i32>,
}

/// `GET /forms/{id}/editions`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::bad_request())?;
    let (id, actor) = (parse(&id)?, &member.0.actor);
    let history = web.app().forms.history(actor, id, asked.before, SHOWN).await?;
    let (t, calendar, current) = (member.text(), web.calendar(&member.0), history.form.version);
    let row = |(edition, former): (&Edition, Option<&Edition>)| {
        EditionRow::of(edition, former, current, &history.members, (t, &calendar))
    };
    show(&EditionsPage {
        page: Page::of(&member.0, "forms", t.get("editions-title")),
        tabs: tabs::of(&member.0, id, "editions"),
        id,
        name: history.form.settings.name.to_string(),
        version: current,
        may_manage: actor.may(Permission::ManageForms),
        editions: history.rows().map(row).collect(),
        older: history.older(),
    })
}

/// `GET /forms/{id}/editions/{version}`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path((id, version)): Path<(String, String)>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wish) = wish.map_err(|_| Problem::bad_request())?;
    let (id, actor, t) = (parse(&id)?, &member.0.actor, member.text());
    let file = web.app().forms.edition(actor, id, parse(&version)?).await?;
    let EditionFile { form, edition, former, members, properties } = &file;
    let settings = &edition.settings;
    let all: Vec<_> = former.iter().map(|former| &former.settings).chain([settings]).collect();
    let teller = Teller::of(t, properties, &all);
    let new = former.as_ref().map(|former| differences(&former.settings, settings)).unwrap_or_default();
    let calendar = web.calendar(&member.0);
    let (title, at) = (t.get("edition-seen"), format!("/forms/{id}/editions/{}", edition.version));
    show(&EditionPage {
        page: Page::of(&member.0, "forms", t.with("form-version", "version", edition.version)),
        tabs: tabs::of(&member.0, id, "editions"),
        id,
        name: form.settings.name.to_string(),
        current: form.version,
        may_manage: actor.may(Permission::ManageForms),
        edition: EditionRow::of(edition, former.as_ref(), form.version, members, (t, &calendar)),
        former: former.as_ref().map(|former| former.version),
        later: (edition.version < form.version).then_some(edition.version.saturating_add(1)),
        groups: groups(t, &teller, &new),
        held: held(&teller, &details(settings)),
        preview: Preview::of(title, at, settings, &member.0.organization, wish.language()),
    })
}

/// Who published it.
fn who(t: Text, members: &[Colleague], author: Option<Author>) -> String {
    match author {
        None => t.get("score-made-by-product"),
        Some(Author::Program(_)) => t.get("program"),
        Some(Author::Member(user)) => {
            let member = members.iter().find(|member| member.membership.user == user);
            member.map_or_else(|| t.get("somebody"), |member| format!("{} {}", member.first_name, member.last_name))
        }
    }
}

/// What belongs together stands below one heading: settings, notice, boxes, order, each field.
fn groups(t: Text, teller: &Teller<'_>, found: &[Difference]) -> Vec<Group> {
    let together = |one: &Difference, other: &Difference| same_thing(&one.detail, &other.detail);
    let group = |all: &[Difference]| {
        let first = all.first()?;
        let came = match (&first.detail, &first.before, &first.after) {
            (Detail::Field(_, FieldDetail::Kind), None, Some(_)) => Some(("good", t.get("edition-added"))),
            (Detail::Field(_, FieldDetail::Kind), Some(_), None) => Some(("bad", t.get("edition-removed"))),
            _ => None,
        };
        let rows = all.iter().filter(|one| says_something(one)).map(|one| compared(teller, one)).collect();
        Some(Group { title: teller.heading(&first.detail), came, rows })
    };
    found.chunk_by(together).filter_map(group).collect()
}

fn same_thing(one: &Detail, other: &Detail) -> bool {
    match (one, other) {
        (Detail::Field(one, _), Detail::Field(other, _)) => one == other,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// Of what came or went, what it is not needs no telling.
fn says_something(one: &Difference) -> bool {
    !matches!((one.before.as_deref(), one.after.as_deref()), (None, Some("false")) | (Some("false"), None))
}

fn compared(teller: &Teller<'_>, one: &Difference) -> Compared {
    let told = |value: &Option<String>| value.as_ref().map(|value| teller.value(&one.detail, value));
    let (before, after) = marked(told(&one.before).as_deref(), told(&one.after).as_deref());
    Compared { name: teller.name(&one.detail), before, after }
}

/// All that a version held, below the same headings.
fn held(teller: &Teller<'_>, all: &[(Detail, String)]) -> Vec<(String, Vec<Fact>)> {
    let groups = all.chunk_by(|(one, _), (other, _)| same_thing(one, other));
    let fact = |(detail, value): &(Detail, String)| (teller.name(detail), teller.value(detail, value));
    let said = |(_, value): &&(Detail, String)| value != "false";
    let group = |all: &[(Detail, String)]| {
        let (first, _) = all.first()?;
        Some((teller.heading(first), all.iter().filter(said).map(fact).collect()))
    };
    groups.filter_map(group).collect()
}
