//! What people ask by right: from asking to the answer, and what members hear of it.

mod farewells;
mod served;
mod watched;

use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    circumstances::Circumstances,
    language::Language,
    retention::months_after,
    rights_request::{LINK_LIFE, Refusal, Right, RightsError, SESSION_LIFE, State},
    text::Message,
};
use qualify_ports::{
    mailer::Message as Mail,
    storage::{KeptRequest, RequestList, Wish},
};
use qualify_usecases::{
    AskRight, Broken, ChangeRightsSettings, Error, Further, NewRequest, NoteKind, NoteLead, Opened, PrivacyDoor,
    RightsQuestion, Served, overdue_requests,
};
use secrecy::{ExposeSecret, SecretString};

use crate::world::{Home, World};

const ANNA: &str = "anna@berg.example";
const DAY: SignedDuration = SignedDuration::from_hours(24);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

async fn door(world: &World, slug: &str) -> PrivacyDoor {
    world.app.rights.door(slug).await.unwrap()
}

fn asking(address: &str, right: Right) -> AskRight {
    let (address, from) = (address.parse().unwrap(), Circumstances::default());
    AskRight { address, right, words: None, language: Language::French, from }
}

/// The secret of the link in a mail.
fn link(mail: &Mail) -> String {
    let (_, after) = mail.text.split_once("/privacy/").unwrap();
    after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// Asks at an organization called North, and takes the link from the mail.
async fn asked(world: &World, right: Right) -> String {
    let door = door(world, "north").await;
    world.app.rights.ask(&door.actor, asking(ANNA, right)).await.unwrap();
    let mails = world.work().await;
    assert_eq!(mails.len(), 1, "nobody else is told before it is known who asks");
    link(&mails[0])
}

/// The same, with the proof; what was mailed then.
async fn proven(world: &World, right: Right) -> (String, Vec<Mail>) {
    let link = asked(world, right).await;
    let session = opened(world.app.rights.prove(&door(world, "north").await.actor, &link).await.unwrap());
    (session.expose_secret().to_owned(), world.work().await)
}

fn opened(opened: Opened) -> SecretString {
    match opened {
        Opened::What(session) => session,
        Opened::Nothing => SecretString::default(),
    }
}

async fn only(world: &World, home: &Home, which: RequestList) -> KeptRequest {
    let mut found = world.app.rights.register(&home.owner.actor, which, 0).await.unwrap().requests;
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[track_caller]
fn assert_over<T>(outcome: Result<T, Error>) {
    assert!(matches!(outcome.err(), Some(Error::Rule(Broken::LinkOver))));
}

fn words(text: &str) -> Message {
    Message::parse(text).unwrap()
}

#[tokio::test]
async fn somebody_asks_proves_who_they_are_and_sees_what_is_kept() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, ANNA).await;
    world.lead(&home, "bert@berg.example").await;
    let note = NoteLead { kind: NoteKind::Note, text: words("Knows bert@berg.example") };
    world.app.leads.note(&home.owner.actor, lead.id, note).await.unwrap();
    let link = asked(&world, Right::Access).await;
    assert!(!world.dump().await.contains(&link), "the secret lies nowhere");
    let actor = door(&world, "north").await.actor;
    let asks = RightsQuestion { right: Right::Access, language: Language::French, erases: false };
    assert_eq!(world.app.rights.look(&actor, &link).await.unwrap(), asks);
    let session = opened(world.app.rights.prove(&actor, &link).await.unwrap());
    let held = world.app.rights.held(&actor, session.expose_secret()).await.unwrap();
    assert_eq!(held.leads.len(), 1, "nobody else's");
    assert_eq!(held.leads[0].lead.id, lead.id);
    assert_eq!(held.leads[0].submissions[0].answers.message.as_deref(), Some("Please call me."));
    assert_eq!(held.leads[0].notes[0].1.to_string(), "Knows […]");
    let kept = only(&world, &home, RequestList::Over).await;
    assert_eq!(kept.request.state(), State::Answered, "what is kept was shown: that is the answer");
    let mails = world.work().await;
    let to: Vec<_> = mails.iter().map(|mail| (mail.to.to_string(), mail.subject.clone())).collect();
    assert_eq!(to, [(ANNA.to_owned(), "North a répondu à votre demande".to_owned())]);
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_answer_and_the_same_mail() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.lead(&home, ANNA).await;
    let actor = door(&world, "north").await.actor;
    let mut mails = Vec::new();
    for address in [ANNA, "nobody@berg.example"] {
        world.app.rights.ask(&actor, asking(address, Right::Access)).await.unwrap();
        let mail = world.work().await.remove(0);
        let secret = link(&mail);
        mails.push((mail.subject.clone(), mail.text.replace(&secret, "")));
        if address != ANNA {
            let session = opened(world.app.rights.prove(&actor, &secret).await.unwrap());
            let held = world.app.rights.held(&actor, session.expose_secret()).await.unwrap();
            assert!(held.leads.is_empty() && held.loose.is_empty());
        }
    }
    assert_eq!(mails[0], mails[1]);
}

