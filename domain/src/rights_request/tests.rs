mod dates;

use jiff::SignedDuration;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{event::Event, step_up::Proof, text::Message, violation::Rule};

const REQUEST: RightsRequestId = RightsRequestId(Uuid::from_u128(1));
const BORIS: UserId = UserId(Uuid::from_u128(2));
const CLARA: UserId = UserId(Uuid::from_u128(3));
const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn received() -> Timestamp {
    at("2026-03-05T09:00:00Z")
}

/// The links of these tests work a week.
fn link_until() -> Timestamp {
    received() + SignedDuration::from_hours(7 * 24)
}

fn words() -> Message {
    Message::parse("There are very many of them").unwrap()
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A request of somebody without an account.
fn asked(right: Right) -> RightsRequest {
    RightsRequest::receive(REQUEST, right, Asker::Person(email("Anna@berg.example")), received()).0
}

/// A request of Boris about his account.
fn asked_by_boris() -> RightsRequest {
    RightsRequest::receive(REQUEST, Right::Access, Asker::Member(BORIS), received()).0
}

fn awaiting(right: Right) -> RightsRequest {
    let mut request = asked(right);
    request.ask_identity(None, link_until(), received()).unwrap();
    request
}

fn open(right: Right) -> RightsRequest {
    let mut request = awaiting(right);
    request.prove_by_link(&email("anna@berg.example"), received()).unwrap();
    request
}

/// What can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Try {
    Ask,
    Link,
    Session,
    Extend,
    Answer,
    Refuse,
    RefuseStranger,
    Lapse,
    Withdraw,
}

const TRIES: [Try; 9] = [
    Try::Ask,
    Try::Link,
    Try::Session,
    Try::Extend,
    Try::Answer,
    Try::Refuse,
    Try::RefuseStranger,
    Try::Lapse,
    Try::Withdraw,
];

fn attempt(request: &mut RightsRequest, what: Try, now: Timestamp) -> Result<Event, RightsError> {
    match what {
        Try::Ask => request.ask_identity(None, link_until(), now),
        Try::Link => request.prove_by_link(&email("anna@berg.example"), now),
        Try::Session => request.prove_by_session(BORIS, Proof(now), now),
        Try::Extend => request.extend(CLARA, words(), now),
        Try::Answer => request.answer(Some(CLARA), None, now),
        Try::Refuse => request.refuse(CLARA, Refusal::Excessive, None, now),
        Try::RefuseStranger => request.refuse(CLARA, Refusal::IdentityNotProven, None, now),
        Try::Lapse => request.lapse(now),
        Try::Withdraw => request.withdraw(BORIS, now),
    }
}

/// Every step that a request can take.
fn possible(request: &RightsRequest) -> Vec<Try> {
    let when = |what: Try| if what == Try::Lapse { link_until() } else { received() };
    let works = |what: &Try| attempt(&mut request.clone(), *what, when(*what)).is_ok();
    TRIES.into_iter().filter(works).collect()
}

/// What is left of a request after a step.
fn after(mut request: RightsRequest, what: Try, now: Timestamp) -> RightsRequest {
    attempt(&mut request, what, now).unwrap();
    request
}

#[test]
fn a_request_takes_the_steps_that_lead_on_from_where_it_is_and_no_others() {
    let open = || open(Right::Access);
    let awaiting = || awaiting(Right::Access);
    for (request, state, steps) in [
        (asked(Right::Access), State::Received, vec![Try::Ask]),
        (asked_by_boris(), State::Received, vec![Try::Session]),
        (awaiting(), State::AwaitingIdentity, vec![Try::Link, Try::RefuseStranger, Try::Lapse]),
        (open(), State::Open, vec![Try::Extend, Try::Answer, Try::Refuse]),
        (
            after(asked_by_boris(), Try::Session, received()),
            State::Open,
            vec![Try::Extend, Try::Answer, Try::Refuse, Try::Withdraw],
        ),
        (after(after(asked_by_boris(), Try::Session, received()), Try::Withdraw, received()), State::Withdrawn, vec![]),
        (after(open(), Try::Extend, received()), State::Open, vec![Try::Answer, Try::Refuse]),
        (after(open(), Try::Answer, received()), State::Answered, vec![]),
        (after(open(), Try::Refuse, received()), State::Refused, vec![]),
        (after(awaiting(), Try::RefuseStranger, received()), State::Refused, vec![]),
        (after(awaiting(), Try::Lapse, link_until()), State::Lapsed, vec![]),
    ] {
        assert_eq!(request.state(), state);
        assert_eq!(possible(&request), steps, "{state:?}");
        assert_eq!(state.is_over(), steps.is_empty());
    }
}

