//! A restricted lead is kept, and nothing else is done with it until its person has been told.

mod brought;
mod ended;

use jiff::{SignedDuration, tz::TimeZone};
use qualify_domain::{
    access::{Duty, Permission, Role},
    delivery::MAX_ATTEMPTS,
    erasure::{self, ErasureError},
    form::LegalBasis,
    id::LeadId,
    job::{ExportLeads, JobKind, SheetForm},
    lead_column::LeadColumn,
    lead_filter::{LeadFilter, Search},
    person::WrittenPerson,
    precedence::Claim,
    report::{Comparison, Part, Period, Span},
    restriction::{Ground, Restriction, RestrictionError},
    submission::Sent,
    task::WrittenTask,
    text::Message,
};
use qualify_ports::{mailer::MailError, storage::Received};
use qualify_usecases::{
    AddLead, Added, AskReport, AssignLead, Broken, Error, Findings, LeadStart, ListLeads, NoteKind, NoteLead,
    ShowBoard, SignedIn, Submit,
};
use tokio_util::sync::CancellationToken;

use crate::world::{Home, MockMailer, World, saying, scope};

/// What stands in nothing but what is known of the restricted person.
const CANARY: &str = "xylophone";
const ANNA: &str = "xylophone@example.com";

fn anna(message: &str) -> Submit {
    let sent = Sent {
        name: "Xylophone Berg".to_owned(),
        email: ANNA.to_owned(),
        message: message.to_owned(),
        ..Sent::default()
    };
    saying(sent)
}

/// A lead with a note, a task and what its person sent.
async fn person(world: &World, home: &Home) -> LeadId {
    world.submit(home.form, anna("My xylophone is broken")).await.unwrap();
    world.work().await;
    let lead = world.leads(home).await.remove(0).id;
    let note = NoteLead { text: Message::parse("Repairs the xylophone").unwrap(), kind: NoteKind::Note };
    world.app.leads.note(&home.owner.actor, lead, note).await.unwrap();
    let task = WrittenTask { title: "Call about the xylophone".to_owned(), ..WrittenTask::default() };
    world.app.tasks.make(&home.owner.actor, lead, &task).await.unwrap();
    world.work().await;
    lead
}

async fn restrict(world: &World, home: &Home, lead: LeadId, ground: Ground, names_ip: bool) {
    world.app.restrictions.restrict(&home.owner.actor, lead, ground, names_ip).await.unwrap();
}

/// All that a member can read of leads, as text, whether or not anything was written there lately.
async fn read_all(world: &World, member: &SignedIn) -> Vec<(&'static str, String)> {
    let (app, actor) = (&world.app, &member.actor);
    let search = || Some(Search::parse(CANARY).unwrap());
    let found = ListLeads { search: search(), ..ListLeads::default() };
    let board = ShowBoard {
        pipeline: None,
        filter: LeadFilter::default(),
        search: None,
        column: None,
        below: None,
        limit: 40,
        zone: TimeZone::UTC,
        refuses_gone: false,
    };
    let form = app.forms.list(actor).await.unwrap().remove(0).id;
    let listed = app.leads.list(actor, &ListLeads::default()).await.unwrap().leads.items;
    let hits = app.leads.list(actor, &found).await.unwrap().leads.items;
    let board = app.leads.board(actor, &board).await.unwrap();
    let cards: usize = board.columns.iter().map(|column| column.cards.items.len()).sum();
    let received = app.submissions.of_form(actor, form, Received::All, None, 50).await.unwrap().items;
    let tasks = app.tasks.mine(actor, None).await.unwrap().items;
    let bell = app.notifications.list(actor, None).await.unwrap();
    let entries: Vec<_> = bell.notifications.items.iter().filter_map(|row| row.notification.lead).collect();
    vec![
        ("list", listed.len().to_string()),
        ("search", hits.len().to_string()),
        ("board", cards.to_string()),
        ("submissions", received.len().to_string()),
        ("tasks", tasks.len().to_string()),
        ("bell", entries.len().to_string()),
        ("reports", reported(world, member).await),
        ("export", exported(world, member).await),
    ]
}

/// How many leads and submissions the funnel counts.
async fn reported(world: &World, member: &SignedIn) -> String {
    let today = TimeZone::UTC.to_datetime(world.ports.clock.now()).date();
    let period = Period::Between(Span::between(today, today).unwrap());
    let utc = TimeZone::UTC;
    let wanted = AskReport {
        part: Part::Funnel,
        period,
        comparison: Comparison::Nothing,
        zone: Some(utc.clone()),
        installation: utc,
    };
    let report = world.app.reports.read(&member.actor, &wanted).await.unwrap();
    let Findings::Funnel(found) = report.findings else { unreachable!("another report") };
    (found.now.total.leads + found.now.total.submissions).to_string()
}

