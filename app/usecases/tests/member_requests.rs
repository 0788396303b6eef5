//! What members ask of the operator about their own accounts: it is kept, acknowledged, answered in time, and gone with the account.

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Role,
    deadline::Deadline,
    id::RightsRequestId,
    rights_request::{Refusal, Right, RightsError, State},
    step_up::{FRESH, Proof},
    text::Message,
};
use qualify_ports::mailer::{MailError, Message as Mail};
use qualify_usecases::{Broken, Error, OperatorRequests, Options, Ports, SignedIn};
use tokio_util::sync::CancellationToken;

use crate::world::{MockMailer, Taken, World, willing};

const MIKA: &str = "mika@north.example";
const CONTACT: &str = "privacy@keeper.example";
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn options() -> Options {
    let mails = qualify_domain::mail_lane::Allowance::new(u16::MAX, u16::MAX);
    let contact = Some(CONTACT.parse().unwrap());
    Options { mails, operator: "Keeper SAS".to_owned(), contact, ..Options::at("https://crm.example.com") }
}

/// The operator, whose mails are taken.
fn operator(world: &World) -> (OperatorRequests, Taken) {
    let (mailer, taken) = willing();
    let ports = Ports { mailer: std::sync::Arc::new(mailer), ..world.ports.clone() };
    (OperatorRequests::new(&ports, options()), taken)
}

/// What the worker mails by now.
async fn mailed(world: &World) -> Vec<Mail> {
    let (mailer, taken) = willing();
    world.worker_with(mailer, options()).drain(&CancellationToken::new()).await.unwrap();
    taken.lock().unwrap().drain(..).collect()
}

fn to<'a>(mails: &'a [Mail], address: &str) -> Vec<&'a Mail> {
    mails.iter().filter(|mail| mail.to.to_string() == address).collect()
}

fn said(text: &str) -> Message {
    Message::parse(text).unwrap()
}

/// A member who just proved who they are, in an organization of somebody else's.
async fn mika(world: &World) -> SignedIn {
    let north = world.found("North").await;
    world.join(&north, MIKA, &[Role::Agent]).await
}

async fn object(world: &World, member: &SignedIn) -> RightsRequestId {
    world.app.member_requests.ask(member, Right::Objection, said("No statistics of what I do.")).await.unwrap()
}

async fn states(world: &World, member: &SignedIn) -> Vec<State> {
    let asked = world.app.member_requests.of(member).await.unwrap();
    asked.iter().map(|asked| asked.request.state()).collect()
}

fn now(world: &World) -> Timestamp {
    world.ports.clock.now()
}

#[tokio::test]
async fn dsr_3_a_member_objects_and_is_told_by_when_it_is_answered() {
    let world = World::new().await;
    let mika = mika(&world).await;
    let id = object(&world, &mika).await;
    let asked = world.app.member_requests.of(&mika).await.unwrap().remove(0);
    assert_eq!((asked.request.id, asked.request.due()), (id, Deadline::of_answer(asked.request.received_at)));
    assert!(asked.is_open() && asked.is_untold());

    let mails = mailed(&world).await;
    let [mail] = to(&mails, MIKA)[..] else { unreachable!("{} mails", mails.len()) };
    assert_eq!(mail.subject, "Keeper SAS a reçu votre demande");
    let due = asked.request.due().day();
    assert!(mail.text.contains("opposition") && mail.text.contains(&format!(" {}", due.year())), "{}", mail.text);
    let [note] = to(&mails, CONTACT)[..] else { unreachable!("{} mails", mails.len()) };
    assert!(note.text.contains(&format!("qualify admin requests show {id}")), "{}", note.text);
    assert!(
        !note.text.contains("statistics") && !note.text.contains(MIKA),
        "what they say is read in the register only"
    );
    assert!(!world.app.member_requests.of(&mika).await.unwrap()[0].is_untold());
    assert!(mailed(&world).await.is_empty(), "once");
}

