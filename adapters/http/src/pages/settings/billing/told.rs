//! How a subscription stands, in words, and what can be done about it.

use jiff::Timestamp;
use qualify_domain::{
    closing::{Closing, Ending},
    plan::{Metered, PlanCode, Usage},
    subscription::{Pause, Status, Subscription, UNPAID},
};
use qualify_usecases::BillingOverview;

use crate::{moment::Calendar, pages::reports::Bars, text::Text};

/// How it stands, in words.
pub(super) struct State {
    /// The plan that counts.
    pub(super) plan: String,
    /// A word for it, and its colour.
    pub(super) badge: &'static str,
    pub(super) word: String,
    /// What that means.
    pub(super) about: String,
    /// The days on which something happens: what, and when.
    pub(super) days: Vec<(String, String)>,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Can {
    /// Choose a plan and pay.
    #[default]
    Subscribe,
    /// Take another plan, another card, or end it.
    Change,
    /// Another card, or end it: nothing else while it is not paid or not collected.
    Settle,
    /// Take the end back.
    Resume,
}

impl Can {
    pub(super) fn subscribes(self) -> bool {
        self == Self::Subscribe
    }

    pub(super) fn changes(self) -> bool {
        self == Self::Change
    }

    pub(super) fn resumes(self) -> bool {
        self == Self::Resume
    }

    /// Whether there is something that can end.
    pub(super) fn cancels(self) -> bool {
        matches!(self, Self::Change | Self::Settle)
    }
}

/// What can be done about it now.
pub(super) fn can(overview: &BillingOverview, now: Timestamp) -> Can {
    let living = overview.subscription.as_ref().filter(|one| one.ended_at(now).is_none());
    living.map_or(Can::Subscribe, |one| match one.status {
        Status::OnTrial | Status::Active => Can::Change,
        Status::PastDue | Status::Unpaid | Status::Paused(_) => Can::Settle,
        Status::Cancelled => Can::Resume,
        Status::Expired => Can::Subscribe,
    })
}

/// Whether there is a subscription that has not ended.
pub(super) fn is_living(overview: &BillingOverview) -> bool {
    overview.subscription.is_some() && overview.standing.ended_at.is_none()
}

/// How it stands, in words, with its days.
pub(super) fn state(overview: &BillingOverview, t: Text, calendar: &Calendar) -> State {
    let plan = overview.standing.plan.map(|plan| plan_name(t, plan)).unwrap_or_default();
    let (code, badge) = mark(overview);
    let day = |key: &str, at: Option<Timestamp>| at.map(|at| (t.get(key), calendar.day(at)));
    let of = |day: fn(&Subscription) -> Option<Timestamp>| overview.subscription.as_ref().and_then(day);
    let ended_at = overview.standing.ended_at;
    let days = match code {
        "trial" => vec![day("billing-day-trial", Some(overview.trial_ends_at))],
        "trial_over" | "expired" => {
            let purge = end(overview).map(Closing::purge_due_at);
            vec![day("billing-day-ended", ended_at), day("billing-day-purge", purge)]
        }
        "on_trial" => vec![day("billing-day-trial", of(|one| one.trial_ends_at))],
        "cancelled" => vec![day("billing-day-ends", of(|one| one.ends_at))],
        "past_due" => vec![day("billing-day-since", of(|one| Some(one.since)))],
        "unpaid" => vec![
            day("billing-day-since", of(|one| Some(one.since))),
            day("billing-day-cancelled", of(|one| one.since.saturating_add(UNPAID).ok())),
        ],
        "paused_free" | "paused_void" => vec![day("billing-day-since", of(|one| Some(one.since)))],
        _ => vec![day("billing-day-renews", of(|one| one.renews_at))],
    };
    State {
        badge,
        word: t.get(&format!("billing-is-{code}")),
        about: t.with(&format!("billing-about-{code}"), "plan", &plan),
        plan,
        days: days.into_iter().flatten().collect(),
    }
}

/// The name of the state, and the colour of its badge.
fn mark(overview: &BillingOverview) -> (&'static str, &'static str) {
    let has_ended = overview.standing.ended_at.is_some();
    match overview.subscription.as_ref().map(|one| one.status) {
        None if has_ended => ("trial_over", "bad"),
        None => ("trial", "open"),
        Some(_) if has_ended => ("expired", "bad"),
        Some(status) => {
            let badge = match status {
                Status::OnTrial => "open",
                Status::Active | Status::Paused(Pause::Free) => "won",
                Status::Paused(Pause::Void) | Status::PastDue | Status::Cancelled => "warn",
                Status::Unpaid | Status::Expired => "bad",
            };
            (status.code(), badge)
        }
    }
}

/// The end of the organization that follows from what it no longer pays, whether that is kept yet or not.
fn end(overview: &BillingOverview) -> Option<Closing> {
    let ending = if overview.subscription.is_some() { Ending::Subscription } else { Ending::Trial };
    let follows = overview.standing.ended_at.map(|closed_at| Closing { closed_at, ending });
    overview.closing.filter(|kept| kept.ending != Ending::Asked).or(follows)
}

/// What a plan is called.
pub(super) fn plan_name(t: Text, plan: PlanCode) -> String {
    t.get(&format!("plan-{plan}"))
}

/// What a plan contains, in words.
pub(super) fn contains(t: Text, plan: PlanCode) -> Vec<String> {
    let words = |thing: Metered| match plan.limits().of(thing) {
        Some(most) => t.times(&format!("plan-holds-{}", thing.code()), "", most.into()),
        None => t.get(&format!("plan-holds-any-{}", thing.code())),
    };
    Metered::ALL.into_iter().map(words).collect()
}

/// What there is more of than a plan allows, in words; empty if it has room for all.
pub(super) fn beyond(t: Text, plan: PlanCode, usage: Usage) -> String {
    let is_beyond = |thing: &Metered| plan.limits().of(*thing).is_some_and(|most| usage.of(*thing) > most);
    let things: Vec<_> = Metered::ALL.into_iter().filter(is_beyond).map(|thing| name(t, thing)).collect();
    if things.is_empty() { String::new() } else { t.with("plan-beyond", "things", things.join(" · ")) }
}

/// How much there is of something, and how much there may be.
pub(super) struct Used {
    pub(super) thing: String,
    pub(super) amount: String,
    pub(super) most: String,
}

/// What is used, for the table.
pub(super) fn used(overview: &BillingOverview, t: Text) -> Vec<Used> {
    let row = |thing: Metered| Used {
        thing: name(t, thing),
        amount: t.number(overview.usage.of(thing).into()),
        most: most(overview, thing, t),
    };
    Metered::ALL.into_iter().map(row).collect()
}

/// What is used, as a picture: of each thing, how much of what there may be.
pub(super) fn figure(overview: &BillingOverview, t: Text) -> Bars {
    let drawn = Metered::ALL.into_iter().filter_map(|thing| {
        let (used, limit) = (overview.usage.of(thing), overview.standing.limits.of(thing)?);
        let value = [("used", &*t.number(used.into())), ("most", &*t.number(limit.into()))];
        Some((name(t, thing), t.with_all("billing-used-of", value), used.into(), limit.into()))
    });
    Bars::against(t.get("billing-usage"), drawn.collect())
}

fn most(overview: &BillingOverview, thing: Metered, t: Text) -> String {
    overview.standing.limits.of(thing).map_or_else(|| t.get("billing-no-limit"), |most| t.number(most.into()))
}

fn name(t: Text, thing: Metered) -> String {
    t.get(&format!("billing-of-{}", thing.code()))
}

#[cfg(test)]
mod tests {
    use qualify_domain::language::Language;

