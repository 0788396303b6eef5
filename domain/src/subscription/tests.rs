use jiff::ToSpan;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    id::BillingSubjectId,
    plan::{Limits, Metered, TRIAL_PLAN, Usage},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn start() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

fn fetched(status: Status, updated_at: Timestamp) -> Fetched {
    Fetched {
        id: ProviderId("1".into()),
        customer: ProviderId("2".into()),
        order: ProviderId("3".into()),
        plan: Some(PlanCode::Team),
        status: Some(status),
        trial_ends_at: None,
        renews_at: None,
        ends_at: None,
        created_at: start(),
        updated_at,
    }
}

fn kept(status: Status) -> Subscription {
    Subscription::follow(None, &fetched(status, start()), start()).subscription.unwrap()
}

fn later(hours: i64) -> Timestamp {
    start() + hours.hours()
}

fn standing(status: Status, ends_at: Option<Timestamp>, now: Timestamp) -> Standing {
    Subscription { ends_at, ..kept(status) }.bought().standing(now)
}

#[test]
fn two_subscriptions_that_are_both_paid_for_are_one_too_many() {
    let (first, now) = (kept(Status::Active), later(2));
    let second = |status| Fetched { id: ProviderId("9".into()), ..fetched(status, later(1)) };
    assert!(first.is_doubled_by(&second(Status::Active), now));
    assert!(first.is_doubled_by(&second(Status::PastDue), now));
    assert!(!first.is_doubled_by(&second(Status::Expired), now));
    assert!(!first.is_doubled_by(&fetched(Status::Active, later(1)), now), "it is the same");
    assert!(!kept(Status::Expired).is_doubled_by(&second(Status::Active), now));
}

#[test]
fn bil_4_a_subscription_that_counts_no_more_is_not_forgotten() {
    let (a, b) = (kept(Status::Active), Subscription { id: ProviderId("9".into()), ..kept(Status::Active) });
    let record = BillingRecord {
        subject: BillingSubjectId(Uuid::nil()),
        trial_ends_at: start(),
        subscription: None,
        earlier: Vec::new(),
    };
    let named = |record: &BillingRecord| record.earlier.iter().map(|id| id.0.clone()).collect::<Vec<_>>();
    let record = record.followed(&a.id, Some(a.clone())).followed(&a.id, Some(a.clone()));
    assert_eq!(named(&record), [""; 0]);
    let record = record.followed(&b.id, Some(b.clone()));
    assert_eq!(named(&record), ["1"], "another took its place");
    let record = record.followed(&a.id, Some(b.clone())).followed(&ProviderId("7".into()), Some(b));
    assert_eq!(named(&record), ["1", "7"], "each once, also what never counted");
    assert_eq!(named(&record.followed(&a.id, Some(a.clone()))), ["7", "9"], "what counts is none of them");
}

#[test]
fn bil_7_each_status_entitles_to_what_the_table_says() {
    let now = later(1);
    for (status, access, capture) in [
        (Status::OnTrial, Access::Full, Capture::Open),
        (Status::Active, Access::Full, Capture::Open),
        (Status::PastDue, Access::Full, Capture::Open),
        (Status::Paused(Pause::Free), Access::Full, Capture::Open),
        (Status::Paused(Pause::Void), Access::ReadOnly, Capture::Open),
        (Status::Unpaid, Access::ReadOnly, Capture::Sealed),
        (Status::Cancelled, Access::Full, Capture::Open),
        (Status::Expired, Access::Locked, Capture::Closed),
    ] {
        let standing = standing(status, None, now);
        assert_eq!((standing.access, standing.capture), (access, capture), "{status:?}");
        assert_eq!(standing.limits, PlanCode::Team.limits());
    }
}

#[test]
fn bil_7_what_is_cancelled_entitles_until_its_end_to_the_second() {
    let end = later(24);
    assert_eq!(standing(Status::Cancelled, Some(end), end - 1.seconds()).access, Access::Full);
    let over = standing(Status::Cancelled, Some(end), end);
    assert_eq!((over.access, over.capture, over.ended_at), (Access::Locked, Capture::Closed, Some(end)));
}

#[test]
fn ret_6_what_has_expired_ended_at_its_end_and_not_when_we_heard_of_it() {
    let end = later(24);
    assert_eq!(standing(Status::Expired, Some(end), later(240)).ended_at, Some(end));
    assert_eq!(standing(Status::Expired, None, later(240)).ended_at, Some(start()));
    // What is cancelled alone starts nothing.
    assert_eq!(standing(Status::Cancelled, None, later(240)).ended_at, None);
}

