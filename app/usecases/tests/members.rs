//! Members: roles, removal with hand-over, ownership, teams and what they reach.

use futures::future::join;
use qualify_domain::{
    access::{Permission, Reach, Role, Who},
    activity::{Author, What},
    audit::EntryFilter,
    id::{OrganizationId, SessionId, UserId},
    lead::Lead,
    roster::MemberError,
    session::{RefreshToken, Session},
    text::Name,
};
use qualify_ports::storage::PlatformTask;
use qualify_usecases::{AssignLead, Broken, Error, Nearness, SignedIn};

use crate::world::{Home, World};

fn rule(error: &Error) -> Option<MemberError> {
    match error {
        Error::Rule(Broken::Member(rule)) => Some(*rule),
        _ => None,
    }
}

async fn sees(world: &World, who: &str, lead: &Lead) -> bool {
    let member = world.sign_in(who).await;
    world.app.leads.open(&member.actor, lead.id).await.is_ok()
}

async fn assign(world: &World, by: &SignedIn, lead: &Lead, owner: Option<&SignedIn>) -> Result<(), Error> {
    let version = match world.app.leads.open(&by.actor, lead.id).await {
        Ok(file) => file.lead.version,
        Err(_) => lead.version,
    };
    let command = AssignLead { owner: owner.map(|owner| owner.user), version };
    world.app.leads.assign(&by.actor, lead.id, command).await
}

async fn owner_of(world: &World, home: &Home, lead: &Lead) -> Option<UserId> {
    world.app.leads.open(&home.owner.actor, lead.id).await.unwrap().lead.owner
}

#[tokio::test]
async fn changed_roles_are_what_the_next_sign_in_finds() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mia = world.join(&home, "mia@north.example", &[Role::Admin]).await;
    let roles = [Role::Agent, Role::Billing];
    world.app.members.change_roles(&home.owner.actor, mia.user, &roles).await.unwrap();
    let now = world.sign_in("mia@north.example").await;
    assert_eq!(now.roles, roles);
    let refused = world.app.members.people(&now.actor).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
}

/// Whether a session of the member in that organization would answer.
async fn answers(world: &World, user: UserId, session: SessionId, organization: OrganizationId) -> bool {
    let now = world.ports.clock.now();
    world.ports.storage.authenticate(user, session, organization, now).await.unwrap().is_some()
}

#[tokio::test]
async fn ses_8_who_is_removed_is_signed_out_here_for_good_and_nowhere_else() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let mia = world.join(&north, "mia@north.example", &[Role::Agent]).await;
    let Who::Member(_, here) = mia.actor.who() else { unreachable!("she signed in") };
    world.make_member(south.id, mia.user, &[Role::Agent]).await;
    let there = Session::begin(world.ports.ids.next(), mia.user, south.id, world.ports.clock.now());
    let token = RefreshToken {
        id: world.ports.ids.next(),
        digest: [7; 32],
        issued_at: there.created_at,
        expires_at: there.expires_at,
        rotated_at: None,
        successor: None,
        revoked_at: None,
    };
    let mut tx = world.ports.storage.platform(PlatformTask::SignIn).await.unwrap();
    tx.sessions().insert(&there, &token).await.unwrap();
    tx.commit().await.unwrap();
    assert!(answers(&world, mia.user, here, north.id).await && answers(&world, mia.user, there.id, south.id).await);

    world.app.members.remove(&north.owner.actor, mia.user, None).await.unwrap();
    assert!(!answers(&world, mia.user, here, north.id).await);
    assert!(answers(&world, mia.user, there.id, south.id).await, "elsewhere she goes on");
    world.make_member(north.id, mia.user, &[Role::Agent]).await;
    assert!(!answers(&world, mia.user, here, north.id).await, "an old session does not come back with the membership");
    let Who::Member(_, owners) = north.owner.actor.who() else { unreachable!("the owner signed in") };
    assert!(answers(&world, north.owner.user, owners, north.id).await, "nobody else is signed out");
}

#[tokio::test]
async fn rls_13_who_was_demoted_a_moment_ago_changes_nobody_with_what_they_still_hold() {
    let world = World::new().await;
    let home = world.found("North").await;
    let admin = world.join(&home, "admin@north.example", &[Role::Admin]).await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    world.app.members.change_roles(&home.owner.actor, admin.user, &[Role::Viewer]).await.unwrap();
    let late = world.app.members.change_roles(&admin.actor, agent.user, &[Role::Admin]).await.unwrap_err();
    assert!(matches!(late, Error::Forbidden(_)), "{late:?}");
}

