//! The ledger of consent: what people said, in the order in which they said it, and what of it stands (PRV-5). Nothing in it is
//! ever changed.

use std::{collections::BTreeMap, str::FromStr};

use jiff::Timestamp;

use super::Matter;
use crate::{
    form::Purpose,
    id::{ConsentEventId, LeadId, SubmissionId},
    suppression::{Ground, Suppression},
    violation::Rule,
};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$says:meta])* $variant:ident = $code:literal;)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$says])* $variant),+
        }

        impl $name {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl FromStr for $name {
            type Err = Rule;

            fn from_str(code: &str) -> Result<Self, Rule> {
                Self::ALL.iter().copied().find(|one| one.code() == code).ok_or(Rule::NotAChoice)
            }
        }
    )+};
}

codes! {
    /// What was said. Of one moment, what ends a consent comes after what gives it.
    Kind {
        /// The box was ticked.
        Given = "given";
        /// The link of the mail was opened and followed: whoever ticked the box has the mailbox.
        Confirmed = "confirmed";
        /// It was taken back.
        Withdrawn = "withdrawn";
        /// They objected, whether they had agreed or not.
        Objected = "objected";
    }

    /// How it was said.
    Method {
        /// By a box of a form.
        Form = "form";
        /// By the link of the mail that asked to confirm it.
        ConfirmationLink = "confirmation_link";
        /// By the link that a mail carries to take it back.
        WithdrawalLink = "withdrawal_link";
        /// On the page where people ask for their rights.
        RightsPage = "rights_page";
        /// To a member, who wrote it down.
        Member = "member";
        /// Elsewhere, as whoever imported the lead said.
        Import = "import";
    }
}

/// On what an event hangs: it goes with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A submission, and so the lead that has it.
    Submission(SubmissionId),
    /// A lead that has none.
    Lead(LeadId),
}

/// An entry in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEvent {
    /// Its id.
    pub id: ConsentEventId,
    /// On what it hangs.
    pub about: About,
    /// For what.
    pub matter: Matter,
    /// What was said.
    pub kind: Kind,
    /// Whether a tick counts only once it is confirmed.
    pub awaits_confirmation: bool,
    /// SHA-256 of the words beside the box; none where no box was ticked.
    pub wording: Option<[u8; 32]>,
    /// SHA-256 of the notice that was shown with it.
    pub notice: Option<[u8; 32]>,
    /// How.
    pub method: Method,
    /// When.
    pub at: Timestamp,
}

/// How it stands with one matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// They agreed.
    Given,
    /// They ticked a box that has to be confirmed, and did not confirm it yet.
    Awaiting,
    /// They took it back.
    Withdrawn,
    /// They objected.
    Objected,
}

impl State {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Awaiting => "awaiting",
            Self::Withdrawn => "withdrawn",
            Self::Objected => "objected",
        }
    }
}

/// What stands of all that a person said about one matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// For what.
    pub matter: Matter,
    /// How it stands.
    pub state: State,
    /// Since when: of a consent, when its box was ticked.
    pub since: Timestamp,
    /// Where the box stood, of a consent.
    pub submission: Option<SubmissionId>,
}

/// A tick that nothing ended so far.
#[derive(Clone, Copy)]
struct Tick {
    submission: Option<SubmissionId>,
    at: Timestamp,
    counts: bool,
}

/// What the entries of one matter come to, one after the other.
#[derive(Default)]
struct Tally {
    ticks: Vec<Tick>,
    end: Option<(State, Timestamp)>,
}

impl Tally {
    fn take(&mut self, event: &ConsentEvent) {
        let submission = match event.about {
            About::Submission(id) => Some(id),
            About::Lead(_) => None,
        };
        match event.kind {
            Kind::Given => self.ticks.push(Tick { submission, at: event.at, counts: !event.awaits_confirmation }),
            // What was taken back before it was confirmed stays so.
            Kind::Confirmed => {
                self.ticks.iter_mut().filter(|tick| tick.submission == submission).for_each(|tick| tick.counts = true);
            }
            Kind::Withdrawn => self.end(State::Withdrawn, event.at),
            Kind::Objected => self.end(State::Objected, event.at),
        }
    }

    fn end(&mut self, state: State, at: Timestamp) {
        self.ticks.clear();
        self.end = Some((state, at));
    }

    fn standing(&self, matter: Matter) -> Option<Standing> {
        let of = |state, tick: &Tick| Standing { matter, state, since: tick.at, submission: tick.submission };
        let given = self.ticks.iter().rfind(|tick| tick.counts).map(|tick| of(State::Given, tick));
        let awaiting = || self.ticks.last().map(|tick| of(State::Awaiting, tick));
        let ended = || self.end.map(|(state, since)| Standing { matter, state, since, submission: None });
        given.or_else(awaiting).or_else(ended)
    }
}