/// How many leads stand in an export.
async fn exported(world: &World, member: &SignedIn) -> String {
    let columns = vec![LeadColumn::Email, LeadColumn::Name];
    let header = vec!["E-mail".to_owned(), "Name".to_owned()];
    let (filter, form) = (LeadFilter::default(), SheetForm::Csv);
    let export = ExportLeads { filter, search: None, these: Vec::new(), zone: String::new(), form, columns, header };
    let job = world.app.jobs.ask(&member.actor, JobKind::ExportLeads(export)).await.unwrap();
    world.work().await;
    world.app.jobs.find(&member.actor, job).await.unwrap().done.to_string()
}

#[tokio::test]
async fn dsr_10_nobody_reads_what_is_restricted_and_all_of_it_is_back_when_it_is_lifted() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    let before = read_all(&world, &home.owner).await;
    assert!(before.iter().all(|(_, count)| count != "0"), "each reader reads it first: {before:?}");
    restrict(&world, &home, lead, Ground::Contested, false).await;
    for (reader, count) in read_all(&world, &home.owner).await {
        assert_eq!(count, "0", "{reader}");
    }
    let actor = &home.owner.actor;
    assert!(matches!(world.app.leads.open(actor, lead).await.unwrap_err(), Error::NotFound("lead")));
    assert!(matches!(world.app.leads.duplicates(actor, lead).await, Err(Error::NotFound(_))));

    world.app.restrictions.announce_lift(actor, lead, false).await.unwrap();
    world.work().await;
    assert_eq!(read_all(&world, &home.owner).await, before);
    assert_eq!(world.app.leads.open(actor, lead).await.unwrap().submissions.len(), 1);
}

#[tokio::test]
async fn dsr_10_nobody_changes_what_is_restricted() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    let version = world.app.leads.read(&home.owner.actor, lead).await.unwrap().version;
    restrict(&world, &home, lead, Ground::Objection, false).await;
    let note = NoteLead { text: Message::parse("Once more").unwrap(), kind: NoteKind::Note };
    let actor = &home.owner.actor;
    assert!(matches!(world.app.leads.note(actor, lead, note).await, Err(Error::NotFound("lead"))));
    let given = AssignLead { owner: Some(home.owner.user), version };
    assert!(matches!(world.app.leads.assign(actor, lead, given).await, Err(Error::NotFound("lead"))));
    let task = WrittenTask { title: "Call".to_owned(), ..WrittenTask::default() };
    assert!(matches!(world.app.tasks.make(actor, lead, &task).await, Err(Error::NotFound("lead"))));
    // Neither does the product itself, when it works for anything else.
    let mut tx = world.ports.storage.tenant(&scope(home.id, Duty::React, Permission::ScoreLeads)).await.unwrap();
    assert!(tx.leads().find(lead).await.unwrap().is_none());
    drop(tx);
    let twice = world.app.restrictions.restrict(actor, lead, Ground::Claims, false).await;
    assert!(matches!(twice, Err(Error::Conflict("restriction"))));
    assert_eq!(world.rows("SELECT count(*) FROM activities WHERE kind = 'noted'").await, 1);
}

#[tokio::test]
async fn dsr_10_what_a_restricted_person_sends_is_kept_and_hidden_and_nobody_is_told() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    restrict(&world, &home, lead, Ground::Contested, false).await;
    world.clock.advance(SignedDuration::from_hours(1));
    world.submit(home.form, anna("My xylophone again")).await.unwrap();
    assert!(world.work().await.is_empty(), "no mail");
    assert!(world.leads(&home).await.is_empty(), "no second lead either");
    assert_eq!(world.rows("SELECT count(*) FROM submissions WHERE lead_id IS NOT NULL").await, 2);
    assert_eq!(world.waiting().await, 0);
    world.app.restrictions.announce_lift(&home.owner.actor, lead, false).await.unwrap();
    world.work().await;
    let file = world.app.leads.open(&home.owner.actor, lead).await.unwrap();
    assert_eq!(file.submissions.len(), 2);
    assert_eq!(file.lead.last_submission_at, file.submissions[0].received_at);
}

