//! Numbers in words: how many, which part, how long, and what changed.

use std::cmp::Ordering;

use qualify_domain::report::share;

use super::{Cell, Teller};

impl Teller<'_> {
    pub(super) fn count(&self, now: u64, before: Option<u64>) -> Cell {
        Cell {
            text: self.t.number(now),
            change: before.map(|before| self.change(now, before)).unwrap_or_default(),
            before: before.map(|before| self.before(&self.t.number(before))).unwrap_or_default(),
            plain: now.to_string(),
            plain_before: before.map(|before| before.to_string()),
        }
    }

    /// Which part of a whole, and which it was.
    pub(super) fn share(&self, now: [u64; 2], before: Option<[u64; 2]>) -> Cell {
        let of = |[part, whole]: [u64; 2]| share(part, whole);
        let text = |numbers| of(numbers).map_or_else(|| "–".to_owned(), |part| self.percent(part));
        let plain = |numbers| of(numbers).map(|part| format!("{part:.4}")).unwrap_or_default();
        let points = |before| {
            let points = (of(now)? - of(before)?) * 100.0;
            let sign = if points.round() < 0.0 { "−" } else { "+" };
            Some(self.t.with("reports-points", "points", format!("{sign}{:.0}", points.abs())))
        };
        Cell {
            text: text(now),
            change: before.and_then(points).unwrap_or_default(),
            before: before.map(|before| self.before(&text(before))).unwrap_or_default(),
            plain: plain(now),
            plain_before: before.map(plain),
        }
    }

    pub(super) fn duration(&self, now: u64, before: Option<u64>) -> Cell {
        let text = before.map(|before| self.before(&self.span(before)));
        Cell { text: self.span(now), before: text.unwrap_or_default(), ..self.count(now, before) }
    }

    pub(super) fn before(&self, text: &str) -> String {
        self.t.with("reports-before", "number", text)
    }

    /// By how much it is more or less.
    pub(super) fn change(&self, now: u64, before: u64) -> String {
        match (share(now, before), now.cmp(&before)) {
            (_, Ordering::Equal) if now == 0 => String::new(),
            (_, Ordering::Equal) => "=".to_owned(),
            (None, _) => self.t.get("reports-new"),
            (Some(part), order) => {
                let sign = if order.is_lt() { "−" } else { "+" };
                format!("{sign}{}", self.percent((part - 1.0).abs()))
            }
        }
    }

    pub(super) fn percent(&self, part: f64) -> String {
        let percent = (part * 100.0).round();
        let percent = if percent == 0.0 && part > 0.0 { "< 1".to_owned() } else { format!("{percent:.0}") };
        self.t.with("reports-percent", "number", percent)
    }

    /// A span of time in its two largest units.
    pub(super) fn span(&self, seconds: u64) -> String {
        let times = |key: &str, count: u64| self.t.times(key, "", i64::try_from(count).unwrap_or(i64::MAX));
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
        match () {
            () if hours < 1 => times("span-minutes", minutes),
            () if days < 1 && minutes % 60 > 0 => {
                format!("{} {}", times("span-hours", hours), times("span-minutes", minutes % 60))
            }
            () if days < 1 => times("span-hours", hours),
            () if days < 7 && hours % 24 > 0 => {
                format!("{} {}", times("span-days", days), times("span-hours", hours % 24))
            }
            () => times("span-days", days),
        }
    }
}