#[test]
fn a_step_out_of_turn_is_told_with_where_the_request_is() {
    let mut request = after(open(Right::Access), Try::Answer, received());
    let refused = attempt(&mut request, Try::Answer, received()).unwrap_err();
    assert_eq!(refused, RightsError::OutOfTurn(State::Answered));
    assert_eq!(refused.to_string(), "a request that is answered takes no such step");
    let mut request = asked(Right::Access);
    for what in [Try::Link, Try::Extend, Try::Answer, Try::Refuse, Try::RefuseStranger, Try::Lapse] {
        let refused = attempt(&mut request, what, received());
        assert_eq!(refused, Err(RightsError::OutOfTurn(State::Received)), "{what:?}");
    }
}

#[test]
fn every_step_is_kept_with_its_author_and_its_time_and_told_by_its_number() {
    let (mut request, event) =
        RightsRequest::receive(REQUEST, Right::Erasure, Asker::Person(email("anna@berg.example")), received());
    assert_eq!(event, Event::RightsRequestReceived { request: REQUEST });
    let time = |hours| received() + SignedDuration::from_hours(hours);
    let events = [
        request.ask_identity(Some(BORIS), link_until(), time(1)),
        request.prove_by_link(&email("anna@berg.example"), time(2)),
        request.extend(CLARA, words(), time(3)),
        request.refuse(BORIS, Refusal::LegalClaims, Some(words()), time(4)),
    ];
    assert_eq!(
        events,
        [0, 1, 2, 3].map(|step| Ok::<_, RightsError>(Event::RightsRequestMoved { request: REQUEST, step }))
    );
    let refused = What::Refused { reason: Refusal::LegalClaims, words: Some(words()) };
    assert_eq!(
        request.steps,
        [
            Step { at: time(1), by: By::Member(BORIS), what: What::IdentityAsked { link_until: link_until() } },
            Step { at: time(2), by: By::Asker, what: What::IdentityProven(Identity::Link) },
            Step { at: time(3), by: By::Member(CLARA), what: What::Extended { reasons: Some(words()) } },
            Step { at: time(4), by: By::Member(BORIS), what: refused },
        ]
    );
}

#[test]
fn what_the_product_does_by_itself_is_told_as_its_own() {
    let by = |request: &RightsRequest| request.steps.last().unwrap().by;
    assert_eq!(by(&awaiting(Right::Access)), By::Product);
    assert_eq!(by(&after(awaiting(Right::Access), Try::Lapse, link_until())), By::Product);
    let mut request = open(Right::Access);
    request.answer(None, None, received()).unwrap();
    assert_eq!(by(&request), By::Product);
    let session = after(asked_by_boris(), Try::Session, received()).steps.pop().unwrap();
    assert_eq!((session.by, session.what), (By::Asker, What::IdentityProven(Identity::Session)));
}

#[test]
fn a_link_proves_the_mailbox_it_was_sent_to_while_it_works() {
    let mut request = awaiting(Right::Access);
    let mailbox = email("ANNA@Berg.example");
    assert_eq!(request.prove_by_link(&email("anna@berg.test"), received()), Err(RightsError::SomebodyElse));
    assert_eq!(request.prove_by_link(&mailbox, link_until()), Err(RightsError::LinkOver));
    assert_eq!(request.lapse(link_until() - SECOND), Err(RightsError::LinkLive));
    assert_eq!(request.state(), State::AwaitingIdentity);
    assert!(request.prove_by_link(&mailbox, link_until() - SECOND).is_ok());
    assert_eq!(request.lapse(link_until()), Err(RightsError::OutOfTurn(State::Open)));
}

#[test]
fn a_member_proves_who_they_are_in_a_session_of_their_own_and_lately() {
    let mut request = asked_by_boris();
    let prove = |request: &mut RightsRequest, user, minutes| {
        request.prove_by_session(user, Proof(received() - SignedDuration::from_mins(minutes)), received())
    };
    assert_eq!(request.ask_identity(None, link_until(), received()), Err(RightsError::ByOtherMeans));
    assert_eq!(prove(&mut request, CLARA, 0), Err(RightsError::SomebodyElse));
    assert_eq!(prove(&mut request, BORIS, 10), Err(RightsError::NotFresh));
    assert_eq!(prove(&mut asked(Right::Access), BORIS, 0), Err(RightsError::ByOtherMeans));
    assert!(prove(&mut request, BORIS, 9).is_ok());
}