#[tokio::test]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let world = World::new().await;
    for turn in 0..5 {
        let home = world.found(&format!("North{turn}")).await;
        let other = world.join(&home, &format!("second@north{turn}.example"), &[Role::Owner]).await;
        let members = &world.app.members;
        let (one, two) = join(
            members.change_roles(&home.owner.actor, other.user, &[Role::Agent]),
            members.change_roles(&other.actor, home.owner.user, &[Role::Agent]),
        )
        .await;
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }
}

#[tokio::test]
async fn two_owners_who_leave_at_once_leave_one() {
    let world = World::new().await;
    let home = world.found("North").await;
    let other = world.join(&home, "second@north.example", &[Role::Owner]).await;
    let (one, two) = join(world.app.members.leave(&home.owner.actor), world.app.members.leave(&other.actor)).await;
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let refused = one.err().or(two.err()).unwrap();
    assert_eq!(rule(&refused), Some(MemberError::LastOwner));
}

#[tokio::test]
async fn a_removed_members_leads_go_to_the_heir_and_what_they_wrote_stays() {
    let world = World::new().await;
    let home = world.found("North").await;
    let gone = world.join(&home, "gone@north.example", &[Role::Agent]).await;
    let heir = world.join(&home, "heir@north.example", &[Role::Agent]).await;
    let (kept, free) = (world.lead(&home, "a@example.com").await, world.lead(&home, "b@example.com").await);
    assign(&world, &home.owner, &kept, Some(&gone)).await.unwrap();
    world
        .app
        .leads
        .note(
            &gone.actor,
            kept.id,
            qualify_usecases::NoteLead { text: "Hi.".parse().unwrap(), kind: qualify_usecases::NoteKind::Note },
        )
        .await
        .unwrap();
    world.app.members.remove(&home.owner.actor, gone.user, Some(heir.user)).await.unwrap();
    assert_eq!(owner_of(&world, &home, &kept).await, Some(heir.user));
    assert_eq!(owner_of(&world, &home, &free).await, None);
    let file = world.app.leads.open(&home.owner.actor, kept.id).await.unwrap();
    let note = file.activities.iter().find(|entry| matches!(entry.what, What::Noted(_))).unwrap();
    assert_eq!(note.author, Some(Author::Member(gone.user)), "what they wrote stays");
    let people = world.app.members.people(&home.owner.actor).await.unwrap();
    assert!(people.members.iter().all(|member| member.membership.user != gone.user));
    let again = world.app.members.remove(&home.owner.actor, gone.user, None).await.unwrap_err();
    assert!(matches!(again, Error::NotFound("member")), "{again:?}");
}

#[tokio::test]
async fn an_admin_removes_no_owner_nobody_oneself_and_no_stranger_inherits() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let admin = world.join(&home, "admin@north.example", &[Role::Admin]).await;
    let members = &world.app.members;
    let refused = members.remove(&admin.actor, home.owner.user, None).await.unwrap_err();
    assert_eq!(rule(&refused), Some(MemberError::OwnersOnly));
    let refused = members.remove(&admin.actor, admin.user, None).await.unwrap_err();
    assert_eq!(rule(&refused), Some(MemberError::Oneself));
    for heir in [south.owner.user, admin.user] {
        let refused = members.remove(&home.owner.actor, admin.user, Some(heir)).await.unwrap_err();
        assert!(matches!(refused, Error::NotFound("member")), "{refused:?}");
    }
    let foreign = members.change_roles(&home.owner.actor, south.owner.user, &[Role::Viewer]).await.unwrap_err();
    assert!(matches!(foreign, Error::NotFound("member")), "{foreign:?}");
    members.leave(&admin.actor).await.unwrap();
    assert_eq!(rule(&members.leave(&home.owner.actor).await.unwrap_err()), Some(MemberError::LastOwner));
}

#[tokio::test]
async fn the_ownership_changes_hands() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    world.app.members.hand_ownership_over(&home.owner.actor, agent.user).await.unwrap();
    assert_eq!(world.sign_in("agent@north.example").await.roles, [Role::Owner, Role::Agent]);
    assert_eq!(world.sign_in("owner@north.example").await.roles, [Role::Admin]);
}

