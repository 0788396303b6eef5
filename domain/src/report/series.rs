use jiff::civil::Date;

use super::{Grain, Span};

/// What happened from a day to the next point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The first day.
    pub first: Date,
    /// The leads that were opened.
    pub leads: u64,
    /// Those of them that were qualified, by now.
    pub qualified: u64,
    /// Those of them that were won, by now.
    pub won: u64,
}

/// Leads over time: a point for each step of the span, also where nothing came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// How far the points are apart.
    pub grain: Grain,
    /// The points.
    pub points: Vec<Point>,
}

impl Series {
    /// Puts counts, by the number of their step, on the steps of a span.
    pub fn of(span: Span, grain: Grain, counts: impl IntoIterator<Item = (usize, [u64; 3])>) -> Self {
        let empty = |first| Point { first, leads: 0, qualified: 0, won: 0 };
        let mut points: Vec<_> = span.steps(grain).into_iter().map(empty).collect();
        for (step, [leads, qualified, won]) in counts {
            if let Some(point) = points.get_mut(step) {
                *point = Point { leads, qualified, won, ..*point };
            }
        }
        Self { grain, points }
    }

    /// How many leads in all.
    pub fn total(&self) -> [u64; 3] {
        self.points.iter().fold([0; 3], |[leads, qualified, won], point| {
            [leads + point.leads, qualified + point.qualified, won + point.won]
        })
    }
}
