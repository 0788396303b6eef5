use std::collections::BTreeSet;

use super::*;
use crate::deadline::Deadline;

#[test]
fn time_is_extended_once_and_within_the_first_month() {
    let end = at("2026-04-07T22:00:00Z");
    let mut request = open(Right::Access);
    assert_eq!(request.due().ends_at(), end);
    assert_eq!(request.extend(CLARA, words(), end), Err(RightsError::TooLate));
    assert_eq!(request.extended_at(), None);
    assert!(request.extend(CLARA, words(), end - SECOND).is_ok());
    assert_eq!(request.extended_at(), Some(end - SECOND));
    assert_eq!(request.due().day().to_string(), "2026-06-05");
    assert_eq!(request.legal_due(), Some(request.due()));
    assert_eq!(request.extend(CLARA, words(), end - SECOND), Err(RightsError::ExtendedAlready));
}

#[test]
fn waiting_for_identity_suspends_the_legal_date_and_no_alarm() {
    let day = |deadline: Deadline| deadline.day().to_string();
    let mut request = asked(Right::Access);
    assert_eq!(request.legal_due().map(day).as_deref(), Some("2026-04-07"));
    request.ask_identity(None, at("2026-03-13T09:00:00Z"), at("2026-03-06T09:00:00Z")).unwrap();
    assert_eq!(request.legal_due(), None);
    assert_eq!(day(request.due()), "2026-04-07");
    let told = BTreeSet::new();
    assert_eq!(request.reminders_due(at("2026-04-07T21:59:59Z"), &told).len(), 4, "while it waits");
    assert!(request.is_overdue(at("2026-04-07T22:00:00Z")), "while it waits");
    request.prove_by_link(&email("anna@berg.example"), at("2026-03-10T09:00:00Z")).unwrap();
    assert_eq!(request.legal_due().map(day).as_deref(), Some("2026-04-09"), "four days did not count");
    assert_eq!(day(request.due()), "2026-04-07");
    assert!(request.is_overdue(at("2026-04-07T22:00:00Z")), "the alarm does not wait");
    assert!(request.extend(CLARA, words(), at("2026-04-08T10:00:00Z")).is_ok(), "within the first month of the law");
    assert_eq!(request.legal_due().map(day).as_deref(), Some("2026-06-09"));
    assert_eq!(day(request.due()), "2026-06-05");
}

#[test]
fn a_clock_that_was_set_back_brings_no_legal_date_forward() {
    let mut request = asked(Right::Access);
    request.ask_identity(None, link_until(), received()).unwrap();
    request.prove_by_link(&email("anna@berg.example"), received() - SignedDuration::from_hours(90 * 24)).unwrap();
    assert_eq!(request.legal_due(), Some(request.due()));
}

#[test]
fn a_request_without_an_end_is_overdue_when_its_last_day_is_over() {
    let end = at("2026-04-07T22:00:00Z");
    for request in [asked(Right::Access), awaiting(Right::Access), open(Right::Access)] {
        assert!(!request.is_overdue(end - SECOND), "{:?}", request.state());
        assert!(request.is_overdue(end), "{:?}", request.state());
    }
    for request in [
        after(open(Right::Access), Try::Answer, received()),
        after(open(Right::Access), Try::Refuse, received()),
        after(awaiting(Right::Access), Try::Lapse, link_until()),
    ] {
        assert!(!request.is_overdue(end), "{:?}", request.state());
    }
    let extended = after(open(Right::Access), Try::Extend, received());
    assert!(!extended.is_overdue(end));
    assert!(extended.is_overdue(at("2026-06-05T22:00:00Z")));
}

#[test]
fn reminders_are_due_fourteen_seven_three_days_and_one_day_before_and_once_each() {
    let (request, mut told) = (open(Right::Access), BTreeSet::new());
    // On 29 March clocks go forward.
    for (days_before, begin) in [
        (14, "2026-03-23T23:00:00Z"),
        (7, "2026-03-30T22:00:00Z"),
        (3, "2026-04-03T22:00:00Z"),
        (1, "2026-04-05T22:00:00Z"),
    ] {
        let reminder = Reminder { due_on: "2026-04-07".parse().unwrap(), days_before };
        assert_eq!(request.reminders_due(at(begin) - SECOND, &told), [], "{days_before}");
        assert_eq!(request.reminders_due(at(begin), &told), [reminder]);
        told.insert(reminder);
    }
    assert_eq!(request.reminders_due(at("2026-04-07T21:59:59Z"), &told), []);
}

#[test]
fn reminders_that_were_missed_are_told_as_long_as_there_is_time() {
    let request = open(Right::Access);
    let days_before = |request: &RightsRequest, now| {
        let due = request.reminders_due(at(now), &BTreeSet::new());
        due.into_iter().map(|reminder| reminder.days_before).collect::<Vec<_>>()
    };
    assert_eq!(days_before(&request, "2026-04-04T10:00:00Z"), [14, 7, 3]);
    assert_eq!(days_before(&request, "2026-04-07T22:00:00Z"), Vec::<u8>::new(), "it is overdue");
    let answered = after(request, Try::Answer, received());
    assert_eq!(days_before(&answered, "2026-04-04T10:00:00Z"), Vec::<u8>::new(), "it is answered");
}