#[tokio::test]
async fn rls_13_teams_narrow_what_a_manager_sees() {
    let world = World::new().await;
    let home = world.found("North").await;
    let [manager, mine, other] = ["manager", "mine", "other"].map(|name| format!("{name}@north.example"));
    let boss = world.join(&home, &manager, &[Role::Manager]).await;
    let near = world.join(&home, &mine, &[Role::Agent]).await;
    let far = world.join(&home, &other, &[Role::Agent]).await;
    let (nears, fars) = (world.lead(&home, "a@example.com").await, world.lead(&home, "b@example.com").await);
    assign(&world, &home.owner, &nears, Some(&near)).await.unwrap();
    assign(&world, &home.owner, &fars, Some(&far)).await.unwrap();
    assert!(sees(&world, &manager, &fars).await, "without teams the organization is one");
    let owner = &home.owner.actor;
    let team = world.app.members.make_team(owner, Name::parse("East").unwrap()).await.unwrap();
    assert!(!sees(&world, &manager, &nears).await, "in no team: one's own and the queue");
    for member in [&boss, &near] {
        world.app.members.fill_team(owner, team, member.user, true).await.unwrap();
    }
    assert!(sees(&world, &manager, &nears).await && !sees(&world, &manager, &fars).await);
    assert!(sees(&world, &other, &fars).await && !sees(&world, &other, &nears).await);

    let boss = world.sign_in(&manager).await;
    let refused = assign(&world, &boss, &nears, Some(&far)).await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::Assignment)), "{refused:?}");
    assign(&world, &boss, &nears, Some(&boss)).await.unwrap();
    let explained = world.app.members.explain(owner, boss.user, Some(fars.id)).await.unwrap();
    let answer = explained.answers.iter().find(|a| a.permission == Permission::ReadLeads);
    assert_eq!(answer.unwrap().lead, Some(Nearness::Beyond));
    let explained = world.app.members.explain(owner, near.user, Some(nears.id)).await.unwrap();
    let answer = explained.answers.iter().find(|a| a.permission == Permission::NoteLead);
    assert_eq!(answer.unwrap().lead, Some(Nearness::Beyond), "the team's, but an agent reaches their own");
    world.app.members.end_team(owner, team).await.unwrap();
    assert!(sees(&world, &manager, &fars).await);
}

#[tokio::test]
async fn rls_13_an_agent_takes_a_lead_of_the_queue_and_gives_it_to_nobody_else() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.join(&home, "anna@north.example", &[Role::Agent]).await;
    let bert = world.join(&home, "bert@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "a@example.com").await;
    let refused = assign(&world, &anna, &lead, Some(&bert)).await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::Assignment)), "{refused:?}");
    assign(&world, &anna, &lead, Some(&anna)).await.unwrap();
    let gone = assign(&world, &bert, &lead, Some(&bert)).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound("lead")), "{gone:?}");
    assign(&world, &anna, &lead, None).await.unwrap();
    assert_eq!(owner_of(&world, &home, &lead).await, None);
}

#[tokio::test]
async fn rls_13_what_is_granted_on_top_of_a_role_is_felt_on_the_next_request_and_ends_with_the_role() {
    let world = World::new().await;
    let home = world.found("North").await;
    let admin = world.join(&home, "admin@north.example", &[Role::Admin]).await;
    let manager = world.join(&home, "manager@north.example", &[Role::Manager]).await;
    let may = async |who: &str, permission| world.sign_in(who).await.actor.may(permission);
    assert!(!may("admin@north.example", Permission::EraseLead).await);

    // An admin has not what only an owner can grant them, and has what a manager may be granted.
    let members = &world.app.members;
    let refused = members.grant(&admin.actor, admin.user, &[Permission::EraseLead]).await.unwrap_err();
    assert_eq!(rule(&refused), Some(MemberError::NotGrantable));
    members.grant(&admin.actor, manager.user, &[Permission::ExportLeads]).await.unwrap();
    assert!(may("manager@north.example", Permission::ExportLeads).await);
    members.grant(&home.owner.actor, admin.user, &[Permission::EraseLead]).await.unwrap();
    assert!(may("admin@north.example", Permission::EraseLead).await);
    let by_manager = members.grant(&manager.actor, manager.user, &[Permission::ImportLeads]).await.unwrap_err();
    assert!(matches!(by_manager, Error::Forbidden(_)), "{by_manager:?}");

    let explained = members.explain(&home.owner.actor, admin.user, None).await.unwrap();
    let erase = explained.answers.iter().find(|answer| answer.permission == Permission::EraseLead).unwrap();
    assert_eq!((&*erase.by, erase.granted), (&[][..], Some(Reach::All)), "the page says that it was granted");

    // A viewer who becomes an admin again has to be granted it again.
    for roles in [[Role::Viewer], [Role::Admin]] {
        members.change_roles(&home.owner.actor, admin.user, &roles).await.unwrap();
        assert!(!may("admin@north.example", Permission::EraseLead).await, "{roles:?}");
    }
    members.grant(&home.owner.actor, manager.user, &[]).await.unwrap();
    assert!(!may("manager@north.example", Permission::ExportLeads).await);
    let trail = world.app.audit.list(&home.owner.actor, &EntryFilter::default(), None).await.unwrap();
    let told = trail.entries.items.iter().flat_map(|entry| &entry.changes).map(ToString::to_string);
    let told: Vec<_> = told.filter(|change| change.starts_with("grants")).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().any(|change| change.contains("erase_lead")), "{told:?}");
}