#[test]
fn ret_6_a_trial_that_nobody_paid_for_ends_and_starts_the_clock() {
    let record = BillingRecord {
        subject: BillingSubjectId(Uuid::nil()),
        trial_ends_at: start() + TRIAL,
        subscription: None,
        earlier: Vec::new(),
    };
    let trial = |now| record.standing(now);
    let before = trial(start() + TRIAL - 1.seconds());
    assert_eq!((before.access, before.capture, before.ended_at), (Access::Full, Capture::Open, None));
    assert_eq!(before.plan, Some(TRIAL_PLAN));
    let after = trial(start() + TRIAL);
    assert_eq!((after.access, after.capture), (Access::ReadOnly, Capture::Closed));
    assert_eq!(after.ended_at, Some(start() + TRIAL));
}

#[test]
fn whoever_hosts_it_for_themselves_has_everything() {
    let standing = Account::Unbilled.standing(Timestamp::MAX);
    assert_eq!((standing.access, standing.limits, standing.ended_at), (Access::Full, Limits::NONE, None));
}

#[test]
fn a_limit_refuses_to_add_and_names_its_numbers() {
    let standing = standing(Status::Active, None, later(1));
    let usage = |members| Usage { members, ..Usage::default() };
    assert_eq!(standing.may_add(Metered::Members, 1, usage(14)), Ok(()));
    assert_eq!(
        standing.may_add(Metered::Members, 1, usage(15)),
        Err(Refused { thing: Metered::Members, limit: 15, used: 15 })
    );
    // There may be more than a smaller plan allows: what is there stays, and nothing is added.
    assert!(standing.may_add(Metered::Members, 1, usage(40)).is_err());
    assert_eq!(standing.may_add(Metered::Members, 0, usage(15)), Ok(()));
}

#[test]
fn submissions_are_sealed_from_the_limit_on_and_while_nothing_is_paid() {
    let (open, limit) = (standing(Status::Active, None, later(1)), 10_000);
    for (accepted, room) in [(0, limit), (limit - 1, 1), (limit, 0), (limit + 7, 0), (u32::MAX, 0)] {
        assert_eq!((open.room(accepted), open.seals(accepted)), (room, room == 0), "{accepted}");
    }
    for (status, is_open) in [
        (Status::OnTrial, true),
        (Status::PastDue, true),
        (Status::Paused(Pause::Free), true),
        (Status::Paused(Pause::Void), true),
        (Status::Cancelled, true),
        (Status::Unpaid, false),
        (Status::Expired, false),
    ] {
        assert_eq!(standing(status, None, later(1)).seals(0), !is_open, "{status:?}");
    }
    let unbilled = Account::Unbilled.standing(later(1));
    assert!(!unbilled.seals(u32::MAX), "whoever hosts it for themselves receives everything");
}

#[test]
fn bil_3_an_older_answer_changes_nothing_and_of_one_second_the_later_counts() {
    let before = Subscription::follow(None, &fetched(Status::Active, later(2)), later(2)).subscription.unwrap();
    let stale = Subscription::follow(Some(&before), &fetched(Status::Expired, later(1)), later(3));
    assert_eq!(stale, Followed { subscription: Some(before.clone()), steps: Vec::new() });
    let same_second = Subscription::follow(Some(&before), &fetched(Status::PastDue, later(2)), later(3));
    assert_eq!(same_second.steps, [Step::PaymentFailed]);
}

#[test]
fn bil_7_a_word_that_is_not_known_leaves_what_was_and_confirms_nothing() {
    let before = kept(Status::Active);
    let strange = Fetched { status: None, ..fetched(Status::Active, later(5)) };
    let followed = Subscription::follow(Some(&before), &strange, later(5));
    let after = followed.subscription.unwrap();
    assert_eq!((after.status, after.confirmed_at), (Status::Active, before.confirmed_at));
    assert_eq!(followed.steps, [Step::NotUnderstood]);
    assert_eq!(Subscription::follow(None, &strange, later(5)).subscription, None);
}

#[test]
fn ret_10_what_is_unpaid_for_60_days_is_to_be_cancelled() {
    let unpaid = kept(Status::Unpaid);
    assert!(!unpaid.is_to_be_cancelled(start() + UNPAID - 1.seconds()));
    assert!(unpaid.is_to_be_cancelled(start() + UNPAID));
    assert!(!kept(Status::PastDue).is_to_be_cancelled(start() + UNPAID));
}

#[test]
fn what_stays_the_same_keeps_since_when_and_takes_no_step() {
    let before = kept(Status::Unpaid);
    let again = Subscription::follow(Some(&before), &fetched(Status::Unpaid, later(48)), later(48));
    assert_eq!((again.subscription.unwrap().since, again.steps), (before.since, Vec::new()));
}

