//! What was measured, beside what was hoped for.

use std::fmt;

/// A line of the report.
#[derive(Debug)]
struct Line {
    what: String,
    measured: String,
    target: String,
    reached: Option<bool>,
}

/// The lines of all measurements.
#[derive(Debug, Default)]
pub struct Report(Vec<Line>);

impl Report {
    /// Notes a measurement that has a target.
    pub fn judge(&mut self, what: impl Into<String>, measured: String, target: &str, reached: bool) {
        self.0.push(Line { what: what.into(), measured, target: target.to_owned(), reached: Some(reached) });
    }

    /// Notes a measurement that has none.
    pub fn tell(&mut self, what: impl Into<String>, measured: String) {
        self.0.push(Line { what: what.into(), measured, target: String::new(), reached: None });
    }

    /// Whether any target was missed.
    pub fn missed(&self) -> bool {
        self.0.iter().any(|line| line.reached == Some(false))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Line) -> &str, least: usize| {
            self.0.iter().map(|line| of(line).chars().count()).max().unwrap_or_default().max(least)
        };
        let (a, b, c) = (width(|l| &l.what, 11), width(|l| &l.measured, 8), width(|l| &l.target, 6));
        writeln!(f, "| {:a$} | {:b$} | {:c$} | verdict |", "measurement", "measured", "target")?;
        writeln!(f, "|-{:-<a$}-|-{:-<b$}-|-{:-<c$}-|---------|", "", "", "")?;
        for Line { what, measured, target, reached } in &self.0 {
            let verdict = match reached {
                Some(true) => "reached",
                Some(false) => "MISSED",
                None => "",
            };
            writeln!(f, "| {what:a$} | {measured:b$} | {target:c$} | {verdict:7} |")?;
        }
        Ok(())
    }
}

/// Tells the terminal.
#[expect(clippy::print_stdout, reason = "this is a program for the terminal")]
pub fn say(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_seen() {
        let mut report = Report::default();
        report.tell("for information", "1".to_owned());
        report.judge("fast", "2 ms".to_owned(), "< 3 ms", true);
        assert!(!report.missed());
        report.judge("small", "5 MB".to_owned(), "< 3 MB", false);
        assert!(report.missed());
        assert!(report.to_string().contains("| small           | 5 MB     | < 3 MB | MISSED  |"));
    }
}
