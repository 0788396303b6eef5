//! What is done at once, without a member: each right, and what stands against it.

use qualify_domain::{
    access::Permission,
    consent::{Matter, Standing, State as Standings},
    form::{FormSettings, Purpose, PurposeBox},
    hold::Held,
    id::LeadId,
    rights_request::{RightsPolicy, State},
    submission::Sent,
    suppression::Ground,
};
use qualify_usecases::PlaceHold;

use super::*;
use crate::world::saying;

/// Lets an organization called North serve these by itself.
async fn automatic(world: &World, home: &Home, rights: &[Right]) {
    let policy = RightsPolicy::of(rights.iter().copied());
    let change = ChangeRightsSettings { slug: "north".to_owned(), policy };
    world.app.rights.change_settings(&home.owner.actor, &change).await.unwrap();
}

async fn served(world: &World, session: &str, right: Right, wish: Wish) -> Served {
    let actor = door(world, "north").await.actor;
    let further = Further { right, words: None, wish, language: Language::French };
    world.app.rights.ask_further(&actor, session, further).await.unwrap()
}

/// Anna's two leads, of which she has proven the address, and somebody else's.
async fn anna(world: &World, home: &Home) -> (String, LeadId, LeadId) {
    let lead = world.lead(home, ANNA).await;
    let bert = world.lead(home, "bert@berg.example").await;
    let (session, _) = proven(world, Right::Access).await;
    (session, lead.id, bert.id)
}

async fn suppressed(world: &World, home: &Home) -> Option<Ground> {
    let scope = home.owner.actor.permit(Permission::EraseLead).unwrap();
    let mut tx = world.ports.storage.tenant(&scope).await.unwrap();
    let address = world.ports.tokens.address_hash(home.id, &ANNA.parse().unwrap());
    tx.suppressions().find(address).await.unwrap().map(|kept| kept.ground)
}

async fn over(world: &World, home: &Home) -> Vec<(Right, State)> {
    let register = world.app.rights.register(&home.owner.actor, RequestList::Over, 0).await.unwrap();
    let mut all: Vec<_> = register.requests.iter().map(|kept| (kept.request.right, kept.request.state())).collect();
    all.sort_by_key(|(right, _)| *right);
    all
}

#[tokio::test]
async fn dsr_9_an_erasure_that_is_served_by_itself_leaves_nothing_and_says_so_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    automatic(&world, &home, &[Right::Access, Right::Erasure]).await;
    let (session, lead, bert) = anna(&world, &home).await;
    // What was held back as spam hangs on no lead.
    let held = Sent { email: ANNA.to_owned(), message: "Anna sells watches.".to_owned(), ..Sent::default() };
    let mut held = saying(held);
    held.spam = [("website", "https://buy.example".to_owned())].into();
    world.submit(home.form, held).await.unwrap();
    let waiting = asked(&world, Right::Restriction).await;
    assert_eq!(served(&world, &session, Right::Erasure, Wish::default()).await, Served::Erased);
    let mails = world.work().await;
    let to: Vec<_> = mails.iter().map(|mail| (mail.to.to_string(), mail.subject.clone())).collect();
    assert_eq!(to, [(ANNA.to_owned(), "North a effacé ce qui vous concernait".to_owned())]);
    assert!(mails[0].text.contains("CNIL"));
    let dump = world.dump().await.to_lowercase();
    for trace in [ANNA, "anna"] {
        assert!(!dump.contains(trace), "{trace}");
    }
    assert_eq!(world.leads(&home).await.iter().map(|row| row.id).collect::<Vec<_>>(), [bert]);
    assert_eq!(world.app.leads.certificate(&home.owner.actor, lead).await.unwrap().counts["leads"], 1);
    assert_eq!(suppressed(&world, &home).await, Some(Ground::Erasure));
    let expected =
        [(Right::Access, State::Answered), (Right::Erasure, State::Answered), (Right::Restriction, State::Lapsed)];
    assert_eq!(over(&world, &home).await, expected);
    // Neither the page nor the other link leads anywhere any more.
    let actor = door(&world, "north").await.actor;
    assert_over(world.app.rights.held(&actor, &session).await);
    assert_over(world.app.rights.prove(&actor, &waiting).await);
}

