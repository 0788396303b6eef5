//! The members: their roles, who takes over when one is removed, the ownership.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use qualify_domain::{
    access::{Permission, Role},
    id::{InvitationId, UserId},
    invitation::Invitation,
    organization::Member as Colleague,
    roster::MemberError,
};
use qualify_usecases::{Broken, Error, People};
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::Calendar,
    page::{Face, Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

pub(super) const HERE: &str = "/settings/members";

#[derive(Template)]
#[template(path = "pages/settings/members.html")]
struct MembersPage {
    page: Page,
    filled: Filled,
    members: Vec<Row>,
    invitations: Vec<InvitationRow>,
    roles: Vec<Choice>,
    is_some_refused: bool,
    is_some_uninvited: bool,
    may_manage: bool,
}

struct InvitationRow {
    id: InvitationId,
    email: String,
    roles: String,
    is_open: bool,
    until: String,
    /// Since which day no mail to them is taken; empty if it is.
    refused: String,
    may_manage: bool,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    after: String,
}

struct Row {
    id: UserId,
    face: Face,
    email: String,
    roles: String,
    teams: String,
    joined: String,
    /// Since which day no mail to them is taken; empty if it is.
    refused: String,
}

#[derive(Template)]
#[template(path = "pages/settings/member.html")]
struct MemberPage {
    page: Page,
    filled: Filled,
    member: Row,
    roles: Vec<Choice>,
    grants: Vec<Grant>,
    heirs: Vec<(String, String)>,
    is_me: bool,
    may_explain: bool,
    may_hand_over: bool,
}

struct Choice {
    code: &'static str,
    name: String,
    held: bool,
}

struct Grant {
    code: &'static str,
    name: String,
    held: bool,
    is_mine_to_give: bool,
}

/// A member's name.
pub(in crate::pages) fn name(member: &Colleague) -> String {
    format!("{} {}", member.first_name, member.last_name)
}

fn row(member: &Colleague, people: &People, t: Text, calendar: &Calendar) -> Row {
    let user = member.membership.user;
    let teams = people.teams.iter().filter(|team| team.members.contains(&user)).map(|team| team.name.to_string());
    Row {
        id: user,
        face: Face::new(name(member)),
        email: member.email.to_string(),
        roles: member.membership.roles.iter().map(|role| choices::role(t, *role)).collect::<Vec<_>>().join(", "),
        teams: teams.collect::<Vec<_>>().join(", "),
        joined: calendar.day(member.joined_at),
        refused: refused(member.mail_refused_at, calendar),
    }
}

fn refused(since: Option<Timestamp>, calendar: &Calendar) -> String {
    since.map(|since| calendar.day(since)).unwrap_or_default()
}

/// `GET /settings/members`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let Coming { after } = coming.map(|Query(coming)| coming).unwrap_or_default();
    members_page(&web, &member, Filled::default(), &after).await
}

pub(super) async fn members_page(web: &Web, me: &Member, filled: Filled, after: &str) -> Result<Response, Problem> {
    let (t, actor) = (me.text(), &me.0.actor);
    let people = web.app().members.people(actor).await?;
    let invitations = web.app().invitations.list(actor).await?;
    let calendar = web.calendar(&me.0);
    let members: Vec<Row> = people.members.iter().map(|colleague| row(colleague, &people, t, &calendar)).collect();
    let (may_manage, owns) = (actor.may(Permission::ManageMembers), me.0.roles.contains(&Role::Owner));
    let offered = Role::ALL.into_iter().filter(|role| owns || *role != Role::Owner);
    let choice =
        |role: Role| Choice { code: role.code(), name: choices::role(t, role), held: filled.ticked(role.code()) };
    let toast = match after {
        "invited" => t.get("invitation-sent"),
        "withdrawn" => t.get("invitation-withdrawn"),
        _ => String::new(),
    };
    let invitation = |invitation: &Invitation| InvitationRow {
        id: invitation.id,
        email: invitation.email.to_string(),
        roles: invitation.roles.iter().map(|role| choices::role(t, *role)).collect::<Vec<_>>().join(", "),
        is_open: invitation.is_open(web.now()),
        until: calendar.day(invitation.expires_at),
        refused: refused(invitation.mail_refused_at, &calendar),
        may_manage: may_manage && (owns || !invitation.roles.contains(&Role::Owner)),
    };
    let invitations: Vec<InvitationRow> = invitations.iter().map(invitation).collect();
    show(&MembersPage {
        page: Page { toast, ..super::page(&me.0, HERE) },
        roles: offered.map(choice).collect(),
        filled,
        is_some_refused: members.iter().any(|member| !member.refused.is_empty()),
        is_some_uninvited: invitations.iter().any(|invitation| !invitation.refused.is_empty()),
        members,
        invitations,
        may_manage,
    })
}

/// `GET /settings/members/{user}`
pub async fn open(State(web): State<Web>, member: Member, Path(user): Path<String>) -> Result<Response, Problem> {
    member_page(&web, &member, read(&user)?, Filled::default()).await
}