#[tokio::test]
async fn dsr_5_a_link_works_once_until_its_last_second_and_in_its_organization_only() {
    let world = World::new().await;
    world.found("North").await;
    world.found("South").await;
    let (north, south) = (door(&world, "north").await.actor, door(&world, "south").await.actor);
    let late = asked(&world, Right::Erasure).await;
    assert_over(world.app.rights.look(&south, &late).await);
    assert_over(world.app.rights.prove(&south, &late).await);
    world.clock.advance(LINK_LIFE);
    assert_over(world.app.rights.prove(&north, &late).await);

    let link = asked(&world, Right::Erasure).await;
    world.clock.advance(LINK_LIFE - SECOND * 60);
    let session = opened(world.app.rights.prove(&north, &link).await.unwrap());
    let session = session.expose_secret();
    assert_over(world.app.rights.look(&north, &link).await);
    assert_over(world.app.rights.prove(&north, &link).await);
    assert_over(world.app.rights.held(&south, session).await);
    assert_over(world.app.rights.held(&north, &link).await);
    world.clock.advance(SESSION_LIFE - SECOND * 60);
    assert!(world.app.rights.held(&north, session).await.is_ok());
    world.clock.advance(SECOND * 60);
    assert_over(world.app.rights.held(&north, session).await);
    assert!(matches!(world.app.rights.door("east").await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn of_who_never_comes_no_address_is_kept() {
    let world = World::new().await;
    let home = world.found("North").await;
    asked(&world, Right::Erasure).await;
    assert_eq!(only(&world, &home, RequestList::Waiting).await.request.state(), State::AwaitingIdentity);
    world.clock.advance(LINK_LIFE);
    assert!(world.work().await.is_empty());
    assert_eq!(only(&world, &home, RequestList::Over).await.request.state(), State::Lapsed);
    assert_eq!(
        world.rows("SELECT count(*) FROM rights_requests WHERE email IS NOT NULL OR email_norm IS NOT NULL").await,
        0
    );
}

#[tokio::test]
async fn auth_9_floods_of_requests_are_held_off_by_address_and_by_source() {
    let world = World::new().await;
    world.found("North").await;
    let actor = door(&world, "north").await.actor;
    for _ in 0..5 {
        world.app.rights.ask(&actor, asking(ANNA, Right::Access)).await.unwrap();
    }
    let refused = world.app.rights.ask(&actor, asking(ANNA, Right::Access)).await;
    assert!(matches!(refused, Err(Error::TooOften(1..=3600))), "{refused:?}");
    let from = Circumstances::of("192.0.2.7".parse().ok(), "");
    for number in 0..20 {
        let command = AskRight { from: from.clone(), ..asking(&format!("p{number}@berg.example"), Right::Access) };
        world.app.rights.ask(&actor, command).await.unwrap();
    }
    let refused = world.app.rights.ask(&actor, AskRight { from, ..asking("last@berg.example", Right::Access) }).await;
    assert!(matches!(refused, Err(Error::TooOften(_))));
}

#[tokio::test]
async fn what_needs_a_member_waits_for_one_and_whoever_keeps_the_register_hears_of_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.join(&home, "officer@north.example", &[Role::PrivacyOfficer]).await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let (session, mails) = proven(&world, Right::Erasure).await;
    let mut to: Vec<_> = mails.iter().map(|mail| mail.to.to_string()).collect();
    to.sort();
    assert_eq!(to, [ANNA, "officer@north.example", "owner@north.example"]);
    let due = only(&world, &home, RequestList::Waiting).await.request.due();
    let told = mails.iter().find(|mail| *mail.to == *ANNA).unwrap();
    assert!(told.text.contains(&due.day().year().to_string()), "the day is named: {}", told.text);
    assert!(matches!(world.app.rights.register(&agent.actor, RequestList::Waiting, 0).await, Err(Error::Forbidden(_))));

    let actor = door(&world, "north").await.actor;
    let wish = Wish { name: Some("Anna Berg".parse().unwrap()), ..Wish::default() };
    let further = |right, wish| Further { right, words: None, wish, language: Language::French };
    let nothing = world.app.rights.ask_further(&actor, &session, further(Right::Rectification, Wish::default())).await;
    assert!(matches!(nothing, Err(Error::Invalid(_))));
    let mending = world.app.rights.ask_further(&actor, &session, further(Right::Rectification, wish.clone())).await;
    assert_eq!(mending.unwrap(), Served::Left);
    let requests = world.app.rights.register(&home.owner.actor, RequestList::Waiting, 0).await.unwrap().requests;
    let mending = requests.iter().find(|kept| kept.request.right == Right::Rectification).unwrap();
    assert_eq!((mending.request.state(), &mending.wish), (State::Open, &wish));
    let looking = world.app.rights.ask_further(&actor, &session, further(Right::Access, Wish::default())).await;
    assert_eq!(looking.unwrap(), Served::Done);
    world.clock.advance(SESSION_LIFE);
    assert_over(world.app.rights.ask_further(&actor, &session, further(Right::Access, Wish::default())).await);
}

#[tokio::test]
async fn the_organization_says_what_is_served_by_itself_and_where_it_is_asked() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let settings = world.app.rights.settings(&north.owner.actor).await.unwrap();
    assert_eq!(settings.slug.to_string(), "north");
    let change = |slug: &str| ChangeRightsSettings {
        slug: slug.to_owned(),
        policy: qualify_domain::rights_request::RightsPolicy::of([]),
    };
    let taken = world.app.rights.change_settings(&north.owner.actor, &change("south")).await;
    assert!(matches!(taken, Err(Error::Invalid(_))), "{taken:?}");
    world.app.rights.change_settings(&north.owner.actor, &change("north-pole")).await.unwrap();
    assert!(world.app.rights.door("north").await.is_err());
    let actor = door(&world, "north-pole").await.actor;
    world.app.rights.ask(&actor, asking(ANNA, Right::Access)).await.unwrap();
    let link = link(&world.work().await[0]);
    world.app.rights.prove(&actor, &link).await.unwrap();
    assert_eq!(only(&world, &north, RequestList::Waiting).await.request.state(), State::Open, "a member is asked");
    assert!(world.app.rights.register(&south.owner.actor, RequestList::Waiting, 0).await.unwrap().requests.is_empty());
    // Another organization of the same name gets another word.
    world.sign_up("other@south.example", "South").await;
    let other = world.sign_in("other@south.example").await;
    let slug = world.app.rights.settings(&other.actor).await.unwrap().slug.to_string();
    assert!(slug.starts_with("south-") && slug.len() == "south-".len() + 6, "{slug}");
}

#[tokio::test]
async fn dsr_6_members_are_reminded_once_each_and_alarmed_when_it_is_too_late() {
    let world = World::new().await;
    let home = world.found("North").await;
    proven(&world, Right::Erasure).await;
    let due = only(&world, &home, RequestList::Waiting).await.request.due();
    let count = || overdue_requests(world.ports.storage.clone(), &*world.clock);
    let mut told = Vec::new();
    while world.ports.clock.now() < due.ends_at() {
        assert_eq!(count().await.unwrap(), 0);
        world.clock.advance(DAY / 2);
        told.extend(world.work().await.into_iter().map(|mail| (mail.to.to_string(), mail.subject)));
    }
    told.extend(world.work().await.into_iter().map(|mail| (mail.to.to_string(), mail.subject)));
    let subjects: Vec<_> = told.iter().map(|(_, subject)| subject.as_str()).collect();
    assert!(told.iter().all(|(to, _)| to == "owner@north.example"));
    let days = |days| format!("A request about rights is due in {days} days");
    let last = ["A request about rights is due tomorrow", "A request about rights is overdue"];
    assert_eq!(subjects, [&days(14), &days(7), &days(3), last[0], last[1]]);
    assert_eq!(count().await.unwrap(), 1);
    let id = only(&world, &home, RequestList::Waiting).await.request.id;
    world.app.rights.answer(&home.owner.actor, id, Some(words("Done."))).await.unwrap();
    assert_eq!(count().await.unwrap(), 0);
    let mails = world.work().await;
    assert!(mails.len() == 1 && mails[0].text.contains("Done."));
}

#[tokio::test]
async fn dsr_4_more_time_is_taken_once_within_the_first_month_and_its_notice_goes_at_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    proven(&world, Right::Erasure).await;
    let before = only(&world, &home, RequestList::Waiting).await.request;
    world.clock.advance(DAY * 20);
    world.work().await;
    let extend = || world.app.rights.extend(&home.owner.actor, before.id, words("Il y en a beaucoup."));
    extend().await.unwrap();
    let mails = world.work().await;
    let notice = mails.iter().find(|mail| *mail.to == *ANNA).unwrap();
    assert!(world.ports.clock.now() < before.due().ends_at());
    assert!(notice.text.contains("Il y en a beaucoup.") && notice.text.contains("CNIL"), "{}", notice.text);
    let after = only(&world, &home, RequestList::Waiting).await.request;
    assert!(after.due() > before.due());
    let again = extend().await;
    assert!(matches!(again, Err(Error::Rule(Broken::Rights(RightsError::ExtendedAlready)))), "{again:?}");
}

