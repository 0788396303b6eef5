use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::FormId, pipeline::StageKind, violation::Rule};

/// So many of the latest occurrences of a lead count; what lies before them is out of sight.
pub const MOST_OCCURRENCES: u16 = 500;

/// Something that tells of a person's interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// They sent a form.
    Submission(FormId),
    /// Somebody wrote a note.
    Note,
    /// Somebody spoke with them by telephone.
    Call,
    /// Somebody wrote to them, or they answered, by e-mail.
    Mail,
    /// Somebody met them.
    Meeting,
    /// The lead moved to a stage of that kind.
    Move(StageKind),
}

/// A signal and when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Occurrence {
    /// When.
    pub at: Timestamp,
    /// What.
    pub signal: Signal,
}

/// Which signals a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "signal", content = "of", rename_all = "snake_case")]
pub enum Trigger {
    /// Any form that was sent.
    Submission,
    /// This form, sent.
    SubmissionOf(FormId),
    /// A note.
    Note,
    /// A call.
    Call,
    /// An e-mail.
    Mail,
    /// A meeting.
    Meeting,
    /// A move to a stage of that kind.
    MoveTo(StageKind),
}

impl Trigger {
    /// The stable names of all that can be counted.
    pub const CODES: [&'static str; 7] = ["submission", "submission_of", "note", "call", "mail", "meeting", "move_to"];

    /// Reads what is counted, and what more closely.
    ///
    /// # Errors
    /// [`Rule::NotAChoice`] for a form or kind of stage that is none.
    pub fn parse(code: &str, of: &str) -> Result<Self, Rule> {
        match code {
            "submission" => Ok(Self::Submission),
            "submission_of" | "move_to" if of.is_empty() => Err(Rule::Required),
            "submission_of" => of.parse().map(Self::SubmissionOf).map_err(|_| Rule::NotAChoice),
            "note" => Ok(Self::Note),
            "call" => Ok(Self::Call),
            "mail" => Ok(Self::Mail),
            "meeting" => Ok(Self::Meeting),
            "move_to" => of.parse().map(Self::MoveTo),
            _ => Err(Rule::NotAChoice),
        }
    }

    /// The stable name of what is counted.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Submission => "submission",
            Self::SubmissionOf(_) => "submission_of",
            Self::Note => "note",
            Self::Call => "call",
            Self::Mail => "mail",
            Self::Meeting => "meeting",
            Self::MoveTo(_) => "move_to",
        }
    }

    /// What more closely is counted, as it would be written.
    pub fn of(self) -> String {
        match self {
            Self::SubmissionOf(form) => form.to_string(),
            Self::MoveTo(kind) => kind.code().to_owned(),
            _ => String::new(),
        }
    }

    /// Whether it counts the signal.
    pub fn counts(self, signal: Signal) -> bool {
        match (self, signal) {
            (Self::Submission, Signal::Submission(_))
            | (Self::Note, Signal::Note)
            | (Self::Call, Signal::Call)
            | (Self::Mail, Signal::Mail)
            | (Self::Meeting, Signal::Meeting) => true,
            (Self::SubmissionOf(form), Signal::Submission(sent)) => form == sent,
            (Self::MoveTo(kind), Signal::Move(to)) => kind == to,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_trigger_is_read_as_it_is_written() {
        let form = FormId(Uuid::from_u128(7));
        for code in Trigger::CODES {
            let of = match code {
                "submission_of" => form.to_string(),
                "move_to" => "won".to_owned(),
                _ => String::new(),
            };
            let trigger = Trigger::parse(code, &of).unwrap();
            assert_eq!((trigger.code(), trigger.of()), (code, of));
            let kept = serde_json::to_string(&trigger).unwrap();
            assert_eq!(serde_json::from_str::<Trigger>(&kept).unwrap(), trigger, "{kept}");
        }
        assert_eq!(Trigger::parse("submission_of", ""), Err(Rule::Required));
        assert_eq!(Trigger::parse("move_to", "nowhere"), Err(Rule::NotAChoice));
        assert_eq!(Trigger::parse("message", ""), Err(Rule::NotAChoice));
    }

    #[test]
    fn a_trigger_counts_its_own_signals_only() {
        let (one, other) = (FormId(Uuid::from_u128(1)), FormId(Uuid::from_u128(2)));
        assert!(Trigger::Submission.counts(Signal::Submission(one)));
        assert!(Trigger::SubmissionOf(one).counts(Signal::Submission(one)));
        assert!(!Trigger::SubmissionOf(one).counts(Signal::Submission(other)));
        assert!(Trigger::MoveTo(StageKind::Won).counts(Signal::Move(StageKind::Won)));
        assert!(!Trigger::MoveTo(StageKind::Won).counts(Signal::Move(StageKind::Open)));
        assert!(!Trigger::Note.counts(Signal::Call));
    }
}