impl Standing {
    /// What stands of these entries, told in any order: each matter of which there is one, the request first. The last word
    /// wins; a box that has to be confirmed says nothing before.
    pub fn all<'a>(events: impl IntoIterator<Item = &'a ConsentEvent>) -> Vec<Self> {
        let mut events: Vec<&ConsentEvent> = events.into_iter().collect();
        events.sort_by_key(|event| (event.at, event.kind, event.id));
        let mut tallies = BTreeMap::<Matter, Tally>::new();
        for event in events {
            tallies.entry(event.matter).or_default().take(event);
        }
        tallies.iter().filter_map(|(matter, tally)| tally.standing(*matter)).collect()
    }

    /// How one matter stands among these.
    pub fn of(matter: Matter, standings: &[Self]) -> Option<&Self> {
        standings.iter().find(|one| one.matter == matter)
    }

    /// Whether there is something to take back.
    pub const fn can_be_withdrawn(&self) -> bool {
        matches!(self.state, State::Given | State::Awaiting)
    }
}

/// Why somebody is not to be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They did not agree.
    NotAsked,
    /// They agreed and did not confirm it.
    Awaiting,
    /// They took it back.
    Withdrawn,
    /// They objected.
    Objected,
    /// Nothing goes to that address, and they did not agree since.
    Suppressed(Ground),
}

