//! What people ask of the operator, and is an organization's to answer (DSR-2).

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Role,
    deadline::Deadline,
    id::RightsRequestId,
    language::Language,
    operator_request::Sender,
    rights_request::{LINK_LIFE_BY_MEMBER, Right, State},
    slug::Slug,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_ports::{
    mailer::{MailError, Message as Mail},
    storage::RequestList,
};
use qualify_usecases::{Error, Opened, OperatorRequests, Options, Ports, RegisterRequest, overdue_operator_requests};
use secrecy::ExposeSecret;

use crate::world::{Home, MockMailer, World, willing};

const ANNA: &str = "anna@berg.example";
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// The operator's list, with whoever mails for it.
fn operator(world: &World, mailer: MockMailer) -> OperatorRequests {
    let ports = Ports { mailer: std::sync::Arc::new(mailer), ..world.ports.clone() };
    OperatorRequests::new(&ports, Options::at("https://crm.example.com"))
}

fn silent(world: &World) -> OperatorRequests {
    operator(world, MockMailer::new())
}

/// By the clock of the world, as the storage keeps it.
fn now(world: &World) -> Timestamp {
    Timestamp::from_microsecond(world.ports.clock.now().as_microsecond()).unwrap()
}

fn asked(address: &str, received_at: Timestamp) -> RegisterRequest {
    RegisterRequest {
        right: Right::Access,
        language: Language::French,
        sender: Sender {
            address: address.parse().unwrap(),
            words: Message::parse_optional("What do you keep?").unwrap(),
        },
        received_at,
    }
}

fn north() -> Slug {
    Slug::parse("north").unwrap()
}

async fn overdue(world: &World) -> u64 {
    overdue_operator_requests(world.ports.storage.clone(), &*world.ports.clock).await.unwrap()
}

/// The secret of the link in a mail.
fn link(mail: &Mail) -> String {
    let (_, after) = mail.text.split_once("/o/north/privacy/").unwrap();
    after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

async fn waiting(world: &World, home: &Home) -> Vec<(RightsRequestId, State)> {
    let register = world.app.rights.register(&home.owner.actor, RequestList::Waiting, 0).await.unwrap();
    register.requests.iter().map(|kept| (kept.request.id, kept.request.state())).collect()
}

#[tokio::test]
async fn dsr_2_what_the_operator_received_stands_in_the_register_and_counts_from_then() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.join(&home, "priya@north.example", &[Role::PrivacyOfficer]).await;
    world.lead(&home, ANNA).await;
    let received = now(&world) - SignedDuration::from_hours(24);
    let id = silent(&world).register_for(asked(ANNA, received), &north()).await.unwrap();
    let mails = world.work().await;
    assert_eq!(mails.iter().map(|mail| mail.to.to_string()).collect::<Vec<_>>(), [ANNA], "nobody else before a proof");
    assert_eq!(mails[0].subject, "Votre demande a été transmise à North");
    assert_eq!(waiting(&world, &home).await, [(id, State::AwaitingIdentity)]);
    let kept = world.app.rights.open(&home.owner.actor, id).await.unwrap().kept;
    assert_eq!((kept.request.received_at, kept.request.due()), (received, Deadline::of_answer(received)));
    assert_eq!(kept.words.as_deref(), Some("What do you keep?"));
    assert!(kept.passed_on_at.is_some() && kept.request.legal_due().is_none(), "{kept:?}");

    world.clock.advance(LINK_LIFE_BY_MEMBER - SignedDuration::from_hours(1));
    let door = world.app.rights.door("north").await.unwrap().actor;
    let Opened::What(session) = world.app.rights.prove(&door, &link(&mails[0])).await.unwrap() else {
        unreachable!("there is something to see")
    };
    let held = world.app.rights.held(&door, session.expose_secret()).await.unwrap();
    assert_eq!(held.leads.len(), 1, "who proved it sees what is kept");
}

#[tokio::test]
async fn dsr_2_members_who_answer_hear_of_it_as_of_any_other_once_somebody_is_known() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.join(&home, "priya@north.example", &[Role::PrivacyOfficer]).await;
    let erasure = RegisterRequest { right: Right::Erasure, ..asked(ANNA, now(&world)) };
    silent(&world).register_for(erasure, &north()).await.unwrap();
    let mails = world.work().await;
    let door = world.app.rights.door("north").await.unwrap().actor;
    world.app.rights.prove(&door, &link(&mails[0])).await.unwrap();
    let mut told: Vec<_> = world.work().await.iter().map(|mail| mail.to.to_string()).collect();
    told.sort();
    assert_eq!(told, [ANNA, "owner@north.example", "priya@north.example"]);
}

