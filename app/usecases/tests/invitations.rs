//! Invitations: who may invite whom as what, and what becomes of the link.

use futures::future::join;
use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    audit::{EntryFilter, Target},
    language::Language,
    roster::MemberError,
};
use qualify_usecases::{Accepted, Broken, Error, Guest, Invite, Newcomer, SignedIn};

use crate::world::{Home, PASSWORD, World, carried};

const ZOE: &str = "zoe@elsewhere.example";

async fn send(world: &World, by: &SignedIn, email: &str, roles: &[Role]) -> Result<(), Error> {
    let command = Invite { email: email.parse().unwrap(), roles: roles.to_vec() };
    world.app.invitations.invite(&by.actor, command).await
}

/// Invites, and takes the link from the mail.
async fn invited(world: &World, by: &SignedIn, email: &str, roles: &[Role]) -> String {
    send(world, by, email, roles).await.unwrap();
    carried(&world.work().await[0], "invitations")
}

fn zoe() -> Newcomer {
    Newcomer {
        first_name: "Zoé".to_owned(),
        last_name: "Berg".to_owned(),
        password: PASSWORD.to_owned(),
        language: Language::French,
    }
}

fn nobody() -> Newcomer {
    Newcomer { first_name: String::new(), last_name: String::new(), password: String::new(), ..zoe() }
}

async fn accept(world: &World, link: &str, viewer: Option<&SignedIn>) -> Result<Accepted, Error> {
    let newcomer = if viewer.is_some() { nobody() } else { zoe() };
    world.app.invitations.accept(link, viewer, newcomer).await
}

async fn members(world: &World, home: &Home) -> usize {
    world.app.members.people(&home.owner.actor).await.unwrap().members.len()
}

#[track_caller]
fn assert_over<T>(outcome: Result<T, Error>) {
    assert!(matches!(outcome.err(), Some(Error::Rule(Broken::LinkOver))));
}

#[track_caller]
fn assert_rule(outcome: &Result<(), Error>, rule: MemberError) {
    assert!(matches!(outcome, Err(Error::Rule(Broken::Member(found))) if *found == rule), "{outcome:?}");
}

#[tokio::test]
async fn somebody_new_joins_by_the_link_of_the_mail_as_what_they_were_invited() {
    let world = World::new().await;
    let home = world.found("North").await;
    send(&world, &home.owner, ZOE, &[Role::Agent, Role::Billing]).await.unwrap();
    let mail = world.work().await.remove(0);
    assert_eq!((mail.to.to_string().as_str(), mail.subject.as_str()), (ZOE, "Odile Owner invites you to North"));
    let link = carried(&mail, "invitations");
    assert!(!world.dump().await.contains(&link), "AUTH-11: the secret lies nowhere");
    let shown = world.app.invitations.open(&link, None).await.unwrap();
    assert_eq!((&*shown.organization, &*shown.email, shown.guest), ("North", ZOE, Guest::New));
    assert_eq!(shown.roles, [Role::Agent, Role::Billing]);
    assert_eq!(shown.inviter.map(|(first, _)| first.to_string()).as_deref(), Some("Odile"));
    assert_eq!(accept(&world, &link, None).await.unwrap(), Accepted::MaySignIn);
    let member = world.sign_in(ZOE).await;
    assert_eq!((member.roles.as_slice(), &*member.organization), ([Role::Agent, Role::Billing].as_slice(), "North"));
    assert!(world.app.invitations.list(&home.owner.actor).await.unwrap().is_empty());
    assert_over(accept(&world, &link, None).await);
    assert_over(world.app.invitations.open(&link, None).await);

    let trail = world.app.audit.list(&home.owner.actor, &EntryFilter::default(), None).await.unwrap().entries.items;
    let told: Vec<_> = trail.iter().map(|entry| (entry.action.as_str(), entry.on(), entry.changes.join(" "))).collect();
    let of = |action: &str| told.iter().filter(|(found, ..)| *found == action).collect::<Vec<_>>();
    assert_eq!(of("manage_members")[0].2, "sent roles:>agent,billing");
    let joined = of("join_organization");
    assert!(joined.iter().any(|(_, on, _)| *on == Some(Target::Member(member.user))), "{told:?}");
    assert!(joined.iter().any(|(.., changes)| changes == "accepted"), "{told:?}");
    assert_eq!(of("email_verified").len(), 2, "the owner's and hers");
}

