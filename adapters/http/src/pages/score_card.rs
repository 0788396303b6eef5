//! The score on the page of a lead: the grade, both axes, and every point with its reason.

use qualify_domain::{
    form::Form,
    property::Property,
    score::{Axis, Edition},
};
use qualify_ports::storage::KeptScore;

use super::score_words::{self, Teller, signed};
use crate::{
    moment::{Calendar, Moment},
    text::Text,
};

/// The score of a lead, ready to be shown.
pub struct ScoreCard {
    /// Such as A1.
    pub grade: String,
    /// The grade in words.
    pub words: String,
    /// Both axes.
    pub axes: Vec<AxisCard>,
    /// Why a member should look at it.
    pub marks: Vec<(String, String)>,
    /// When it was scored.
    pub scored: Moment,
    /// By which version of the rules.
    pub version: i32,
}

/// One axis of it.
pub struct AxisCard {
    /// Its stable name.
    pub code: &'static str,
    /// Its name.
    pub name: String,
    /// From 0 to 100.
    pub value: u8,
    /// The points it is the sum of.
    pub lines: Vec<LineCard>,
}

/// One line of a breakdown.
pub struct LineCard {
    /// What it adds, with its sign.
    pub points: String,
    /// Whether it takes.
    pub takes: bool,
    /// Why.
    pub words: String,
    /// Until when, in words; empty if it does not end.
    pub until: String,
}

impl ScoreCard {
    /// The score as it is kept, with the rules by which it came.
    pub fn of(
        t: Text,
        calendar: &Calendar,
        (kept, edition): &(KeptScore, Edition),
        forms: &[Form],
        own: &[Property],
    ) -> Self {
        let (teller, book) = (Teller { t, calendar, forms, own }, &edition.book);
        let standing = kept.breakdown.standing();
        let until = |at: Option<_>| at.map(|at| t.with("score-until", "day", calendar.day(at))).unwrap_or_default();
        let lines = |axis| {
            let lines = kept.breakdown.lines.iter().filter(move |line| line.axis == axis);
            let lines = lines.map(|line| LineCard {
                points: signed(line.points),
                takes: line.points < 0,
                words: teller.line(line, book),
                until: until(line.expires_at),
            });
            lines.collect()
        };
        let axes = Axis::ALL.map(|axis| AxisCard {
            code: axis.code(),
            name: score_words::axis(t, axis),
            value: standing.on(axis),
            lines: lines(axis),
        });
        let marks = kept.breakdown.marks.iter().filter_map(|mark| {
            let rule = book.rule(mark.rule)?;
            Some((teller.effect(rule), teller.rule(rule)))
        });
        Self {
            grade: standing.grade().to_string(),
            words: score_words::grade(t, standing.grade()),
            axes: axes.into(),
            marks: marks.collect(),
            scored: calendar.moment(kept.scored_at),
            version: edition.version,
        }
    }
}