#[tokio::test]
async fn dsr_2_known_or_not_the_operator_and_whoever_asks_learn_the_same() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.lead(&home, ANNA).await;
    let (mut told, mut rows) = (Vec::new(), Vec::new());
    for address in [ANNA, "nobody@berg.example"] {
        let received = now(&world);
        silent(&world).register_for(asked(address, received), &north()).await.unwrap();
        let before = silent(&world).waiting().await.unwrap().remove(0);
        assert!(before.acknowledged_at.is_none() && before.sender().is_some());
        let mails = world.work().await;
        assert_eq!(mails.len(), 1);
        told.push((mails[0].subject.clone(), mails[0].text.replace(&link(&mails[0]), "")));
        rows.push(world.rows("SELECT count(*) FROM outbox").await);
        assert!(silent(&world).waiting().await.unwrap().is_empty());
    }
    assert_eq!(told[0], told[1], "the same words");
    assert_eq!(rows[0], rows[1], "the same work");
}

#[tokio::test]
async fn dsr_2_what_waits_for_its_organization_is_acknowledged_and_red_after_two_working_days() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (mailer, taken) = willing();
    let requests = operator(&world, mailer);
    let request = requests.receive(asked(ANNA, now(&world))).await.unwrap();
    requests.acknowledge(request.id).await.unwrap();
    let mails: Vec<Mail> = taken.lock().unwrap().drain(..).collect();
    assert_eq!(
        (mails.len(), mails[0].to.to_string(), mails[0].subject.as_str()),
        (1, ANNA.to_owned(), "Votre demande a bien été reçue")
    );
    let listed = requests.waiting().await.unwrap();
    assert!(listed.len() == 1 && listed[0].acknowledged_at.is_some(), "{listed:?}");

    let end = request.due().ends_at();
    world.clock.advance(end.duration_since(now(&world)) - SignedDuration::from_mins(1));
    assert_eq!(overdue(&world).await, 0);
    world.clock.advance(SignedDuration::from_mins(1) + SECOND);
    assert_eq!(overdue(&world).await, 1);
    assert_eq!(world.app.rights.not_passed_on().await.unwrap(), 1);

    requests.pass_on(request.id, &north()).await.unwrap();
    assert_eq!(overdue(&world).await, 1, "on its way is not there");
    let again = requests.pass_on(request.id, &north()).await;
    assert!(matches!(again, Err(Error::Conflict("request"))), "{again:?}");
    world.work().await;
    assert_eq!(overdue(&world).await, 0);
    assert_eq!(waiting(&world, &home).await, [(request.id, State::AwaitingIdentity)]);
    world.work().await;
    assert_eq!(waiting(&world, &home).await.len(), 1, "once");
}

#[tokio::test]
async fn dsr_2_once_it_is_passed_on_or_closed_the_operator_has_ids_and_times_only() {
    let world = World::new().await;
    world.found("North").await;
    let requests = silent(&world);
    let known = "SELECT count(*) FROM operator_requests WHERE email IS NOT NULL OR words IS NOT NULL";
    requests.register_for(asked(ANNA, now(&world)), &north()).await.unwrap();
    assert_eq!(world.rows(known).await, 1);
    world.work().await;
    let nobodys = requests.receive(asked(ANNA, now(&world))).await.unwrap();
    assert_eq!(world.rows(known).await, 1);
    requests.close(nobodys.id).await.unwrap();
    assert_eq!(world.rows(known).await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM operator_requests").await, 2);
    for refused in [requests.close(nobodys.id).await, requests.pass_on(nobodys.id, &north()).await] {
        assert!(matches!(refused, Err(Error::Conflict("request"))), "{refused:?}");
    }
    let gone = requests.acknowledge(nobodys.id).await;
    assert!(matches!(gone, Err(Error::NotFound("request"))), "{gone:?}");
}

#[tokio::test]
async fn dsr_2_what_cannot_be_passed_on_or_mailed_leaves_no_half() {
    let world = World::new().await;
    world.found("North").await;
    let mut refusing = MockMailer::new();
    refusing.expect_send().returning(|_| Err(MailError::Unavailable("down".into())));
    let requests = operator(&world, refusing);
    let nowhere = requests.register_for(asked(ANNA, now(&world)), &Slug::parse("nowhere").unwrap()).await;
    assert!(matches!(nowhere, Err(Error::NotFound("organization"))), "{nowhere:?}");
    let early = requests.receive(asked(ANNA, now(&world) + SignedDuration::from_hours(1))).await;
    let Err(Error::Invalid(faults)) = early else { unreachable!("{early:?}") };
    assert_eq!(faults, Violations::one("received", Rule::NotADate));
    assert!(requests.waiting().await.unwrap().is_empty());

    let request = requests.receive(asked(ANNA, now(&world))).await.unwrap();
    assert!(matches!(requests.acknowledge(request.id).await, Err(Error::Failed(_))));
    assert!(requests.waiting().await.unwrap()[0].acknowledged_at.is_none(), "it is tried again by hand");
}
