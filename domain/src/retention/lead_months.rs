use jiff::{SignedDuration, Timestamp};

use crate::{id::UserId, text::Message};

/// Leads are kept for so many months after the last contact that came from the person, unless their organization says
/// otherwise (RET-12).
pub const LEAD_MONTHS: u16 = 36;
/// No organization keeps them for longer than so many.
pub const MOST_LEAD_MONTHS: u16 = 120;
/// Owners are told so long before leads go.
pub const NOTICE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Fewer months begin to count a day later than that, so that there is time to tell them.
const BEGINS_AFTER: SignedDuration = SignedDuration::from_hours(31 * 24);

/// For how many months an organization keeps its leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadMonths {
    /// So many.
    pub months: u16,
    /// How many count still, and until when, if they became fewer lately.
    pub before: Option<(u16, Timestamp)>,
    /// Why there are more than [`LEAD_MONTHS`]; what somebody wants to say of fewer.
    pub justification: Option<Message>,
    /// Who said so last, and when; nobody, if they are the usual ones.
    pub said: Option<(UserId, Timestamp)>,
}

/// Leads cannot be kept like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLeadMonths {
    /// None, or too many.
    #[error("not a number of months from 1 to {MOST_LEAD_MONTHS}")]
    OutOfRange,
    /// As it was.
    #[error("the same number as before")]
    Unchanged,
    /// Longer than usual, and nobody says why.
    #[error("more than {LEAD_MONTHS} months need a justification")]
    NotJustified,
}

impl Default for LeadMonths {
    fn default() -> Self {
        Self { months: LEAD_MONTHS, before: None, justification: None, said: None }
    }
}

impl LeadMonths {
    /// How many count at that moment.
    pub fn at(&self, now: Timestamp) -> u16 {
        self.before.filter(|(_, until)| now < *until).map_or(self.months, |(months, _)| months)
    }

    /// Keeps leads for another number of months. Fewer begin to count when there was time to tell the owners.
    ///
    /// # Errors
    /// [`NoLeadMonths`].
    pub fn change(
        &self,
        months: u16,
        justification: Option<Message>,
        by: UserId,
        now: Timestamp,
    ) -> Result<Self, NoLeadMonths> {
        if !(1..=MOST_LEAD_MONTHS).contains(&months) {
            return Err(NoLeadMonths::OutOfRange);
        }
        if months == self.months {
            return Err(NoLeadMonths::Unchanged);
        }
        if months > LEAD_MONTHS && justification.is_none() {
            return Err(NoLeadMonths::NotJustified);
        }
        let counting = self.at(now);
        let before = (months < counting).then(|| (counting, now + BEGINS_AFTER));
        Ok(Self { months, before, justification, said: Some((by, now)) })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ANNA: UserId = UserId(Uuid::nil());
    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn changed(from: &LeadMonths, months: u16, now: Timestamp) -> LeadMonths {
        from.change(months, Message::parse("A building permit takes years.").ok(), ANNA, now).unwrap()
    }

    #[test]
    fn longer_than_usual_needs_a_justification_and_shorter_none() {
        let usual = LeadMonths::default();
        assert_eq!(usual.at(noon()), 36);
        let change = |months| usual.change(months, None, ANNA, noon()).map(|kept| kept.months);
        assert_eq!(change(35), Ok(35));
        assert_eq!(change(1), Ok(1));
        assert_eq!(change(37), Err(NoLeadMonths::NotJustified));
        assert_eq!(change(36), Err(NoLeadMonths::Unchanged));
        for months in [0, 121] {
            assert_eq!(change(months), Err(NoLeadMonths::OutOfRange));
        }
        let longer = changed(&usual, 120, noon());
        assert_eq!((longer.at(noon()), longer.said), (120, Some((ANNA, noon()))));
        assert_eq!(longer.change(40, None, ANNA, noon()), Err(NoLeadMonths::NotJustified), "each time anew");
    }

    #[test]
    fn fewer_months_count_when_there_was_time_to_tell() {
        let shorter = changed(&LeadMonths::default(), 12, noon());
        let begins = noon() + BEGINS_AFTER;
        assert!(begins >= noon() + NOTICE);
        assert_eq!((shorter.at(begins - SECOND), shorter.at(begins)), (36, 12));
        let again = changed(&shorter, 24, noon() + SECOND);
        assert_eq!(again.before, Some((36, begins + SECOND)), "what counts is what is made shorter");
        let later = changed(&shorter, 6, begins);
        assert_eq!(later.before, Some((12, begins + BEGINS_AFTER)));
        let longer = changed(&shorter, 36, noon() + SECOND);
        assert_eq!((longer.before, longer.at(noon() + SECOND)), (None, 36), "it never began");
    }
}
