//! The score of a lead: how well it fits, and how engaged its person is, each from 0 to 100 and each the exact sum of
//! points that say why.
//!
//! [`score`] is a function of what is known of a lead ([`Facts`]), what happened around it ([`Occurrence`]), the
//! organization's rules ([`Rulebook`]) and the present instant; nothing else plays a part. What it gives is the
//! [`Breakdown`]: the score *is* the sum of its lines. No rule can speak of a message, a note or any other free text, and
//! a rule that finds a lead unsuitable marks it for a member, who decides. Of properties of the organization's own a rule
//! asks what their kinds allow ([`PropertyFact`]); one whose property is out of use counts nothing ([`Rulebook::sound`]).

mod breakdown;
mod calling_code;
mod condition;
mod decay;
mod difference;
mod draft;
mod facts;
mod free_mail;
mod grade;
mod property_fact;
mod rule;
mod rulebook;
mod signal;
mod standard;
mod what_if;

pub use self::{
    breakdown::{Basis, Breakdown, Line, Mark, score},
    calling_code::CallingCode,
    condition::{Condition, Matter},
    decay::{Dose, HALF_LIVES},
    difference::Change,
    draft::{Draft, Edition},
    facts::{Facts, MailKind},
    grade::{Axis, Grade, Letter, Standing},
    property_fact::PropertyFact,
    rule::{Effect, Frequency, GroupNumber, MOST_CONDITIONS, RuleNumber, ScoreRule},
    rulebook::{Group, MOST_GROUPS, MOST_RULES, Rulebook},
    signal::{MOST_OCCURRENCES, Occurrence, Signal, Trigger},
    what_if::{Mover, Outlook},
};
