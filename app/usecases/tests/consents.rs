//! What people agree to, confirm by the link of a mail, take back, and what may be written to them after that.

use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    consent::{ConsentEvent, Kind, LinkUse, Matter, Method, Refusal, Standing, State},
    form::{FormSettings, LegalBasis, Purpose, PurposeBox},
    id::LeadId,
    language::Language,
    person::WrittenPerson,
    submission::Sent,
    suppression::Ground,
    text::Message,
};
use qualify_ports::mailer;
use qualify_usecases::{AddLead, Added, Broken, End, Error, LeadStart};

use crate::world::{Home, World, carried, saying};

const NEWS: Matter = Matter::Further(Purpose::EmailMarketing);
const WORDS: &str = "Write to me about new walks.";
const ADDRESS: &str = "anna@example.com";

/// A form with a box for news, which is to be confirmed or not.
async fn with_box(world: &World, home: &Home, is_confirmed: bool) {
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    let asked = PurposeBox { purpose: Purpose::EmailMarketing, wording: Message::parse(WORDS).unwrap(), is_confirmed };
    let settings = FormSettings { purposes: vec![asked], language: Language::French, ..form.settings };
    world.app.forms.change(&home.owner.actor, form.id, form.version, settings).await.unwrap();
}

/// Somebody fills the form; tells what was mailed to them.
async fn fill(world: &World, home: &Home, ticks: bool) -> Vec<mailer::Message> {
    world.clock.advance(SignedDuration::from_mins(2));
    let mut sent = Sent { email: ADDRESS.to_owned(), ..Sent::default() };
    if ticks {
        sent.purposes.insert(Purpose::EmailMarketing);
    }
    world.submit(home.form, saying(sent)).await.unwrap();
    world.work().await.into_iter().filter(|mail| &*mail.to == ADDRESS).collect()
}

/// The links of a mail: what confirms, and what takes back.
fn links(mail: &mailer::Message) -> (String, String) {
    let (_, after) = mail.text.split_once("/c/").unwrap();
    let confirm = carried(mail, "c");
    let (_, last) = after.split_once("https://crm.example.com/c/").unwrap();
    let withdraw = last.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    (confirm, withdraw)
}

async fn lead(world: &World, home: &Home) -> LeadId {
    world.leads(home).await[0].id
}

async fn ledger(world: &World, home: &Home) -> Vec<ConsentEvent> {
    let lead = lead(world, home).await;
    world.app.leads.open(&home.owner.actor, lead).await.unwrap().ledger
}

async fn state(world: &World, home: &Home) -> Option<State> {
    Standing::of(NEWS, &Standing::all(&ledger(world, home).await)).map(|one| one.state)
}

async fn may(world: &World, home: &Home) -> Result<(), Refusal> {
    let lead = lead(world, home).await;
    world.app.consents.may_write(&home.owner.actor, lead, Purpose::EmailMarketing).await.unwrap()
}

fn is_over<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Rule(Broken::LinkOver)))
}

#[tokio::test]
async fn prv_5_a_ticked_box_stands_in_the_ledger_with_the_words_and_the_notice_that_were_shown() {
    let world = World::new().await;
    let home = world.found("North").await;
    with_box(&world, &home, false).await;
    assert_eq!(fill(&world, &home, false).await.len(), 0);
    assert_eq!(ledger(&world, &home).await, [], "an empty box says nothing");
    assert_eq!(fill(&world, &home, true).await.len(), 0, "nothing is to be confirmed");
    let events = ledger(&world, &home).await;
    let notice = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0).settings.notice.written();
    let digest = |text: &str| Some(world.ports.tokens.digest(text));
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((event.matter, event.kind, event.method), (NEWS, Kind::Given, Method::Form));
    assert_eq!((event.wording, event.notice), (digest(WORDS), digest(&notice)));
    assert_eq!((state(&world, &home).await, may(&world, &home).await), (Some(State::Given), Ok(())));
}

#[tokio::test]
async fn prv_5_a_consent_that_is_confirmed_within_48_hours_counts_and_later_not() {
    // The clock of these tests runs on; to the second it is the link that tells.
    for (seconds, works) in [(-60, true), (1, false)] {
        let world = World::new().await;
        let home = world.found("North").await;
        with_box(&world, &home, true).await;
        let mails = fill(&world, &home, true).await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].subject.starts_with("Merci de confirmer"), "in the form's language: {}", mails[0].subject);
        assert!(mails[0].text.contains(WORDS));
        let (confirm, _) = links(&mails[0]);
        assert_eq!(may(&world, &home).await, Err(Refusal::Awaiting));
        let end = "SELECT extract(epoch FROM expires_at)::bigint FROM consent_links WHERE link_use = 'confirm'";
        let left = world.rows(end).await - world.ports.clock.now().as_second();
        world.clock.advance(SignedDuration::from_secs(left + seconds));
        let looked = world.app.consents.look(&confirm).await;
        if !works {
            assert!(is_over(&looked) && is_over(&world.app.consents.answer(&confirm).await));
            assert_eq!(may(&world, &home).await, Err(Refusal::Awaiting));
            continue;
        }
        assert_eq!(looked.unwrap().link_use, LinkUse::Confirm);
        assert_eq!(may(&world, &home).await, Err(Refusal::Awaiting), "looking confirms nothing");
        let answered = world.app.consents.answer(&confirm).await.unwrap();
        assert_eq!((&*answered.organization, answered.language), ("North", Language::French));
        assert_eq!(may(&world, &home).await, Ok(()));
        assert!(is_over(&world.app.consents.answer(&confirm).await), "twice");
        let events = ledger(&world, &home).await;
        assert_eq!((events[1].kind, events[1].wording), (Kind::Confirmed, events[0].wording));
    }
}