#[test]
fn each_right_is_refused_only_for_what_the_law_knows() {
    let reasons = |right| {
        let fitting = Refusal::ALL.iter().filter(|reason| {
            let mut request = if **reason == Refusal::IdentityNotProven { awaiting(right) } else { open(right) };
            let before = request.clone();
            let refused = request.refuse(CLARA, **reason, None, received());
            assert!(refused.is_ok() || (refused == Err(RightsError::NoReason) && request == before), "{refused:?}");
            refused.is_ok()
        });
        fitting.map(|reason| reason.code()).collect::<Vec<_>>().join(" ")
    };
    let common = "identity_not_proven unfounded excessive";
    for (right, others) in [
        (Right::Access, " rights_of_others"),
        (Right::Rectification, " conditions_not_met"),
        (Right::Erasure, " conditions_not_met legal_duty legal_claims"),
        (Right::Restriction, " conditions_not_met"),
        (Right::Portability, " conditions_not_met rights_of_others"),
        (Right::Objection, " conditions_not_met legal_claims compelling_grounds"),
    ] {
        assert_eq!(reasons(right), format!("{common}{others}"), "{right:?}");
    }
    assert_eq!(reasons(Right::Withdrawal), "identity_not_proven");
}

#[test]
fn who_did_not_prove_who_they_are_hears_of_no_other_reason() {
    for reason in Refusal::ALL.iter().filter(|reason| **reason != Refusal::IdentityNotProven) {
        let refused = awaiting(Right::Erasure).refuse(CLARA, *reason, None, received());
        assert_eq!(refused, Err(RightsError::OutOfTurn(State::AwaitingIdentity)), "{reason:?}");
    }
    let refused = open(Right::Erasure).refuse(CLARA, Refusal::IdentityNotProven, None, received());
    assert_eq!(refused, Err(RightsError::OutOfTurn(State::Open)), "they did prove it");
}

#[test]
fn what_a_request_can_be_has_stable_names() {
    for right in Right::ALL {
        assert_eq!(right.code().parse(), Ok(*right));
    }
    for state in State::ALL {
        assert_eq!(state.code().parse(), Ok(*state));
    }
    for reason in Refusal::ALL {
        assert_eq!(reason.code().parse(), Ok(*reason));
    }
    for identity in Identity::ALL {
        assert_eq!(identity.code().parse(), Ok(*identity));
    }
    assert_eq!("whim".parse::<Refusal>(), Err(Rule::NotAChoice));
}

#[test]
fn log_1_who_asks_hides_themselves() {
    let shown = format!("{:?}", open(Right::Access)).to_lowercase();
    assert!(!shown.contains("berg"), "{shown}");
}

proptest! {
    #[test]
    fn whatever_is_tried_a_request_ends_once_and_keeps_each_step_that_it_took(
        tries in proptest::collection::vec((proptest::sample::select(TRIES.to_vec()), 0_i64..20), 0..40),
        by_member in any::<bool>(),
    ) {
        let mut request = if by_member { asked_by_boris() } else { asked(Right::Access) };
        let mut now = received();
        for (what, days) in tries {
            now += SignedDuration::from_hours(24 * days);
            let before = request.clone();
            if let Ok(event) = attempt(&mut request, what, now) {
                let step = u32::try_from(before.steps.len()).unwrap();
                prop_assert_eq!(event, Event::RightsRequestMoved { request: REQUEST, step });
                prop_assert!(!before.state().is_over());
                prop_assert_eq!(&request.steps[..before.steps.len()], &before.steps[..]);
                prop_assert_eq!(request.steps.len(), before.steps.len() + 1);
                prop_assert_eq!(request.steps.last().map(|step| step.at), Some(now));
            } else {
                prop_assert_eq!(&request, &before, "what cannot be done changes nothing");
            }
            let extensions = request.steps.iter().filter(|step| matches!(step.what, What::Extended { .. })).count();
            prop_assert!(extensions <= 1);
            prop_assert!(request.legal_due().is_none_or(|due| due >= request.due()), "only the law waits");
            prop_assert!(!(request.state().is_over() && request.is_overdue(Timestamp::MAX)));
        }
    }
}
