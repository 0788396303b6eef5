use jiff::Timestamp;
use qualify_domain::{event::Event, id::SubmissionId, submission::Submission};

/// By what two tries are known to be the same, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntakeKey {
    /// SHA-256 of the sender's key, or of the content where there is none.
    pub key: [u8; 32],
    /// SHA-256 of the normalized answers.
    pub body: [u8; 32],
    /// Until when the key is remembered.
    pub expires_at: Timestamp,
}

/// A submission to keep, with all that goes with it.
#[derive(Clone, Debug)]
pub struct Intake {
    /// The evidence.
    pub submission: Submission,
    /// What follows, unless the submission is quarantined or sealed.
    pub event: Option<Event>,
    /// By what a second try is known.
    pub key: IntakeKey,
    /// SHA-256 of what counts once only, where there is such: the form's second submission with it is quarantined.
    pub mark: Option<[u8; 32]>,
    /// The names of fields that came but are not declared.
    pub undeclared: Vec<String>,
}

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was kept.
    Kept(SubmissionId),
    /// It had been kept before; this is its receipt.
    Known(SubmissionId),
    /// The key was used before, for other answers.
    OtherBody,
}