#[tokio::test]
async fn rls_13_nobody_invites_beyond_what_they_may_give() {
    let world = World::new().await;
    let home = world.found("North").await;
    let admin = world.join(&home, "admin@north.example", &[Role::Admin]).await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    assert_rule(&send(&world, &admin, ZOE, &[Role::Owner]).await, MemberError::OwnersOnly);
    assert_rule(&send(&world, &admin, ZOE, &[]).await, MemberError::NoRole);
    assert!(matches!(send(&world, &agent, ZOE, &[Role::Agent]).await, Err(Error::Forbidden(_))));
    assert!(matches!(world.app.invitations.list(&agent.actor).await, Err(Error::Forbidden(_))));
    send(&world, &home.owner, ZOE, &[Role::Owner]).await.unwrap();
    let offered = world.app.invitations.list(&admin.actor).await.unwrap().remove(0);
    assert_rule(&world.app.invitations.withdraw(&admin.actor, offered.id).await, MemberError::OwnersOnly);
    assert_rule(&world.app.invitations.send_again(&admin.actor, offered.id).await, MemberError::OwnersOnly);
    assert!(matches!(world.app.invitations.withdraw(&agent.actor, offered.id).await, Err(Error::Forbidden(_))));
    world.app.members.change_roles(&home.owner.actor, admin.user, &[Role::Viewer]).await.unwrap();
    let late = send(&world, &admin, "late@elsewhere.example", &[Role::Agent]).await;
    assert!(matches!(late, Err(Error::Forbidden(_))), "what they still hold is worth nothing: {late:?}");
}

#[tokio::test]
async fn inviting_a_member_is_told_at_the_field_however_the_address_is_written() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.join(&home, "mia@north.example", &[Role::Agent]).await;
    for member in ["mia@north.example", "MIA@North.Example", "owner@north.example"] {
        let refused = send(&world, &home.owner, member, &[Role::Agent]).await.unwrap_err();
        let Error::Invalid(faults) = refused else { panic!("{refused:?}") };
        assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), ["email"], "{member}");
    }
    // An address that only looks the same is somebody else's.
    send(&world, &home.owner, "mi\u{430}@north.example", &[Role::Agent]).await.unwrap();
    assert_eq!(world.app.invitations.list(&home.owner.actor).await.unwrap().len(), 1);
}

#[tokio::test]
async fn auth_5_who_invites_does_not_learn_whether_an_address_has_an_account_elsewhere() {
    let world = World::new().await;
    let (north, _) = (world.found("North").await, world.found("South").await);
    world.clock.advance(SignedDuration::from_hours(1));
    for email in ["owner@south.example", "nobody@south.example"] {
        send(&world, &north.owner, email, &[Role::Agent]).await.unwrap();
    }
    assert_eq!(world.rows("SELECT count(*) FROM one_time_tokens").await, 2);
    let mails = world.work().await;
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].subject, mails[1].subject);
    for email in ["owner@south.example", "nobody@south.example"] {
        for n in 0..5 {
            let again = send(&world, &north.owner, email, &[Role::Agent]).await;
            assert_eq!(matches!(again, Err(Error::TooOften(_))), n == 4, "{email}: {again:?}");
        }
    }
}

#[tokio::test]
async fn auth_11_a_later_invitation_of_the_same_address_takes_the_place_of_the_first() {
    let world = World::new().await;
    let home = world.found("North").await;
    let first = invited(&world, &home.owner, ZOE, &[Role::Admin]).await;
    let second = invited(&world, &home.owner, "Zoe@Elsewhere.example", &[Role::Viewer]).await;
    assert_eq!(world.app.invitations.list(&home.owner.actor).await.unwrap().len(), 1);
    assert_over(world.app.invitations.open(&first, None).await);
    assert_over(accept(&world, &first, None).await);
    let open = world.app.invitations.list(&home.owner.actor).await.unwrap().remove(0);
    world.app.invitations.send_again(&home.owner.actor, open.id).await.unwrap();
    let third = carried(&world.work().await[0], "invitations");
    assert_over(accept(&world, &second, None).await);
    accept(&world, &third, None).await.unwrap();
    assert_eq!(world.sign_in(ZOE).await.roles, [Role::Viewer]);
}