#[tokio::test]
async fn dsr_9_the_link_of_an_erasure_erases_when_it_is_confirmed_and_not_before() {
    let world = World::new().await;
    let home = world.found("North").await;
    automatic(&world, &home, &[Right::Erasure]).await;
    world.lead(&home, ANNA).await;
    let link = asked(&world, Right::Erasure).await;
    let actor = door(&world, "north").await.actor;
    assert!(world.app.rights.look(&actor, &link).await.unwrap().erases);
    assert_eq!(world.leads(&home).await.len(), 1, "looking erases nothing: programs that read mails look");
    assert!(matches!(world.app.rights.prove(&actor, &link).await.unwrap(), Opened::Nothing));
    assert!(world.leads(&home).await.is_empty());
    assert_over(world.app.rights.prove(&actor, &link).await);
    assert_eq!(world.work().await.len(), 1);
    // Somebody of whom nothing is kept gets the same answer.
    let link = asked(&world, Right::Erasure).await;
    assert!(matches!(world.app.rights.prove(&actor, &link).await.unwrap(), Opened::Nothing));
    assert_eq!(world.work().await.len(), 1);
}

#[tokio::test]
async fn ret_18_what_is_held_is_not_erased_by_itself_but_waits_for_a_member() {
    let world = World::new().await;
    let home = world.found("North").await;
    automatic(&world, &home, &[Right::Access, Right::Erasure]).await;
    let (session, lead, _) = anna(&world, &home).await;
    let review_on = jiff::tz::TimeZone::UTC.to_datetime(world.ports.clock.now()).date().tomorrow().unwrap();
    let hold = PlaceHold { records: [Held::Lead(lead)].into(), reason: words("A trial"), review_on };
    world.app.holds.place(&home.owner.actor, hold).await.unwrap();
    assert_eq!(served(&world, &session, Right::Erasure, Wish::default()).await, Served::Left);
    assert_eq!(world.leads(&home).await.len(), 2);
    assert_eq!(only(&world, &home, RequestList::Waiting).await.request.state(), State::Open);
}

#[tokio::test]
async fn dsr_10_a_restriction_that_is_served_by_itself_hides_the_lead_from_members_and_not_from_its_person() {
    let world = World::new().await;
    let home = world.found("North").await;
    automatic(&world, &home, &[Right::Access, Right::Restriction]).await;
    let (session, lead, bert) = anna(&world, &home).await;
    for _ in 0..2 {
        assert_eq!(served(&world, &session, Right::Restriction, Wish::default()).await, Served::Done);
    }
    assert_eq!(world.leads(&home).await.iter().map(|row| row.id).collect::<Vec<_>>(), [bert]);
    let held = world.app.rights.held(&door(&world, "north").await.actor, &session).await.unwrap();
    assert_eq!(held.leads.iter().map(|held| held.lead.id).collect::<Vec<_>>(), [lead]);
    assert_eq!(world.app.restrictions.list(&home.owner.actor).await.unwrap().restrictions.len(), 1);
    // What is restricted is not changed either, not even for its person.
    automatic(&world, &home, &[Right::Rectification]).await;
    let wish = Wish { name: Some("Anna Berg".parse().unwrap()), ..Wish::default() };
    assert_eq!(served(&world, &session, Right::Rectification, wish).await, Served::Left);
}

#[tokio::test]
async fn what_somebody_wants_mended_is_mended_if_it_can_be_read() {
    let world = World::new().await;
    let home = world.found("North").await;
    automatic(&world, &home, &[Right::Access, Right::Rectification]).await;
    let (session, lead, bert) = anna(&world, &home).await;
    let wish = Wish {
        name: Some("Anna Berg".parse().unwrap()),
        phone: Some("+33 1 23 45 67 89".parse().unwrap()),
        company: None,
    };
    assert_eq!(served(&world, &session, Right::Rectification, wish).await, Served::Done);
    let read = async |lead| world.app.leads.read(&home.owner.actor, lead).await.unwrap();
    let mended = read(lead).await;
    let phone = mended.phone.as_ref().map(|phone| phone.written().to_owned());
    assert_eq!((mended.name.as_deref(), phone.as_deref()), (Some("Anna Berg"), Some("+33 1 23 45 67 89")));
    assert_eq!(mended.email.as_deref(), Some(ANNA), "the address is what they proved");
    assert_eq!(
        read(bert).await.name.as_deref(),
        world.leads(&home).await.iter().find(|row| row.id == bert).unwrap().name.as_deref()
    );
    let unreadable = Wish { phone: Some("call me".parse().unwrap()), ..Wish::default() };
    assert_eq!(served(&world, &session, Right::Rectification, unreadable).await, Served::Left);
    assert_eq!(read(lead).await.phone, mended.phone, "nothing is lost");
}