#[tokio::test]
async fn the_operator_hears_of_a_request_whatever_the_mailbox_of_the_member_says() {
    for is_for_good in [true, false] {
        let world = World::new().await;
        let mika = mika(&world).await;
        let id = object(&world, &mika).await;
        let (mut mailer, taken) = (MockMailer::new(), Taken::default());
        let into = taken.clone();
        mailer.expect_send().returning(move |mail| {
            if mail.to.to_string() != MIKA {
                into.lock().unwrap().push(mail.clone());
                return Ok(());
            }
            Err(if is_for_good { MailError::Rejected("no".into()) } else { MailError::Unavailable("full".into()) })
        });
        let worker = world.worker_with(mailer, options());
        for _ in 0..3 {
            worker.drain(&CancellationToken::new()).await.unwrap();
            world.clock.advance(SignedDuration::from_mins(20));
        }
        let mails: Vec<Mail> = taken.lock().unwrap().drain(..).collect();
        let [note] = to(&mails, CONTACT)[..] else { unreachable!("{} mails", mails.len()) };
        assert!(note.text.contains(&format!("qualify admin requests show {id}")), "{}", note.text);
        assert!(world.app.member_requests.of(&mika).await.unwrap()[0].is_untold(), "the operator sees that, too");
        assert_eq!(worker.parked(10).await.unwrap().len(), usize::from(is_for_good));
        assert_eq!(to(&mailed(&world).await, MIKA).len(), usize::from(!is_for_good), "it is tried again");
    }
}

#[tokio::test]
async fn one_of_a_kind_waits_at_a_time_and_five_an_hour_are_taken() {
    let world = World::new().await;
    let mika = mika(&world).await;
    let wishes = &world.app.member_requests;
    object(&world, &mika).await;
    let again = wishes.ask(&mika, Right::Objection, said("Again.")).await;
    assert!(matches!(again, Err(Error::Conflict("request"))), "{again:?}");
    wishes.ask(&mika, Right::Restriction, said("Keep my log.")).await.unwrap();
    wishes.withdraw(&mika, Right::Objection).await.unwrap();
    object(&world, &mika).await;
    assert_eq!(world.rows("SELECT count(*) FROM member_requests WHERE is_open").await, 2);
    wishes.withdraw(&mika, Right::Objection).await.unwrap();
    object(&world, &mika).await;
    wishes.withdraw(&mika, Right::Objection).await.unwrap();
    let flood = wishes.ask(&mika, Right::Objection, said("Again.")).await;
    assert!(matches!(flood, Err(Error::TooOften(_))), "{flood:?}");
    let at_once = wishes.ask(&mika, Right::Access, said("All of it.")).await;
    assert!(matches!(at_once, Err(Error::Rule(Broken::Rights(RightsError::ServedAtOnce)))), "{at_once:?}");
}

#[tokio::test]
async fn dsr_5_a_member_asks_the_operator_with_a_fresh_proof() {
    let world = World::new().await;
    let mika = mika(&world).await;
    let late = SignedIn { proof: Proof(now(&world) - FRESH), ..mika };
    let refused = world.app.member_requests.ask(&late, Right::Objection, said("No statistics.")).await;
    assert!(matches!(refused, Err(Error::Rule(Broken::Rights(RightsError::NotFresh)))), "{refused:?}");
    assert_eq!(world.rows("SELECT count(*) FROM operator_requests").await, 0);
}

#[tokio::test]
async fn what_is_taken_back_says_nothing_any_more_and_waits_for_nobody() {
    let world = World::new().await;
    let mika = mika(&world).await;
    let id = object(&world, &mika).await;
    let (requests, _) = operator(&world);
    assert_eq!(requests.of_members().await.unwrap().len(), 1);
    let other = world.found("South").await.owner;
    let theirs = world.app.member_requests.withdraw(&other, Right::Objection).await;
    assert!(matches!(theirs, Err(Error::NotFound("request"))), "{theirs:?}");
    world.app.member_requests.withdraw(&mika, Right::Objection).await.unwrap();
    assert_eq!(states(&world, &mika).await, [State::Withdrawn]);
    assert!(requests.of_members().await.unwrap().is_empty());
    let late = requests.answer(id, None).await;
    assert!(matches!(late, Err(Error::Conflict("request"))), "{late:?}");
    assert_eq!(world.rows("SELECT count(*) FROM member_requests WHERE words IS NOT NULL").await, 0);
    assert!(mailed(&world).await.is_empty(), "there is nothing to tell of it");
    let again = world.app.member_requests.withdraw(&mika, Right::Objection).await;
    assert!(matches!(again, Err(Error::NotFound("request"))), "{again:?}");
}