#[tokio::test]
async fn dsr_7_a_refusal_names_the_reason_the_cnil_and_the_way_to_court() {
    let world = World::new().await;
    let home = world.found("North").await;
    proven(&world, Right::Erasure).await;
    let id = only(&world, &home, RequestList::Waiting).await.request.id;
    let refuse = |reason| world.app.rights.refuse(&home.owner.actor, id, reason, Some(words("Le contrat court.")));
    let unknown = refuse(Refusal::CompellingGrounds).await;
    assert!(matches!(unknown, Err(Error::Rule(Broken::Rights(RightsError::NoReason)))), "{unknown:?}");
    refuse(Refusal::LegalDuty).await.unwrap();
    let mails = world.work().await;
    assert_eq!(mails.len(), 1);
    for part in ["une loi impose de conserver les données", "Le contrat court.", "CNIL", "recours juridictionnel"] {
        assert!(mails[0].text.contains(part), "{part}: {}", mails[0].text);
    }
    let kept = only(&world, &home, RequestList::Over).await;
    let step = kept.request.steps.last().unwrap();
    assert_eq!(step.by, qualify_domain::rights_request::By::Member(home.owner.user));
}

#[tokio::test]
async fn dsr_5_a_member_takes_in_what_came_by_letter_and_the_person_proves_who_they_are() {
    let world = World::new().await;
    let home = world.found("North").await;
    let today = jiff::tz::TimeZone::UTC.to_datetime(world.ports.clock.now()).date();
    let letter = |received_on| NewRequest {
        address: ANNA.parse().unwrap(),
        right: Right::Restriction,
        received_on,
        words: Some(words("By letter.")),
    };
    let early = world.app.rights.take_in(&home.owner.actor, letter(today.tomorrow().unwrap())).await;
    assert!(matches!(early, Err(Error::Invalid(_))));
    let received = today.checked_sub(jiff::Span::new().days(10)).unwrap();
    world.app.rights.take_in(&home.owner.actor, letter(received)).await.unwrap();
    let mails = world.work().await;
    let mail = mails.iter().find(|mail| *mail.to == *ANNA).unwrap();
    world.clock.advance(DAY * 7 - SECOND * 60);
    world.app.rights.prove(&door(&world, "north").await.actor, &link(mail)).await.unwrap();
    let kept = only(&world, &home, RequestList::Waiting).await;
    assert_eq!(kept.request.state(), State::Open);
    assert!(kept.request.legal_due().unwrap() > kept.request.due(), "the law waits for the proof, alarms do not");
    assert!(kept.request.due().day() < received.checked_add(jiff::Span::new().days(40)).unwrap());
}

#[tokio::test]
async fn the_register_goes_after_five_years_and_links_when_they_end() {
    let world = World::new().await;
    let home = world.found("North").await;
    proven(&world, Right::Erasure).await;
    world.clock.advance(SESSION_LIFE);
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM rights_links").await, 0);
    let received = world.ports.clock.now() - SESSION_LIFE;
    let end = months_after(received, qualify_domain::rights_request::KEPT_YEARS * 12);
    world.clock.advance(end.duration_since(world.ports.clock.now()) - DAY);
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM rights_requests").await, 1);
    world.clock.advance(DAY);
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM rights_requests").await, 0);
    drop(home);
}