/// Whether a person may be written to, or called, for a purpose: they agreed to it, that stands, and nothing was said against
/// the address since (DSR-11). To send a form is not to agree.
///
/// # Errors
/// Why not.
pub fn may_write(purpose: Purpose, standings: &[Standing], suppression: Option<&Suppression>) -> Result<(), Refusal> {
    let standing = Standing::of(Matter::Further(purpose), standings).ok_or(Refusal::NotAsked)?;
    match standing.state {
        State::Awaiting => return Err(Refusal::Awaiting),
        State::Withdrawn => return Err(Refusal::Withdrawn),
        State::Objected => return Err(Refusal::Objected),
        State::Given => {}
    }
    // Who took back the consent to mails said nothing about the telephone.
    let concerns = |one: &&Suppression| one.ground != Ground::Withdrawal || purpose == Purpose::EmailMarketing;
    match suppression.filter(concerns).filter(|one| !one.is_before(standing.since)) {
        Some(one) => Err(Refusal::Suppressed(one.ground)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::suppression::AddressHash;

    const NEWS: Matter = Matter::Further(Purpose::EmailMarketing);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn event(kind: Kind, second: i64, submission: u128, awaits_confirmation: bool) -> ConsentEvent {
        ConsentEvent {
            id: ConsentEventId(Uuid::from_u128(submission)),
            about: About::Submission(SubmissionId(Uuid::from_u128(submission))),
            matter: NEWS,
            kind,
            awaits_confirmation,
            wording: None,
            notice: None,
            method: Method::Form,
            at: at(second),
        }
    }

    fn state(events: &[ConsentEvent]) -> Option<(State, i64)> {
        Standing::all(events).first().map(|one| (one.state, one.since.as_second()))
    }

    fn news(events: &[ConsentEvent], suppression: Option<&Suppression>) -> Result<(), Refusal> {
        may_write(Purpose::EmailMarketing, &Standing::all(events), suppression)
    }

    fn objection(second: i64) -> Suppression {
        Suppression { address: AddressHash([7; 32]), ground: Ground::Objection, since: at(second) }
    }

    #[test]
    fn the_last_word_wins() {
        let given = event(Kind::Given, 1, 1, false);
        let withdrawn = event(Kind::Withdrawn, 5, 1, false);
        let again = event(Kind::Given, 9, 2, false);
        assert_eq!(state(&[]), None);
        assert_eq!(state(&[given.clone()]), Some((State::Given, 1)));
        assert_eq!(state(&[withdrawn.clone(), given.clone()]), Some((State::Withdrawn, 5)));
        assert_eq!(state(&[again, given.clone(), withdrawn]), Some((State::Given, 9)));
        let objected = event(Kind::Objected, 1, 1, false);
        assert_eq!(state(&[objected, given]), Some((State::Objected, 1)), "of one moment, what ends comes last");
    }

    #[test]
    fn a_box_that_has_to_be_confirmed_says_nothing_before() {
        let given = event(Kind::Given, 1, 1, true);
        let confirmed = event(Kind::Confirmed, 4, 1, false);
        let another = event(Kind::Given, 2, 2, true);
        assert_eq!(state(&[given.clone()]), Some((State::Awaiting, 1)));
        assert_eq!(state(&[given.clone(), confirmed.clone()]), Some((State::Given, 1)));
        assert_eq!(state(&[given.clone(), another.clone(), confirmed.clone()]), Some((State::Given, 1)));
        assert_eq!(state(&[another, confirmed.clone()]), Some((State::Awaiting, 2)), "another tick was confirmed");
        let before = event(Kind::Given, 0, 3, false);
        assert_eq!(state(&[before, given.clone()]), Some((State::Given, 0)), "to ask anew takes nothing back");
        let withdrawn = event(Kind::Withdrawn, 3, 1, false);
        assert_eq!(state(&[given, withdrawn, confirmed]), Some((State::Withdrawn, 3)), "too late to confirm it");
    }

    #[test]
    fn each_matter_stands_by_itself() {
        let calls =
            ConsentEvent { matter: Matter::Further(Purpose::PhoneMarketing), ..event(Kind::Withdrawn, 9, 1, false) };
        let all = [event(Kind::Given, 1, 1, false), calls];
        assert_eq!(news(&all, None), Ok(()));
        assert_eq!(may_write(Purpose::PhoneMarketing, &Standing::all(&all), None), Err(Refusal::Withdrawn));
        assert_eq!(may_write(Purpose::Sharing, &Standing::all(&all), None), Err(Refusal::NotAsked));
    }

    #[test]
    fn nothing_goes_to_an_address_whose_owner_said_no_since() {
        let given = [event(Kind::Given, 100, 1, false)];
        let refused = Err(Refusal::Suppressed(Ground::Objection));
        assert_eq!(news(&given, Some(&objection(100))), refused, "of the same moment");
        assert_eq!(news(&given, Some(&objection(200))), refused);
        assert_eq!(news(&given, Some(&objection(99))), Ok(()), "they agreed afresh");
        assert_eq!(news(&[], Some(&objection(99))), Err(Refusal::NotAsked), "to send a form is not to agree");
        let unconfirmed = [event(Kind::Given, 100, 1, true)];
        assert_eq!(news(&unconfirmed, Some(&objection(99))), Err(Refusal::Awaiting));
    }

    #[test]
    fn who_wants_no_mails_may_still_be_called() {
        let no_mails = Suppression { ground: Ground::Withdrawal, ..objection(200) };
        let calls =
            ConsentEvent { matter: Matter::Further(Purpose::PhoneMarketing), ..event(Kind::Given, 100, 1, false) };
        let all = Standing::all(&[event(Kind::Given, 100, 1, false), calls]);
        assert_eq!(may_write(Purpose::PhoneMarketing, &all, Some(&no_mails)), Ok(()));
        let refused = Err(Refusal::Suppressed(Ground::Withdrawal));
        assert_eq!(may_write(Purpose::EmailMarketing, &all, Some(&no_mails)), refused);
        assert!(
            may_write(Purpose::PhoneMarketing, &all, Some(&objection(200))).is_err(),
            "an objection is to all of it"
        );
    }

    #[test]
    fn what_stands_in_the_ledger_has_stable_names() {
        for kind in Kind::ALL {
            assert_eq!(kind.code().parse(), Ok(*kind));
        }
        for method in Method::ALL {
            assert_eq!(method.code().parse(), Ok(*method));
        }
        assert_eq!("whim".parse::<Kind>(), Err(Rule::NotAChoice));
        assert_eq!("whim".parse::<Method>(), Err(Rule::NotAChoice));
    }

    fn entries() -> impl Strategy<Value = Vec<ConsentEvent>> {
        let kind = prop::sample::select(Kind::ALL);
        prop::collection::vec((kind, 0..9_i64, 0..3_u128, any::<bool>()), 0..9).prop_map(|entries| {
            let numbered = entries.into_iter().zip(0..);
            let one = |((kind, second, submission, awaits), n)| ConsentEvent {
                id: ConsentEventId(Uuid::from_u128(n)),
                ..event(kind, second, submission, awaits)
            };
            numbered.map(one).collect()
        })
    }

    proptest! {
        #[test]
        fn the_order_in_which_entries_are_told_does_not_matter(entries in entries(), turn in 0..9_usize) {
            let mut turned = entries.clone();
            let by = turn.min(entries.len());
            turned.rotate_left(by);
            prop_assert_eq!(Standing::all(&turned), Standing::all(&entries));
        }

        #[test]
        fn nobody_is_written_to_who_never_ticked_a_box_or_ended_it_last(entries in entries()) {
            let last = |ends: bool| {
                let mine = entries.iter().filter(|one| matches!(one.kind, Kind::Withdrawn | Kind::Objected) == ends);
                mine.filter(|one| ends || one.kind == Kind::Given).map(|one| one.at).max()
            };
            if news(&entries, None).is_ok() {
                let (ticked, ended) = (last(false), last(true));
                prop_assert!(ticked.is_some() && ticked > ended);
            }
        }

        #[test]
        fn to_withdraw_ends_it_whatever_was_said_before(entries in entries()) {
            let mut entries = entries;
            entries.push(event(Kind::Withdrawn, 9, 1, false));
            prop_assert_eq!(state(&entries), Some((State::Withdrawn, 9)));
        }
    }
}