#[test]
fn another_last_day_has_reminders_of_its_own() {
    let request = open(Right::Access);
    let told: BTreeSet<_> = request.reminders_due(at("2026-04-06T10:00:00Z"), &BTreeSet::new()).into_iter().collect();
    let request = after(request, Try::Extend, at("2026-04-06T11:00:00Z"));
    assert_eq!(request.reminders_due(at("2026-04-06T12:00:00Z"), &told), []);
    let reminder = Reminder { due_on: "2026-06-05".parse().unwrap(), days_before: 14 };
    assert_eq!(request.reminders_due(at("2026-05-22T10:00:00Z"), &told), [reminder]);
}

#[test]
fn the_target_is_fifteen_days() {
    assert_eq!(open(Right::Access).target(), at("2026-03-20T09:00:00Z"));
}

#[test]
fn at_the_end_of_all_time_requests_break_nothing() {
    let mut request = RightsRequest { received_at: Timestamp::MAX, ..asked(Right::Access) };
    request.ask_identity(None, Timestamp::MAX, Timestamp::MIN).unwrap();
    request.prove_by_link(&email("anna@berg.example"), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(request.target(), Timestamp::MAX);
    assert_eq!(request.legal_due().unwrap().ends_at(), Timestamp::MAX);
    assert_eq!(request.reminders_due(Timestamp::MIN, &BTreeSet::new()), []);
}

#[test]
fn dsr_6_each_reminder_the_alarm_and_the_end_of_the_link_have_their_moment() {
    let mut request = awaiting(Right::Erasure);
    assert_eq!(request.next_moment(&BTreeSet::new()), Some(link_until()));
    request.prove_by_link(&email("anna@berg.example"), received()).unwrap();
    let mut told = BTreeSet::new();
    let mut moments = Vec::new();
    while let Some(next) = request.next_moment(&told) {
        let second_before = next - SECOND;
        assert!(
            request.reminders_due(second_before, &told).is_empty() && request.alarm_due(second_before, &told).is_none()
        );
        let due: Vec<_> =
            request.reminders_due(next, &told).into_iter().chain(request.alarm_due(next, &told)).collect();
        assert_eq!(due.len(), 1, "{next}");
        moments.push((next.to_string(), due[0].days_before));
        told.extend(due);
    }
    let days = [("2026-03-23T23:00:00Z", 14), ("2026-03-30T22:00:00Z", 7), ("2026-04-03T22:00:00Z", 3)];
    let last = [("2026-04-05T22:00:00Z", 1), ("2026-04-07T22:00:00Z", 0)];
    let all: Vec<_> = days.into_iter().chain(last).map(|(at, days)| (at.to_owned(), days)).collect();
    assert_eq!(moments, all);
    request.answer(None, None, received()).unwrap();
    assert_eq!(request.next_moment(&BTreeSet::new()), None);
}

#[test]
fn dsr_6_what_was_never_reminded_of_is_looked_at_once_when_it_is_overdue() {
    let mut request = open(Right::Erasure);
    let late = request.due().ends_at() + SECOND;
    let alarm = request.alarm_due(late, &BTreeSet::new()).unwrap();
    assert!(request.next_moment(&BTreeSet::new()).unwrap() < late);
    assert_eq!(request.next_moment(&BTreeSet::from([alarm])), None, "nobody looks at it again and again");
    request.answer(None, None, late).unwrap();
}

#[test]
fn dsr_9_whoever_is_erased_is_forgotten_and_waits_for_nothing() {
    let (mut waiting, mut open) = (awaiting(Right::Access), awaiting(Right::Access));
    assert!(!waiting.forget(None, received()));
    assert_eq!((waiting.state(), waiting.address()), (State::Lapsed, None));
    open.prove_by_link(&email("anna@berg.example"), received()).unwrap();
    open.extend(CLARA, words(), received()).unwrap();
    assert!(open.forget(Some(CLARA), received()));
    assert_eq!((open.state(), open.address()), (State::Answered, None));
    assert!(open.steps.iter().any(|step| step.what == What::Extended { reasons: None }));
    assert_eq!(open.steps.last().unwrap().by, By::Member(CLARA));
    assert!(!open.forget(None, received()), "it was over");
}

#[test]
fn of_somebody_who_never_came_no_address_is_kept() {
    let mut request = awaiting(Right::Access);
    assert_eq!(request.address(), Some(&email("Anna@berg.example")));
    request.lapse(link_until()).unwrap();
    assert_eq!((request.address(), &request.asker), (None, &Asker::Forgotten));
}