#[test]
fn each_way_from_status_to_status_is_a_step_of_its_own() {
    for (from, to, step) in [
        (Status::Active, Status::PastDue, Some(Step::PaymentFailed)),
        (Status::PastDue, Status::Active, Some(Step::Recovered)),
        (Status::PastDue, Status::Unpaid, Some(Step::Unpaid)),
        (Status::Unpaid, Status::Active, Some(Step::Recovered)),
        (Status::Active, Status::Cancelled, Some(Step::Cancelled)),
        (Status::Cancelled, Status::Active, Some(Step::Resumed)),
        (Status::Cancelled, Status::Expired, Some(Step::Expired)),
        (Status::Active, Status::Paused(Pause::Void), Some(Step::Paused)),
        (Status::Paused(Pause::Free), Status::Paused(Pause::Void), None),
        (Status::Paused(Pause::Void), Status::Active, Some(Step::Resumed)),
        (Status::OnTrial, Status::Active, None),
    ] {
        let followed = Subscription::follow(Some(&kept(from)), &fetched(to, later(1)), later(1));
        assert_eq!(followed.steps, step.into_iter().collect::<Vec<_>>(), "{from:?} to {to:?}");
    }
    let upgraded = Fetched { plan: Some(PlanCode::Business), ..fetched(Status::Active, later(1)) };
    let followed = Subscription::follow(Some(&kept(Status::Active)), &upgraded, later(1));
    assert_eq!(followed.steps, [Step::PlanChanged]);
}

#[test]
fn of_two_subscriptions_the_one_counts_that_lives_and_of_those_the_newer() {
    let other = |status, created_at| Fetched { id: ProviderId("9".into()), created_at, ..fetched(status, later(9)) };
    let counts = |kept: &Subscription, other: &Fetched| {
        Subscription::follow(Some(kept), other, later(9)).subscription.unwrap().id == other.id
    };
    assert!(counts(&kept(Status::Active), &other(Status::Active, later(1))));
    assert!(!counts(&kept(Status::Active), &other(Status::Active, start() - 1.hours())));
    assert!(!counts(&kept(Status::Active), &other(Status::Expired, later(1))));
    assert!(counts(&kept(Status::Expired), &other(Status::PastDue, start() - 1.hours())));
    assert!(counts(&kept(Status::Expired), &other(Status::Expired, later(1))));
}

#[test]
fn a_name_of_a_status_and_a_step_is_its_own() {
    for status in Status::ALL {
        assert_eq!(Status::of_code(status.code()), Some(status));
    }
    let mut codes = Step::ALL.map(Step::code).to_vec();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Step::ALL.len());
}

fn answers() -> impl Strategy<Value = Fetched> {
    let statuses = proptest::option::of(proptest::sample::select(Status::ALL.to_vec()));
    let plans = proptest::option::of(proptest::sample::select(PlanCode::ALL.to_vec()));
    (statuses, plans, 0_i64..400, proptest::option::of(0_i64..400), 1_u8..3).prop_map(
        |(status, plan, updated, ends, id)| Fetched {
            id: ProviderId(id.to_string()),
            status,
            plan,
            ends_at: ends.map(later),
            updated_at: later(updated),
            ..fetched(Status::Active, start())
        },
    )
}

/// Answers about one subscription, each understood and each of a second of its own, in the order of these.
fn in_one_order(mut told: Vec<Fetched>) -> Vec<Fetched> {
    for answer in &mut told {
        answer.id = ProviderId("1".into());
        answer.status = answer.status.or(Some(Status::Active));
        answer.plan = answer.plan.or(Some(PlanCode::Solo));
    }
    told.sort_by_key(|answer| answer.updated_at);
    told.dedup_by_key(|answer| answer.updated_at);
    told
}

proptest! {
    #[test]
    fn bil_4_the_last_answer_of_a_subscription_counts_in_any_order_and_any_number(
        (told, shuffled) in proptest::collection::vec(answers(), 1..12).prop_map(in_one_order).prop_flat_map(|told| {
            let twice = [told.clone(), told.clone()].concat();
            (Just(told), Just(twice).prop_shuffle())
        }),
    ) {
        let last = told[told.len() - 1].clone();
        let end = shuffled.iter().fold(None, |kept: Option<Subscription>, answer| {
            Subscription::follow(kept.as_ref(), answer, later(500)).subscription
        }).unwrap();
        prop_assert_eq!((end.status, end.plan, end.ends_at), (last.status.unwrap(), last.plan.unwrap(), last.ends_at));
    }

    #[test]
    fn every_answer_to_every_state_gives_a_state(told in proptest::collection::vec(answers(), 0..8), now in 0_i64..800) {
        let mut kept = None;
        for answer in &told {
            let followed = Subscription::follow(kept.as_ref(), answer, later(now));
            prop_assert!(followed.subscription.is_some() || !followed.steps.is_empty());
            kept = followed.subscription;
        }
        if let Some(kept) = kept {
            let standing = kept.bought().standing(later(now));
            prop_assert_eq!(standing.ended_at.is_some(), standing.access == Access::Locked);
        }
    }
}