#[tokio::test]
async fn dsr_11_an_objection_counts_at_once_whatever_the_organization_says() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (session, lead, _) = anna(&world, &home).await;
    automatic(&world, &home, &[]).await;
    assert_eq!(served(&world, &session, Right::Objection, Wish::default()).await, Served::Done);
    assert_eq!(suppressed(&world, &home).await, Some(Ground::Objection));
    let ledger = world.app.leads.open(&home.owner.actor, lead).await.unwrap().ledger;
    let news = Matter::Further(Purpose::EmailMarketing);
    assert_eq!(Standing::of(news, &Standing::all(&ledger)).unwrap().state, Standings::Objected);
    let mails = world.work().await;
    assert!(mails.iter().any(|mail| *mail.to == *ANNA && mail.subject == "North a répondu à votre demande"));
}

#[tokio::test]
async fn dsr_1_a_consent_is_taken_back_on_the_page_of_rights() {
    let world = World::new().await;
    let home = world.found("North").await;
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    let asked = PurposeBox { purpose: Purpose::EmailMarketing, wording: words("News, please."), is_confirmed: false };
    let settings = FormSettings { purposes: vec![asked], ..form.settings };
    world.app.forms.change(&home.owner.actor, form.id, form.version, settings).await.unwrap();
    let mut sent = Sent { email: ANNA.to_owned(), ..Sent::default() };
    sent.purposes.insert(Purpose::EmailMarketing);
    world.submit(home.form, saying(sent)).await.unwrap();
    world.work().await;
    let (session, _) = proven(&world, Right::Withdrawal).await;
    let held = world.app.rights.held(&door(&world, "north").await.actor, &session).await.unwrap();
    let news = Matter::Further(Purpose::EmailMarketing);
    assert_eq!(Standing::of(news, &held.leads[0].standings).unwrap().state, Standings::Withdrawn);
    assert_eq!(suppressed(&world, &home).await, Some(Ground::Withdrawal));
    assert_eq!(over(&world, &home).await, [(Right::Withdrawal, State::Answered)]);
}

#[tokio::test]
async fn dsr_13_the_copy_is_handed_out_three_times_a_day_to_whoever_proved_the_address() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (session, lead, _) = anna(&world, &home).await;
    let actor = door(&world, "north").await.actor;
    for _ in 0..3 {
        let zip = world.app.rights.copy(&actor, &session).await.unwrap();
        assert!(zip.starts_with(b"PK"), "a ZIP");
    }
    let refused = world.app.rights.copy(&actor, &session).await;
    assert!(matches!(refused, Err(Error::TooOften(1..=86_400))), "{:?}", refused.err());
    let copied = world.rows("SELECT count(*) FROM audit_entries WHERE action = 'copy_person'").await;
    assert_eq!(copied, 3, "each is in the trail");
    assert_over(world.app.rights.copy(&actor, "guessed").await);
    world.clock.advance(SESSION_LIFE);
    assert_over(world.app.rights.copy(&actor, &session).await);
    world.app.leads.erase(&home.owner.actor, lead, qualify_domain::erasure::Ground::Asked).await.unwrap();
    world.clock.advance(DAY);
    let (session, _) = proven(&world, Right::Access).await;
    assert!(world.app.rights.copy(&actor, &session).await.is_ok(), "what they asked is kept still");
}

#[tokio::test]
async fn whoever_is_erased_by_a_member_waits_for_no_answer_any_more() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, ANNA).await;
    proven(&world, Right::Erasure).await;
    let id = only(&world, &home, RequestList::Waiting).await.request.id;
    let file = world.app.rights.open(&home.owner.actor, id).await.unwrap();
    assert_eq!(file.leads.iter().map(|lead| lead.id).collect::<Vec<_>>(), [lead.id], "the member is led to it");
    world.app.leads.erase(&home.owner.actor, lead.id, qualify_domain::erasure::Ground::Asked).await.unwrap();
    let kept = only(&world, &home, RequestList::Over).await;
    assert_eq!((kept.request.state(), kept.request.address()), (State::Answered, None));
    assert_eq!(kept.request.steps.last().unwrap().by, qualify_domain::rights_request::By::Member(home.owner.user));
    let mails = world.work().await;
    assert_eq!(mails.iter().filter(|mail| *mail.to == *ANNA).count(), 1);
    assert_eq!(world.rows("SELECT count(*) FROM farewells").await, 0, "and the address is forgotten");
}