#[tokio::test]
async fn auth_11_an_invitation_is_open_for_a_week_and_another_after_it_was_sent_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let link = invited(&world, &home.owner, ZOE, &[Role::Agent]).await;
    world.clock.advance(SignedDuration::from_secs(7 * 24 * 3_600 - 60));
    world.app.invitations.open(&link, None).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(60));
    assert_over(world.app.invitations.open(&link, None).await);
    assert_over(accept(&world, &link, None).await);
    let expired = world.app.invitations.list(&home.owner.actor).await.unwrap().remove(0);
    assert!(!expired.is_open(world.ports.clock.now()));
    world.app.invitations.send_again(&home.owner.actor, expired.id).await.unwrap();
    let again = world.app.invitations.list(&home.owner.actor).await.unwrap().remove(0);
    assert_eq!((again.id, again.is_open(world.ports.clock.now())), (expired.id, true));
    let link = carried(&world.work().await[0], "invitations");
    accept(&world, &link, None).await.unwrap();
}

#[tokio::test]
async fn auth_11_a_withdrawn_invitation_opens_nothing_and_is_mailed_to_nobody() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let link = invited(&world, &home.owner, ZOE, &[Role::Agent]).await;
    let id = world.app.invitations.list(&home.owner.actor).await.unwrap()[0].id;
    let foreign = world.app.invitations.withdraw(&south.owner.actor, id).await;
    assert!(matches!(foreign, Err(Error::NotFound(_))), "RLS-10: {foreign:?}");
    assert!(matches!(world.app.invitations.send_again(&south.owner.actor, id).await, Err(Error::NotFound(_))));
    world.app.invitations.withdraw(&home.owner.actor, id).await.unwrap();
    assert_over(world.app.invitations.open(&link, None).await);
    assert_over(accept(&world, &link, None).await);
    for gone in [
        world.app.invitations.withdraw(&home.owner.actor, id).await,
        world.app.invitations.send_again(&home.owner.actor, id).await,
    ] {
        assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    }
    send(&world, &home.owner, ZOE, &[Role::Agent]).await.unwrap();
    let id = world.app.invitations.list(&home.owner.actor).await.unwrap()[0].id;
    world.app.invitations.withdraw(&home.owner.actor, id).await.unwrap();
    assert_eq!(world.work().await.len(), 0, "nobody is sent a link that is dead");
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn who_is_signed_in_as_the_invited_joins_and_nobody_else_does() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let other = world.join(&south, "owne\u{433}@south.example", &[Role::Agent]).await;
    let link = invited(&world, &north.owner, "Owner@South.example", &[Role::Manager]).await;
    assert_eq!(world.app.invitations.open(&link, None).await.unwrap().guest, Guest::Known);
    assert_eq!(accept(&world, &link, None).await.unwrap(), Accepted::SignInFirst);
    for another in [&north.owner, &other] {
        assert_eq!(world.app.invitations.open(&link, Some(another)).await.unwrap().guest, Guest::Another);
        assert_eq!(accept(&world, &link, Some(another)).await.unwrap(), Accepted::Another);
    }
    assert_eq!(members(&world, &north).await, 1, "nobody has joined yet");
    let shown = world.app.invitations.open(&link, Some(&south.owner)).await.unwrap();
    assert_eq!(shown.guest, Guest::SignedIn(south.owner.user));
    assert_eq!(accept(&world, &link, Some(&south.owner)).await.unwrap(), Accepted::Joined(north.id));
    assert_eq!(members(&world, &north).await, 2);
    assert_eq!(world.rows("SELECT count(*) FROM users").await, 3, "no account was made");
    assert_over(accept(&world, &link, Some(&south.owner)).await);
}