    use super::*;

    const ALL: [Text; 2] = [Text::new(Language::English), Text::new(Language::French)];

    #[test]
    fn every_state_plan_and_thing_has_words() {
        let codes = Status::ALL.map(Status::code);
        for t in ALL {
            for code in codes.into_iter().chain(["trial", "trial_over"]) {
                for key in [format!("billing-is-{code}"), format!("billing-about-{code}")] {
                    assert!(t.find(&key).is_some(), "{key} in {}", t.code());
                }
            }
            for plan in PlanCode::ALL {
                assert!(!plan_name(t, plan).starts_with("plan-"));
                assert!(contains(t, plan).iter().all(|words| !words.starts_with("plan-")), "{plan}");
            }
            for thing in Metered::ALL {
                assert!(!name(t, thing).starts_with("billing-"));
                assert!(t.find(&format!("plan-full-{}", thing.code())).is_some());
            }
        }
    }

    #[test]
    fn a_plan_says_what_there_is_more_of_than_it_allows() {
        let usage = Usage { members: 3, forms: 3, submissions: 900, webhooks: 0 };
        assert_eq!(beyond(ALL[0], PlanCode::Team, usage), "");
        let words = beyond(ALL[0], PlanCode::Solo, usage);
        assert!(words.contains("Members") && words.contains("Submissions") && !words.contains("Forms"), "{words}");
    }
}