#[tokio::test]
async fn dsr_10_no_mail_tells_of_a_lead_that_was_restricted_before_it_went() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    let mika = world.join(&home, "mika@north.example", &[Role::Manager]).await;
    let version = world.app.leads.read(&home.owner.actor, lead).await.unwrap().version;
    let given = AssignLead { owner: Some(mika.user), version };
    world.app.leads.assign(&home.owner.actor, lead, given).await.unwrap();
    restrict(&world, &home, lead, Ground::Unlawful, false).await;
    assert!(world.work().await.is_empty());
}

#[tokio::test]
async fn dsr_10_the_person_is_told_before_a_restriction_is_lifted() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    restrict(&world, &home, lead, Ground::Contested, false).await;
    world.app.restrictions.announce_lift(&home.owner.actor, lead, false).await.unwrap();
    let mut refusing = MockMailer::new();
    refusing.expect_send().returning(|_| Err(MailError::Unavailable("no line".into())));
    world.worker(refusing).drain(&CancellationToken::new()).await.unwrap();
    assert!(world.leads(&home).await.is_empty(), "not told, not lifted");
    world.clock.advance(SignedDuration::from_hours(2));
    let mails = world.work().await;
    let told: Vec<_> = mails.iter().map(|mail| (&*mail.to, &*mail.subject)).collect();
    assert_eq!(told, [(ANNA, "North ends the restriction of your data")]);
    assert!(!mails[0].text.contains("Xylophone"), "it tells nothing of what is kept");
    assert_eq!(world.leads(&home).await.len(), 1);
}

#[tokio::test]
async fn dsr_10_who_cannot_be_mailed_stays_restricted_until_they_were_told_otherwise() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    restrict(&world, &home, lead, Ground::Contested, false).await;
    let restrictions = &world.app.restrictions;
    restrictions.announce_lift(&home.owner.actor, lead, false).await.unwrap();
    let mut refusing = MockMailer::new();
    refusing.expect_send().returning(|_| Err(MailError::Rejected("nobody of that name".into())));
    world.worker(refusing).drain(&CancellationToken::new()).await.unwrap();
    let listed = restrictions.list(&home.owner.actor).await.unwrap().restrictions;
    let standing = |one: &Restriction| (one.lead, one.lift_announced_at, one.lift_refused_at.is_some());
    assert_eq!(listed.iter().map(standing).collect::<Vec<_>>(), [(lead, None, true)], "it is told to whoever lifts");
    restrictions.announce_lift(&home.owner.actor, lead, true).await.unwrap();
    assert_eq!(world.leads(&home).await.len(), 1, "at once");
    assert!(world.work().await.is_empty(), "nobody is mailed");
}

#[tokio::test]
async fn dsr_10_an_announcement_that_no_mail_server_takes_for_a_day_ends() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    restrict(&world, &home, lead, Ground::Contested, false).await;
    let restrictions = &world.app.restrictions;
    restrictions.announce_lift(&home.owner.actor, lead, false).await.unwrap();
    let mut refusing = MockMailer::new();
    refusing.expect_send().returning(|_| Err(MailError::Unavailable("no line".into())));
    let worker = world.worker(refusing);
    for _ in 0..MAX_ATTEMPTS {
        worker.drain(&CancellationToken::new()).await.unwrap();
        world.clock.advance(SignedDuration::from_hours(5));
    }
    let listed = restrictions.list(&home.owner.actor).await.unwrap().restrictions;
    let [one] = &listed[..] else { unreachable!("it stays restricted") };
    assert!(one.lift_announced_at.is_none() && one.lift_refused_at.is_some(), "{one:?}");
    assert_eq!(worker.parked(10).await.unwrap().len(), 0, "nothing waits for anybody");
    restrictions.announce_lift(&home.owner.actor, lead, false).await.unwrap();
    assert_eq!(world.work().await.len(), 1, "it can be tried once more");
    assert_eq!(world.leads(&home).await.len(), 1);
}

#[tokio::test]
async fn ret_18_a_restriction_in_order_to_keep_outweighs_an_erasure_and_one_on_another_ground_does_not() {
    for (ground, is_kept) in [(Ground::Claims, true), (Ground::Unlawful, true), (Ground::Contested, false)] {
        let world = World::new().await;
        let home = world.found("North").await;
        let lead = person(&world, &home).await;
        restrict(&world, &home, lead, ground, false).await;
        match world.app.leads.erase(&home.owner.actor, lead, erasure::Ground::Asked).await {
            Ok(_) => assert!(!is_kept, "{ground:?}"),
            Err(Error::Rule(Broken::Erasure(ErasureError::Restricted))) => assert!(is_kept, "{ground:?}"),
            Err(error) => unreachable!("{ground:?}: {error:?}"),
        }
        assert_eq!(world.rows("SELECT count(*) FROM leads").await, i64::from(is_kept), "{ground:?}");
    }
}