async fn member_page(web: &Web, me: &Member, user: UserId, filled: Filled) -> Result<Response, Problem> {
    let (t, people) = (me.text(), web.app().members.people(&me.0.actor).await?);
    let found = people.members.iter().find(|colleague| colleague.membership.user == user);
    let colleague = found.ok_or_else(Problem::not_found)?;
    let others = people.members.iter().filter(|other| other.membership.user != user);
    let others = others.map(|other| (other.membership.user.to_string(), name(other)));
    let member = row(colleague, &people, t, &web.calendar(&me.0));
    let held = |role: Role| colleague.membership.roles.contains(&role);
    let choice = |role: Role| Choice { code: role.code(), name: choices::role(t, role), held: held(role) };
    show(&MemberPage {
        page: Page { title: member.face.name.clone(), ..super::page(&me.0, HERE) },
        filled,
        roles: Role::ALL.into_iter().map(choice).collect(),
        grants: grants(me, colleague, &people),
        heirs: std::iter::once((String::new(), t.get("removal-queue"))).chain(others).collect(),
        is_me: me.0.user == user,
        may_explain: me.0.actor.may(Permission::ExplainAccess),
        may_hand_over: me.0.actor.may(Permission::TransferOwnership),
        member,
    })
}

/// What may be granted on top of the member's roles.
fn grants(me: &Member, colleague: &Colleague, people: &People) -> Vec<Grant> {
    let (t, who) = (me.text(), &colleague.membership);
    let granted = people.grants.iter().find(|(user, _)| *user == who.user).map(|(_, granted)| &**granted);
    let may_be = Permission::grantable().filter(|permission| permission.granted_to(&who.roles).is_some());
    let grants = may_be.map(|permission| {
        let held = granted.is_some_and(|granted| granted.contains(&permission));
        Grant {
            code: permission.code(),
            name: t.get(&format!("may-{}", permission.code())),
            held,
            is_mine_to_give: held || me.0.actor.may(permission),
        }
    });
    grants.collect()
}

/// `POST /settings/members/{user}/grants`
pub async fn grant(
    State(web): State<Web>,
    member: Member,
    Path(user): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let user = read(&user)?;
    let ticked = posted.only(["erase_lead", "import_leads", "export_leads"])?;
    let all = [Permission::EraseLead, Permission::ImportLeads, Permission::ExportLeads];
    let granted: Vec<_> =
        all.into_iter().zip(ticked).filter(|(_, ticked)| !ticked.is_empty()).map(|(one, _)| one).collect();
    let outcome = web.app().members.grant(&member.0.actor, user, &granted).await;
    answer(&web, &member, user, &headers, outcome, &format!("{HERE}/{user}")).await
}

/// `POST /settings/members/{user}/roles`
pub async fn change_roles(
    State(web): State<Web>,
    member: Member,
    Path(user): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let user = read(&user)?;
    let ticked = posted.only(Role::ALL.map(Role::code))?;
    let chosen = Role::ALL.into_iter().zip(ticked).filter(|(_, ticked)| !ticked.is_empty()).map(|(role, _)| role);
    let roles: Vec<Role> = chosen.collect();
    let outcome = web.app().members.change_roles(&member.0.actor, user, &roles).await;
    answer(&web, &member, user, &headers, outcome, &format!("{HERE}/{user}")).await
}

/// `POST /settings/members/{user}/removal`
pub async fn remove(
    State(web): State<Web>,
    member: Member,
    Path(user): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let user = read(&user)?;
    let [heir] = posted.only(["heir"])?;
    let heir = if heir.is_empty() { None } else { Some(read(&heir)?) };
    let outcome = web.app().members.remove(&member.0.actor, user, heir).await;
    answer(&web, &member, user, &headers, outcome, HERE).await
}

/// `POST /settings/members/{user}/ownership`
pub async fn hand_over(
    State(web): State<Web>,
    member: Member,
    Path(user): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let user = read(&user)?;
    let [sure] = posted.only(["sure"])?;
    if sure.is_empty() {
        let filled = Filled::default().faulty("sure", member.text().get("ownership-unsure"));
        let page = member_page(&web, &member, user, filled).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let outcome = web.app().members.hand_ownership_over(&member.0.actor, user).await;
    answer(&web, &member, user, &headers, outcome, HERE).await
}

async fn answer(
    web: &Web,
    me: &Member,
    user: UserId,
    headers: &HeaderMap,
    outcome: Result<(), Error>,
    next: &str,
) -> Result<Response, Problem> {
    match outcome {
        Ok(()) => Ok(Redirect::to(next).into_response()),
        Err(Error::Rule(Broken::Member(rule))) if wants_page(headers) => {
            let filled = Filled::default().faulty("form", words(me.text(), rule));
            let page = member_page(web, me, user, filled).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Why a membership stays as it is.
pub(crate) fn words(t: Text, rule: MemberError) -> String {
    match rule {
        MemberError::LastOwner => t.get("member-last-owner"),
        MemberError::Oneself => t.get("member-oneself"),
        MemberError::NoRole => t.get("member-no-role"),
        MemberError::NotGrantable => t.get("member-not-grantable"),
        MemberError::OwnersOnly | MemberError::NotYours | MemberError::Unknown => t.get("member-owners-only"),
    }
}

pub(in crate::pages) fn read<T: std::str::FromStr>(raw: &str) -> Result<T, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}