#[tokio::test]
async fn an_account_without_an_organization_joins_by_its_mailbox_and_may_sign_in_again() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let mia = world.join(&south, "mia@south.example", &[Role::Agent]).await;
    world.app.members.remove(&south.owner.actor, mia.user, None).await.unwrap();
    let link = invited(&world, &north.owner, "mia@south.example", &[Role::Viewer]).await;
    assert_eq!(world.app.invitations.open(&link, None).await.unwrap().guest, Guest::Homeless(mia.user));
    let outcome = world.app.invitations.accept(&link, None, nobody()).await.unwrap();
    assert_eq!(outcome, Accepted::MaySignIn);
    let again = world.sign_in("mia@south.example").await;
    assert_eq!((again.user, again.actor.organization()), (mia.user, north.id), "with the password she had");
}

#[tokio::test]
async fn an_invitation_stands_without_who_made_it_but_makes_an_owner_only_while_an_owner_answers_for_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let partner = world.join(&home, "partner@north.example", &[Role::Owner]).await;
    let as_owner = invited(&world, &partner, ZOE, &[Role::Owner]).await;
    let as_agent = invited(&world, &partner, "ada@elsewhere.example", &[Role::Agent]).await;
    world.app.members.change_roles(&home.owner.actor, partner.user, &[Role::Admin]).await.unwrap();
    assert_over(world.app.invitations.open(&as_owner, None).await);
    assert_over(accept(&world, &as_owner, None).await);
    world.app.members.remove(&home.owner.actor, partner.user, None).await.unwrap();
    let shown = world.app.invitations.open(&as_agent, None).await.unwrap();
    assert!(shown.inviter.is_none());
    accept(&world, &as_agent, None).await.unwrap();
    assert_eq!(world.rows("SELECT count(*) FROM users WHERE email_norm = 'zoe@elsewhere.example'").await, 0);
}

#[tokio::test]
async fn of_a_withdrawal_and_an_acceptance_at_once_one_happens() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..6 {
        let email = format!("zoe{n}@elsewhere.example");
        let link = invited(&world, &home.owner, &email, &[Role::Agent]).await;
        let id = world.app.invitations.list(&home.owner.actor).await.unwrap()[0].id;
        let before = members(&world, &home).await;
        let (withdrawn, accepted) =
            join(world.app.invitations.withdraw(&home.owner.actor, id), accept(&world, &link, None)).await;
        assert!(withdrawn.is_ok() != accepted.is_ok(), "{withdrawn:?} and {accepted:?}");
        assert_eq!(members(&world, &home).await, before + usize::from(accepted.is_ok()));
    }
}

#[tokio::test]
async fn auth_11_of_many_who_open_one_invitation_at_once_one_joins() {
    let world = World::new().await;
    let home = world.found("North").await;
    let link = invited(&world, &home.owner, ZOE, &[Role::Agent]).await;
    let outcomes = futures::future::join_all((0..6).map(|_| accept(&world, &link, None))).await;
    let joined = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::MaySignIn | Accepted::Joined(_))));
    assert_eq!(joined.count(), 1, "{outcomes:?}");
    // Who comes a moment later finds the link used, or the account that it made.
    let late =
        |outcome: &&Result<_, _>| matches!(outcome, Ok(Accepted::SignInFirst) | Err(Error::Rule(Broken::LinkOver)));
    assert_eq!(outcomes.iter().filter(late).count(), 5, "{outcomes:?}");
    assert_eq!(members(&world, &home).await, 2);
    assert_eq!(world.rows("SELECT count(*) FROM users").await, 2);
}

#[tokio::test]
async fn auth_3_all_faults_of_a_newcomer_are_told_at_once_and_leave_the_link_as_it_is() {
    let world = World::new().await;
    let home = world.found("North").await;
    let link = invited(&world, &home.owner, ZOE, &[Role::Agent]).await;
    let odd = Newcomer { first_name: "Zo\u{0}é".to_owned(), last_name: "b".repeat(101), ..nobody() };
    let refused = world.app.invitations.accept(&link, None, odd).await.unwrap_err();
    let Error::Invalid(faults) = refused else { panic!("{refused:?}") };
    let fields: Vec<_> = faults.iter().map(|fault| &*fault.field).collect();
    assert_eq!(fields, ["first_name", "last_name", "password"]);
    accept(&world, &link, None).await.unwrap();
}