#[tokio::test]
async fn dsr_5_a_number_that_anybody_can_type_shows_and_erases_nothing_of_whose_it_is() {
    let world = World::new().await;
    let home = world.found("North").await;
    automatic(&world, &home, &[Right::Access, Right::Erasure]).await;
    let number = "+33 1 23 45 67 89".to_owned();
    let said = |email: &str, message: &str| Sent {
        email: email.to_owned(),
        phone: number.clone(),
        message: message.to_owned(),
        ..Sent::default()
    };
    // Bert leaves his number only; whoever proves Anna's address typed it after him.
    world.submit(home.form, saying(said("", "Bert is ill."))).await.unwrap();
    world.work().await;
    world.clock.advance(SECOND * 120);
    world.submit(home.form, saying(said(ANNA, "Anna here."))).await.unwrap();
    world.work().await;
    assert_eq!(world.leads(&home).await.len(), 1, "the number makes them one lead");
    let (session, _) = proven(&world, Right::Access).await;
    let actor = door(&world, "north").await.actor;
    let held = world.app.rights.held(&actor, &session).await.unwrap();
    let shown: Vec<_> = held.loose.iter().filter_map(|sent| sent.answers.message.as_deref()).collect();
    assert!(held.leads.is_empty(), "the lead may be somebody else's");
    assert_eq!(shown, ["Anna here."], "what she sent is hers");
    assert_eq!(served(&world, &session, Right::Erasure, Wish::default()).await, Served::Left);
    assert_eq!(world.leads(&home).await.len(), 1);
    let waiting = world.app.rights.register(&home.owner.actor, RequestList::Waiting, 0).await.unwrap().requests;
    assert_eq!(waiting.len(), 2, "a member looks at both");
    let file = world.app.rights.open(&home.owner.actor, waiting[0].request.id).await.unwrap();
    assert_eq!(file.leads.len(), 1, "and at the lead");
}

#[tokio::test]
async fn whoever_has_two_leads_waits_until_both_are_erased() {
    let world = World::new().await;
    let home = world.found("North").await;
    let first = world.lead(&home, ANNA).await;
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    let settings = FormSettings { known_person: qualify_domain::form::KnownPerson::AlwaysNew, ..form.settings };
    world.app.forms.change(&home.owner.actor, form.id, form.version, settings).await.unwrap();
    world.clock.advance(SECOND * 120);
    world.submit(home.form, saying(Sent { email: ANNA.to_owned(), ..Sent::default() })).await.unwrap();
    world.work().await;
    let second = world.leads(&home).await.iter().find(|row| row.id != first.id).unwrap().id;
    proven(&world, Right::Erasure).await;
    let erase = async |lead| {
        world.app.leads.erase(&home.owner.actor, lead, qualify_domain::erasure::Ground::Asked).await.unwrap();
    };
    erase(first.id).await;
    assert_eq!(only(&world, &home, RequestList::Waiting).await.request.state(), State::Open, "one is there still");
    erase(second).await;
    assert_eq!(only(&world, &home, RequestList::Over).await.request.state(), State::Answered);
}

#[tokio::test]
async fn ret_18_a_hold_on_what_hangs_on_no_lead_leaves_the_erasure_to_a_member() {
    let world = World::new().await;
    let home = world.found("North").await;
    automatic(&world, &home, &[Right::Access, Right::Erasure]).await;
    let mut spam = saying(Sent { email: ANNA.to_owned(), ..Sent::default() });
    spam.spam = [("website", "https://buy.example".to_owned())].into();
    let receipt = world.submit(home.form, spam).await.unwrap();
    let (session, _) = proven(&world, Right::Access).await;
    let review_on = jiff::tz::TimeZone::UTC.to_datetime(world.ports.clock.now()).date().tomorrow().unwrap();
    let hold = PlaceHold { records: [Held::Submission(receipt.id)].into(), reason: words("A trial"), review_on };
    world.app.holds.place(&home.owner.actor, hold).await.unwrap();
    assert_eq!(served(&world, &session, Right::Erasure, Wish::default()).await, Served::Left);
    assert_eq!(world.rows("SELECT count(*) FROM submissions").await, 1);
}