#[tokio::test]
async fn prv_5_a_consent_is_taken_back_by_its_link_after_years_and_as_often_as_one_likes() {
    let world = World::new().await;
    let home = world.found("North").await;
    with_box(&world, &home, true).await;
    let (confirm, withdraw) = links(&fill(&world, &home, true).await[0]);
    world.app.consents.answer(&confirm).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(24 * 365 * 2));
    assert_eq!(world.app.consents.look(&withdraw).await.unwrap().link_use, LinkUse::Withdraw);
    assert_eq!(state(&world, &home).await, Some(State::Given), "looking takes nothing back");
    for _ in 0..2 {
        world.app.consents.answer(&withdraw).await.unwrap();
        assert_eq!(may(&world, &home).await, Err(Refusal::Withdrawn));
    }
    let ends = ledger(&world, &home).await.into_iter().filter(|one| one.kind == Kind::Withdrawn).count();
    assert_eq!(ends, 1, "it is written down once");
    assert_eq!(world.rows("SELECT count(*) FROM suppressions WHERE ground = 'withdrawal'").await, 1);
}

#[tokio::test]
async fn prv_5_what_was_taken_back_is_not_confirmed_any_more() {
    let world = World::new().await;
    let home = world.found("North").await;
    with_box(&world, &home, true).await;
    let (confirm, withdraw) = links(&fill(&world, &home, true).await[0]);
    world.app.consents.answer(&withdraw).await.unwrap();
    assert!(is_over(&world.app.consents.answer(&confirm).await));
    assert_eq!(may(&world, &home).await, Err(Refusal::Withdrawn));
}

#[tokio::test]
async fn dsr_11_a_later_submission_brings_no_marketing_back_without_fresh_consent() {
    let world = World::new().await;
    let home = world.found("North").await;
    with_box(&world, &home, false).await;
    fill(&world, &home, true).await;
    let known = lead(&world, &home).await;
    world.app.consents.write_down(&home.owner.actor, known, End::Objection).await.unwrap();
    assert_eq!(may(&world, &home).await, Err(Refusal::Objected));
    fill(&world, &home, false).await;
    assert_eq!(may(&world, &home).await, Err(Refusal::Objected), "to send a form is not to agree");
    fill(&world, &home, true).await;
    assert_eq!(may(&world, &home).await, Ok(()), "they agreed afresh");
}

#[tokio::test]
async fn dsr_11_an_objection_holds_for_another_lead_of_the_same_address() {
    let world = World::new().await;
    let home = world.found("North").await;
    with_box(&world, &home, false).await;
    fill(&world, &home, true).await;
    let known = lead(&world, &home).await;
    let another = AddLead {
        person: WrittenPerson { email: ADDRESS.to_owned(), ..WrittenPerson::default() },
        message: String::new(),
        legal_basis: LegalBasis::LegitimateInterest,
        start: LeadStart::default(),
        anyway: true,
    };
    let Added::Made(other) = world.app.leads.add(&home.owner.actor, another).await.unwrap() else { unreachable!() };
    world.app.consents.write_down(&home.owner.actor, other, End::Objection).await.unwrap();
    let answer = world.app.consents.may_write(&home.owner.actor, known, Purpose::EmailMarketing).await.unwrap();
    assert_eq!(answer, Err(Refusal::Suppressed(Ground::Objection)));
}

#[tokio::test]
async fn prv_5_a_member_writes_down_a_withdrawal_that_was_told_by_telephone() {
    let world = World::new().await;
    let home = world.found("North").await;
    with_box(&world, &home, false).await;
    fill(&world, &home, true).await;
    let known = lead(&world, &home).await;
    let viewer = world.join(&home, "viewer@north.example", &[Role::Viewer]).await.actor;
    let refused = world.app.consents.write_down(&viewer, known, End::Withdrawal(NEWS)).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    world.app.consents.write_down(&home.owner.actor, known, End::Withdrawal(NEWS)).await.unwrap();
    assert_eq!(may(&world, &home).await, Err(Refusal::Withdrawn));
    let last = ledger(&world, &home).await.pop().unwrap();
    assert_eq!((last.kind, last.method), (Kind::Withdrawn, Method::Member));
    let again = world.app.consents.write_down(&home.owner.actor, known, End::Withdrawal(NEWS)).await;
    assert!(matches!(again, Err(Error::Invalid(_))), "there is nothing to take back any more");
}

#[tokio::test]
async fn prv_5_another_organization_sees_nothing_of_a_consent() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    with_box(&world, &north, false).await;
    fill(&world, &north, true).await;
    let known = lead(&world, &north).await;
    let foreign = world.app.consents.write_down(&south.owner.actor, known, End::Withdrawal(NEWS)).await;
    assert!(matches!(foreign, Err(Error::NotFound(_))));
    let asked = world.app.consents.may_write(&south.owner.actor, known, Purpose::EmailMarketing).await;
    assert!(matches!(asked, Err(Error::NotFound(_))));
    assert!(is_over(&world.app.consents.look("nothing").await));
    assert_eq!(may(&world, &north).await, Ok(()));
}

#[tokio::test]
async fn prv_5_no_address_is_flooded_with_mails_that_ask_to_confirm() {
    let world = World::new().await;
    let home = world.found("North").await;
    with_box(&world, &home, true).await;
    let mut mails = 0;
    for _ in 0..8 {
        mails += fill(&world, &home, true).await.len();
    }
    assert_eq!(mails, 6);
    assert_eq!(world.waiting().await, 0, "the others are not sent later");
}
