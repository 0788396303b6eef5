//! The laws of [`Scorer`].

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    id::FormId,
    language::Language,
    property::Properties,
    score::{Axis, Breakdown, Effect, Facts, Frequency, MailKind, Occurrence, Rulebook, ScoreRule, Signal},
    submission::Attribution,
};
use qualify_ports::scorer::{Scorer, Subject};
use uuid::Uuid;

/// A scorer under test.
pub struct ScorerRig {
    /// The scorer.
    pub scorer: Arc<dyn Scorer>,
}

/// The instant at which the laws score.
pub fn noon() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("an instant")
}

/// Leads of many kinds: of whom nothing is known, of whom everything is, and who wrote once, often, long ago.
pub fn subjects() -> Vec<Subject> {
    let ago = |days: i64| noon() - SignedDuration::from_hours(24 * days);
    let facts = |known: bool, mail: Option<MailKind>| Facts {
        has_name: known,
        mail,
        has_phone: known,
        has_company: known,
        tags: vec![],
        e164: known.then(|| "+33612345678".to_owned()),
        form: Some(FormId(Uuid::from_u128(1))),
        language: Some(Language::French),
        source: "form".to_owned(),
        touches: [Attribution::default(), Attribution::default()],
        properties: Properties::default(),
        opened_at: ago(100),
    };
    let wrote = |days: &[i64]| -> Vec<Occurrence> {
        let signal = Signal::Submission(FormId(Uuid::from_u128(1)));
        days.iter().map(|days| Occurrence { at: ago(*days), signal }).collect()
    };
    let met = vec![Occurrence { at: ago(1), signal: Signal::Meeting }; 40];
    let mut all = Vec::new();
    for (known, mail) in [(false, None), (false, Some(MailKind::Free)), (true, Some(MailKind::Company))] {
        for occurrences in [vec![], wrote(&[0]), wrote(&[90, 60, 3, 2, 1, 0]), wrote(&[4_000]), met.clone()] {
            all.push(Subject { facts: facts(known, mail), occurrences });
        }
    }
    all
}

/// Rules that give far too much, take far too much, and what organizations begin with.
fn books() -> Vec<Rulebook> {
    let standard = Rulebook::standard(Language::English);
    let all = |points, frequency| {
        let rules = standard.rules.iter();
        let rules = rules.map(|rule| ScoreRule { effect: Effect::Points(points), frequency, ..rule.clone() }).collect();
        Rulebook { rules, ..standard.clone() }
    };
    vec![standard.clone(), all(100, Frequency::Each), all(-100, Frequency::Each), all(1, Frequency::Once)]
}

async fn scores(rig: &ScorerRig, subjects: &[Subject], book: &Rulebook, now: Timestamp) -> Vec<Breakdown> {
    rig.scorer.score(subjects, book, now).await.expect("leads can be scored")
}

/// Each lead gets a score, under its own place.
pub async fn scores_each_lead_in_its_place(rig: &ScorerRig) {
    for book in books() {
        let (mut there, mut back) = (subjects(), subjects());
        back.reverse();
        let mut backwards = scores(rig, &back, &book, noon()).await;
        backwards.reverse();
        assert_eq!(scores(rig, &there, &book, noon()).await, backwards);
        assert_eq!(backwards.len(), there.len());
        there.clear();
        assert_eq!(scores(rig, &there, &book, noon()).await, []);
    }
}

/// The lines add up to the score, from 0 to 100 on both axes, and none of them says nothing.
pub async fn its_lines_add_up_to_the_score(rig: &ScorerRig) {
    for book in books() {
        for breakdown in scores(rig, &subjects(), &book, noon()).await {
            for axis in Axis::ALL {
                assert_eq!(breakdown.sum(axis), i32::from(breakdown.standing().on(axis)), "{breakdown:?}");
            }
            assert!(breakdown.lines.iter().all(|line| line.points != 0), "{breakdown:?}");
        }
    }
}

/// A lead is judged alone: beside others it gets the score it gets by itself.
pub async fn judges_each_lead_alone(rig: &ScorerRig) {
    let book = Rulebook::standard(Language::English);
    let together = scores(rig, &subjects(), &book, noon()).await;
    for (subject, beside_others) in subjects().iter().zip(together) {
        let alone = scores(rig, std::slice::from_ref(subject), &book, noon()).await;
        assert_eq!(alone, [beside_others]);
    }
}

/// The same lead at the same instant gets the same score, whatever was scored meanwhile.
pub async fn scores_the_same_alike(rig: &ScorerRig) {
    let book = Rulebook::standard(Language::English);
    let first = scores(rig, &subjects(), &book, noon()).await;
    scores(rig, &subjects()[..3], &books()[1], noon() + SignedDuration::from_hours(1)).await;
    assert_eq!(scores(rig, &subjects(), &book, noon()).await, first);
}

/// A score that changes by itself says when, and that lies ahead.
pub async fn says_when_a_score_changes(rig: &ScorerRig) {
    for book in books() {
        let now = scores(rig, &subjects(), &book, noon()).await;
        for (subject, breakdown) in subjects().iter().zip(now) {
            assert!(breakdown.changes_at.is_none_or(|at| at > noon()), "{breakdown:?}");
            let until = breakdown
                .changes_at
                .map_or(noon() + SignedDuration::from_hours(24 * 400), |at| at - SignedDuration::from_secs(1));
            let later = scores(rig, std::slice::from_ref(subject), &book, until).await;
            assert_eq!(later[0].standing(), breakdown.standing());
        }
    }
}

/// One test for each law of a scorer. Takes an expression that makes a [`ScorerRig`], awaited for each test.
#[macro_export]
macro_rules! scorer_laws {
    ($rig:expr) => {
        $crate::laws! { scorer, $rig =>
            scores_each_lead_in_its_place,
            its_lines_add_up_to_the_score,
            judges_each_lead_alone,
            scores_the_same_alike,
            says_when_a_score_changes,
        }
    };
}