#[tokio::test]
async fn dsr_7_the_operator_extends_and_refuses_by_the_law_and_the_member_reads_why() {
    let world = World::new().await;
    let mika = mika(&world).await;
    let id = object(&world, &mika).await;
    mailed(&world).await;
    let (requests, taken) = operator(&world);
    requests.extend(id, said("Many logs.")).await.unwrap();
    requests.acknowledge(id).await.unwrap();
    let twice = requests.extend(id, said("More.")).await;
    assert!(matches!(twice, Err(Error::Rule(Broken::Rights(RightsError::ExtendedAlready)))), "{twice:?}");
    let unfit = requests.refuse(id, Refusal::LegalDuty, None).await;
    assert!(matches!(unfit, Err(Error::Rule(Broken::Rights(RightsError::NoReason)))), "{unfit:?}");
    requests.refuse(id, Refusal::CompellingGrounds, Some(said("Security asks for it."))).await.unwrap();
    requests.acknowledge(id).await.unwrap();
    let mails: Vec<Mail> = taken.lock().unwrap().drain(..).collect();
    let [extended, refused] = &to(&mails, MIKA)[..] else { unreachable!("{} mails", mails.len()) };
    assert!(extended.text.contains("Many logs.") && extended.text.contains("CNIL"), "{}", extended.text);
    assert!(
        refused.text.contains("motifs légitimes et impérieux") && refused.text.contains("CNIL"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("recours juridictionnel") && refused.text.contains("Security asks for it."));
    assert_ne!(extended.id, refused.id);
    assert_eq!(states(&world, &mika).await, [State::Refused]);
    let late = requests.answer(id, None).await;
    assert!(matches!(late, Err(Error::Conflict("request"))), "{late:?}");
}

#[tokio::test]
async fn an_answer_whose_mail_does_not_go_stays_listed_until_it_does() {
    let world = World::new().await;
    let mika = mika(&world).await;
    let id = object(&world, &mika).await;
    mailed(&world).await;
    let mut down = MockMailer::new();
    down.expect_send().returning(|_| Err(MailError::Unavailable("down".into())));
    let ports = Ports { mailer: std::sync::Arc::new(down), ..world.ports.clone() };
    let cut_off = OperatorRequests::new(&ports, options());
    cut_off.answer(id, Some(said("It is switched off."))).await.unwrap();
    assert!(matches!(cut_off.acknowledge(id).await, Err(Error::Failed(_))));
    let (requests, taken) = operator(&world);
    assert_eq!(requests.of_members().await.unwrap().len(), 1, "answered, and not mailed");
    requests.acknowledge(id).await.unwrap();
    requests.acknowledge(id).await.unwrap();
    let mails: Vec<Mail> = taken.lock().unwrap().drain(..).collect();
    assert_eq!(mails.len(), 1, "once");
    assert!(mails[0].text.contains("It is switched off."), "{}", mails[0].text);
    assert!(requests.of_members().await.unwrap().is_empty());
    assert_eq!(states(&world, &mika).await, [State::Answered]);
}

#[tokio::test]
async fn dsr_6_the_operator_is_reminded_of_what_members_wait_for_and_alarmed_when_it_is_late() {
    let world = World::new().await;
    let mika = mika(&world).await;
    object(&world, &mika).await;
    mailed(&world).await;
    let due = world.app.member_requests.of(&mika).await.unwrap()[0].request.due();
    let mut subjects = Vec::new();
    let until = |at: Timestamp| at.duration_since(now(&world));
    for days in [15, 14, 7, 3, 1] {
        world.clock.advance(until(due.ends_at() - DAY * days - SignedDuration::from_hours(12)));
        subjects.push(mailed(&world).await.iter().map(|mail| mail.subject.clone()).collect::<Vec<_>>());
        assert!(mailed(&world).await.is_empty(), "each once");
    }
    let told: Vec<_> = ["14", "7", "3", "1"].iter().map(|days| format!("is due in {days} d")).collect();
    assert!(subjects[0].is_empty(), "{subjects:?}");
    for (subject, told) in subjects[1..].iter().zip(told) {
        assert!(subject.len() == 1 && subject[0].contains(&told), "{told}: {subject:?}");
    }
    assert_eq!(world.app.member_requests.overdue().await.unwrap(), 0);
    world.clock.advance(until(due.ends_at()) + SignedDuration::from_secs(1));
    assert_eq!(world.app.member_requests.overdue().await.unwrap(), 1);
    let alarm = mailed(&world).await;
    assert!(alarm.len() == 1 && alarm[0].subject.contains("is overdue"), "{} mails", alarm.len());
    assert_eq!(world.app.rights.not_passed_on().await.unwrap(), 0, "it is nobody else's to answer");
}

#[tokio::test]
async fn with_the_account_goes_what_was_asked_and_nobody_waits_for_an_answer() {
    let world = World::new().await;
    let mika = mika(&world).await;
    let id = object(&world, &mika).await;
    let (requests, _) = operator(&world);
    requests.extend(id, said("canary-reasons")).await.unwrap();
    let restriction = world.app.member_requests.ask(&mika, Right::Restriction, said("canary-words")).await.unwrap();
    requests.refuse(restriction, Refusal::Excessive, Some(said("canary-refusal"))).await.unwrap();
    assert!(world.dump().await.contains("canary-reasons"));
    world.app.accounts.delete(&mika, MIKA).await.unwrap();
    let dump = world.dump().await;
    for canary in ["canary-reasons", "canary-words", "canary-refusal", "No statistics"] {
        assert!(!dump.contains(canary), "{canary}");
    }
    assert_eq!(
        world.rows("SELECT count(*) FROM operator_requests WHERE by_member").await,
        2,
        "the register shows that"
    );
    assert!(requests.of_members().await.unwrap().is_empty());
    let (kept, user) = requests.of_member(restriction).await.unwrap();
    assert!(user.is_none() && kept.asker().is_none());
    assert_eq!(kept.request.state(), State::Refused, "what was done is kept, without the words");
    let nobody = requests.answer(id, None).await;
    assert!(matches!(nobody, Err(Error::Conflict("request"))), "{nobody:?}");
    world.clock.advance(DAY * 100);
    assert_eq!(world.app.member_requests.overdue().await.unwrap(), 0);
}

#[tokio::test]
async fn what_members_asked_goes_with_the_register_after_five_years() {
    let world = World::new().await;
    let mika = mika(&world).await;
    object(&world, &mika).await;
    world.app.member_requests.withdraw(&mika, Right::Objection).await.unwrap();
    world.clock.advance(DAY * (5 * 365));
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM member_requests").await, 1, "a day or two are left");
    world.clock.advance(DAY * 2);
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM member_requests").await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM operator_requests").await, 0);
}

#[tokio::test]
async fn the_copy_of_an_account_holds_what_its_user_asked_and_nobody_else_s() {
    let world = World::new().await;
    let mika = mika(&world).await;
    let other = world.found("South").await.owner;
    let id = object(&world, &mika).await;
    operator(&world).0.answer(id, Some(said("It is switched off."))).await.unwrap();
    for (member, is_theirs) in [(&mika, true), (&other, false)] {
        let copy = world.app.person_copy.of_user(member).await.unwrap();
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(copy)).unwrap();
        let mut person = String::new();
        std::io::Read::read_to_string(&mut zip.by_name("person.json").unwrap(), &mut person).unwrap();
        for words in ["No statistics of what I do.", "It is switched off.", "objection"] {
            assert_eq!(person.contains(words), is_theirs, "{words}: {person}");
        }
    }
}