#[tokio::test]
async fn what_is_restricted_is_found_by_whoever_erases_and_by_nobody_who_reads() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    restrict(&world, &home, lead, Ground::Objection, false).await;
    let leads = &world.app.leads;
    assert!(matches!(leads.read(&home.owner.actor, lead).await, Err(Error::NotFound("lead"))));
    assert_eq!(leads.to_erase(&home.owner.actor, lead).await.unwrap().id, lead);
    let manager = world.join(&home, "manager@north.example", &[Role::Manager]).await;
    assert!(matches!(leads.to_erase(&manager.actor, lead).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn dsr_10_who_has_no_address_is_told_by_whoever_lifts() {
    let world = World::new().await;
    let home = world.found("North").await;
    let add = AddLead {
        person: WrittenPerson { phone: "+33 1 99 00 12 34".to_owned(), ..WrittenPerson::default() },
        message: String::new(),
        legal_basis: LegalBasis::LegitimateInterest,
        start: LeadStart::default(),
        anyway: true,
    };
    let added = world.app.leads.add(&home.owner.actor, add).await.unwrap();
    let Added::Made(lead) = added else { unreachable!("nobody is known") };
    world.work().await;
    restrict(&world, &home, lead, Ground::Contested, false).await;
    let restrictions = &world.app.restrictions;
    let untold = restrictions.announce_lift(&home.owner.actor, lead, false).await;
    assert!(matches!(untold, Err(Error::Rule(Broken::Restriction(RestrictionError::NobodyTold)))));
    restrictions.announce_lift(&home.owner.actor, lead, true).await.unwrap();
    assert!(world.work().await.is_empty());
    assert_eq!(world.leads(&home).await.len(), 1);
}

#[tokio::test]
async fn dsr_10_owner_and_privacy_officer_see_which_lead_is_restricted_why_and_by_whom() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = person(&world, &home).await;
    let officer = world.join(&home, "officer@north.example", &[Role::PrivacyOfficer]).await;
    world.app.restrictions.restrict(&officer.actor, lead, Ground::Claims, true).await.unwrap();
    for member in [&home.owner, &officer] {
        let listed = world.app.restrictions.list(&member.actor).await.unwrap().restrictions;
        let [one] = &listed[..] else { unreachable!("one") };
        assert_eq!((one.lead, one.ground, one.names_ip, one.author), (lead, Ground::Claims, true, Some(officer.user)));
    }
    for role in [Role::Admin, Role::Manager, Role::Agent, Role::Viewer, Role::Billing] {
        let other = world.join(&home, &format!("{role}@north.example"), &[role]).await;
        let restrictions = &world.app.restrictions;
        assert!(matches!(restrictions.list(&other.actor).await, Err(Error::Forbidden(_))), "{role}");
        let lifted = restrictions.announce_lift(&other.actor, lead, true).await;
        assert!(matches!(lifted, Err(Error::Forbidden(_))), "{role}");
    }
    let south = world.found("South").await;
    assert!(world.app.restrictions.list(&south.owner.actor).await.unwrap().restrictions.is_empty());
}

#[tokio::test]
async fn ret_18_addresses_go_during_a_restriction_unless_it_names_them() {
    for (ground, names_ip, left) in [
        (Ground::Contested, false, 0),
        (Ground::Contested, true, 0),
        (Ground::Claims, false, 0),
        (Ground::Claims, true, 1),
    ] {
        let world = World::new().await;
        let home = world.found("North").await;
        let lead = person(&world, &home).await;
        restrict(&world, &home, lead, ground, names_ip).await;
        world.clock.advance(SignedDuration::from_hours(24 * 31));
        world.sweep().await;
        assert_eq!(
            world.rows("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await,
            left,
            "{ground:?} {names_ip}"
        );
        let due = world.retention().overdue().await.unwrap();
        assert!(due.iter().all(|due| due.rows == 0), "what is kept is not overdue (RET-16)");
        let mut tx =
            world.ports.storage.tenant(&home.owner.actor.permit(Permission::EraseLead).unwrap()).await.unwrap();
        let claims = tx.holds().claims_on(lead).await.unwrap();
        let expected = (ground == Ground::Claims).then_some(Claim::Restriction { names_ip });
        assert_eq!(claims, expected.into_iter().collect::<Vec<_>>());
    }
}
