//! What stands above every page while something about what the organization pays for wants to be known.

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Permission,
    closing::{Closing, Ending},
    subscription::{Access, Bought, Grounds, Pause, Status},
};
use qualify_usecases::SignedIn;

use super::calendar;
use crate::{moment::Calendar, text::Text};

/// The end of a trial is told from so long before.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A line above a page, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    /// What is to be known.
    pub words: String,
    /// Where something can be done about it, and what that is called.
    pub link: Option<(&'static str, String)>,
    /// What can be asked for at once, and what that is called.
    pub send: Option<(&'static str, String)>,
}

/// What of the organization's payments its reader should know; nothing where all is well, or nobody pays.
pub fn banner(member: &SignedIn, t: Text) -> Option<Banner> {
    let calendar = calendar(member, member.seen_at);
    match end(member) {
        Some(end) => Some(ended(member, end, t, &calendar)),
        None => running(member, member.grounds?, t, &calendar),
    }
}

/// The end of what the organization was entitled to, if it has come; the organization ends with it, as soon as that is kept.
pub fn end(member: &SignedIn) -> Option<Closing> {
    let kept = member.closing.filter(|closing| closing.ending != Ending::Asked);
    let had_one = member.grounds.is_some_and(|grounds| grounds.bought.is_some());
    let ending = if had_one { Ending::Subscription } else { Ending::Trial };
    kept.or_else(|| member.standing.ended_at.map(|ended_at| Closing::heard_of(ended_at, ending, member.seen_at)))
}

fn ended(member: &SignedIn, end: Closing, t: Text, calendar: &Calendar) -> Banner {
    let (day, purge) = (calendar.day(end.closed_at), calendar.day(end.purge_due_at()));
    let key = match (end.ending, member.standing.access) {
        (Ending::Trial, _) => "banner-trial-over",
        (_, Access::Locked) => "banner-locked",
        _ => "banner-ended",
    };
    let words = t.with_all(key, [("day", &*day), ("purge", &*purge)]);
    let is_locked = member.standing.access == Access::Locked;
    let open = is_locked.then(|| ("/locked", t.get("banner-what-stays")));
    match billing(member, t, "banner-choose") {
        Some(link) => Banner { words, link: Some(link), send: None },
        None => Banner { words: told_to_others(&words, t), link: open, send: None },
    }
}

fn running(member: &SignedIn, grounds: Grounds, t: Text, calendar: &Calendar) -> Option<Banner> {
    let Some(bought) = grounds.bought else { return trial(member, grounds.trial_ends_at, t, calendar) };
    let plain = |words| Banner { words, link: billing(member, t, "banner-open"), send: None };
    let for_all = |key: &str| match billing(member, t, "banner-open") {
        Some(link) => Banner { words: t.get(key), link: Some(link), send: card(member, bought, t) },
        None => Banner { words: told_to_others(&t.get(key), t), link: None, send: None },
    };
    match bought.status {
        Status::Paused(Pause::Void) => Some(for_all("banner-paused")),
        Status::Unpaid => Some(for_all("banner-unpaid")),
        Status::PastDue if sees(member) => {
            Some(Banner { send: card(member, bought, t), ..plain(t.get("banner-past-due")) })
        }
        Status::Cancelled if sees(member) => {
            let ends_at = bought.ends_at?;
            Some(plain(t.with("banner-cancelled", "day", calendar.day(ends_at))))
        }
        _ => None,
    }
}

fn trial(member: &SignedIn, ends_at: Timestamp, t: Text, calendar: &Calendar) -> Option<Banner> {
    let is_soon = ends_at.duration_since(member.seen_at) <= SOON;
    (is_soon && sees(member)).then(|| Banner {
        words: t.with("banner-trial-ends", "day", calendar.day(ends_at)),
        link: billing(member, t, "banner-choose"),
        send: None,
    })
}

fn sees(member: &SignedIn) -> bool {
    member.actor.may(Permission::ReadBilling)
}

/// The way to the page of billing, for whoever may look there.
fn billing(member: &SignedIn, t: Text, key: &str) -> Option<(&'static str, String)> {
    let is_billed = member.standing.plan.is_some();
    (is_billed && sees(member)).then(|| ("/settings/billing", t.get(key)))
}

/// The way to another card, where a card is what is missing.
fn card(member: &SignedIn, bought: Bought, t: Text) -> Option<(&'static str, String)> {
    let wants_card = matches!(bought.status, Status::PastDue | Status::Unpaid);
    let pays = member.actor.may(Permission::ManageBilling);
    (wants_card && pays).then(|| ("/settings/billing/card", t.get("billing-card")))
}

/// The same for those who cannot change it: they learn who can.
fn told_to_others(words: &str, t: Text) -> String {
    format!("{words} {}", t.get("banner-who"))
}
