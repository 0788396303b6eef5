//! How many mails an organization sends, and whose turn it is (MAIL-3): a token bucket with lanes. What is about
//! security is never held up by anything else.

use jiff::{SignedDuration, Timestamp};

/// Of the tokens, this share is kept for what is about security, in percent.
const RESERVED: i32 = 20;
/// Who waits and did not come for so long after their turn is no longer waited for.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);

/// How many mails may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    per_hour: i32,
    burst: i32,
}

/// What a mail is about: the earlier lane goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Somebody's account: may take every token, the reserved ones too.
    Security,
    /// Invitations, billing, rights: leaves the reserved ones.
    Affairs,
    /// Leads: leaves the reserved ones, and one more for the lane before.
    Leads,
}

/// A bucket of tokens. One number tells all of it: when it will be full again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    full_at: Timestamp,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { per_hour: 60, burst: 10 }
    }
}

impl Allowance {
    /// So many mails an hour, and so many at once. At least one an hour, and five at once: with less there would be
    /// nothing to reserve.
    pub fn new(per_hour: u16, burst: u16) -> Self {
        Self { per_hour: i32::from(per_hour.max(1)), burst: i32::from(burst.max(5)) }
    }

    /// Of these, how many one member gets about leads: by default three in quick succession, then one in five minutes.
    fn to_a_member(self) -> Self {
        Self { per_hour: (self.per_hour / 5).max(1), burst: (self.burst * 3 / 10).max(1) }
    }

    /// How long a token takes to come.
    fn interval(self) -> SignedDuration {
        SignedDuration::from_hours(1) / self.per_hour
    }

    /// How long an empty bucket takes to be full.
    fn capacity(self) -> SignedDuration {
        self.interval() * self.burst
    }

    /// What a lane leaves in the bucket, as the time it takes to come.
    fn left_by(self, lane: Lane) -> SignedDuration {
        let reserved = self.capacity() * RESERVED / 100;
        match lane {
            Lane::Security => SignedDuration::ZERO,
            Lane::Affairs => reserved,
            Lane::Leads => reserved + self.interval(),
        }
    }
}

impl Bucket {
    /// A bucket nothing was taken from lately.
    pub const fn full(now: Timestamp) -> Self {
        Self { full_at: now }
    }

    /// The bucket that will be full at that moment.
    pub const fn restore(full_at: Timestamp) -> Self {
        Self { full_at }
    }

    /// When it will be full again.
    pub const fn full_at(self) -> Timestamp {
        self.full_at
    }

    /// Takes a token for a mail in a lane.
    ///
    /// # Errors
    /// When to ask again, if the lane must wait.
    pub fn draw(&mut self, lane: Lane, allowance: Allowance, now: Timestamp) -> Result<(), Timestamp> {
        self.take(allowance.left_by(lane), allowance, now)
    }

    fn take(&mut self, left: SignedDuration, allowance: Allowance, now: Timestamp) -> Result<(), Timestamp> {
        let missing = self.settle(allowance, now);
        let most = allowance.capacity() - left - allowance.interval();
        if missing > most {
            return Err(now + (missing - most));
        }
        self.full_at += allowance.interval();
        Ok(())
    }

    /// What is missing in it, as the time it takes to come. A clock that was set back, or an allowance that was made
    /// smaller, never makes it emptier than empty.
    fn settle(&mut self, allowance: Allowance, now: Timestamp) -> SignedDuration {
        let missing = self.full_at.duration_since(now).clamp(SignedDuration::ZERO, allowance.capacity());
        self.full_at = now + missing;
        missing
    }
}

/// How mails about leads go to one member: soon while there are few, gathered into one while there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace<T> {
    /// The member's own bucket.
    pub bucket: Bucket,
    /// Who waits to mail what has gathered, and until when.
    pub waiting: Option<(T, Timestamp)>,
}

/// What becomes of a wish to mail a member what waits for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It mails all that waits, now.
    Now,
    /// It asks again then; what comes until then goes along.
    At(Timestamp),
    /// Another waits already, and will mail this too.
    Anothers,
}

impl<T: Copy + PartialEq> Pace<T> {
    /// Decides about the wish `who`; takes tokens from the member's bucket and the organization's if its turn is now.
    pub fn ask(&mut self, who: T, house: &mut Bucket, allowance: Allowance, now: Timestamp) -> Turn {
        // Who should have come long ago will not come: their place is taken.
        if self.waiting.is_some_and(|(waiting, until)| waiting != who && now < until + OVERDUE) {
            return Turn::Anothers;
        }
        let (mut own, mut ours) = (self.bucket, *house);
        let mine = own.take(SignedDuration::ZERO, allowance.to_a_member(), now);
        let theirs = ours.draw(Lane::Leads, allowance, now);
        if let Some(at) = mine.err().max(theirs.err()) {
            self.bucket.settle(allowance.to_a_member(), now);
            house.settle(allowance, now);
            self.waiting = Some((who, at));
            return Turn::At(at);
        }
        (self.bucket, *house, self.waiting) = (own, ours, None);
        Turn::Now
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn noon() -> Timestamp {
        "2026-11-25T12:00:00Z".parse().unwrap()
    }

    fn after(seconds: i64) -> Timestamp {
        noon() + SignedDuration::from_secs(seconds)
    }

    fn lane() -> impl Strategy<Value = Lane> {
        prop_oneof![Just(Lane::Security), Just(Lane::Affairs), Just(Lane::Leads)]
    }

    proptest! {
        #[test]
        fn mail_3_never_more_than_the_bucket_allows(
            wishes in prop::collection::vec((0_i64..120, lane()), 1..300),
            per_hour in 1_u16..600,
            burst in 5_u16..50,
        ) {
            let (allowance, mut bucket, mut now) = (Allowance::new(per_hour, burst), Bucket::full(noon()), 0);
            let mut sent = Vec::new();
            for (pause, lane) in wishes {
                now += pause;
                match bucket.draw(lane, allowance, after(now)) {
                    Ok(()) => sent.push(now),
                    Err(at) => prop_assert!(at > after(now), "to ask again later, not at once"),
                }
            }
            for (first, begin) in sent.iter().enumerate() {
                for (last, end) in sent.iter().enumerate().skip(first) {
                    let came = (end - begin) * i64::from(per_hour) / 3_600 + 1;
                    prop_assert!(i64::try_from(last - first).unwrap() < i64::from(burst) + came);
                }
            }
        }

        #[test]
        fn mail_3_security_is_never_starved_by_leads(
            pauses in prop::collection::vec(0_i64..90, 1..300),
            per_hour in 1_u16..600,
            burst in 5_u16..50,
        ) {
            let (allowance, mut bucket, mut now) = (Allowance::new(per_hour, burst), Bucket::full(noon()), 0);
            for pause in pauses {
                now += pause;
                let _ = bucket.draw(Lane::Leads, allowance, after(now));
                let mut left = bucket;
                for reserved in 0..=burst / 5 {
                    prop_assert_eq!(left.draw(Lane::Security, allowance, after(now)), Ok(()), "token {}", reserved);
                }
                let mut affairs = bucket;
                prop_assert_eq!(affairs.draw(Lane::Affairs, allowance, after(now)), Ok(()), "and affairs go first");
            }
        }

        #[test]
        fn mail_3_nothing_that_waits_is_lost_or_told_twice(
            // Each piece of news comes with a wish; at each step some of the wishes that are due are dealt with.
            steps in prop::collection::vec((0_i64..60, 0_usize..4), 1..80),
        ) {
            let allowance = Allowance::default();
            let mut house = Bucket::full(noon());
            let mut pace = Pace { bucket: Bucket::full(noon()), waiting: None };
            let (mut waiting, mut told, mut wishes, mut now) = (Vec::new(), Vec::new(), Vec::new(), 0);
            let mut mails = 0;
            let mut deal = |now: i64, waiting: &mut Vec<usize>, wishes: &mut Vec<(usize, Timestamp)>| {
                while let Some(place) = wishes.iter().position(|(_, due)| *due <= after(now)) {
                    let (who, _) = wishes.remove(place);
                    if waiting.is_empty() {
                        continue;
                    }
                    match pace.ask(who, &mut house, allowance, after(now)) {
                        Turn::Now => {
                            told.append(waiting);
                            mails += 1;
                        }
                        Turn::At(at) => wishes.push((who, at)),
                        Turn::Anothers => (),
                    }
                }
            };
            let mut news = 0;
            for (pause, come) in steps {
                now += pause;
                for _ in 0..come {
                    waiting.push(news);
                    wishes.push((news, after(now)));
                    news += 1;
                }
                deal(now, &mut waiting, &mut wishes);
            }
            for _ in 0..3 {
                now += 3_600;
                deal(now, &mut waiting, &mut wishes);
            }
            prop_assert_eq!(&waiting, &Vec::<usize>::new());
            prop_assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), (0..news).collect::<BTreeSet<_>>());
            prop_assert_eq!(told.len(), news);
            prop_assert!(i64::from(mails) <= 4 + now / 300, "many come in few mails: {}", mails);
        }
    }

    #[test]
    fn mail_3_by_default_sixty_an_hour_with_a_burst_of_ten() {
        let (allowance, mut bucket) = (Allowance::default(), Bucket::full(noon()));
        let leads = (0..20).filter(|_| bucket.draw(Lane::Leads, allowance, noon()).is_ok()).count();
        let affairs = (0..20).filter(|_| bucket.draw(Lane::Affairs, allowance, noon()).is_ok()).count();
        let security = (0..20).filter(|_| bucket.draw(Lane::Security, allowance, noon()).is_ok()).count();
        assert_eq!((leads, affairs, security), (7, 1, 2));
        assert_eq!(bucket.draw(Lane::Security, allowance, noon()), Err(after(60)));
        assert_eq!(bucket.draw(Lane::Security, allowance, after(60)), Ok(()));
        assert_eq!(bucket.draw(Lane::Leads, allowance, after(60)), Err(after(60 + 4 * 60)));
    }

    #[test]
    fn a_clock_that_was_set_back_empties_no_bucket_for_longer_than_it_takes_to_fill() {
        let (allowance, mut bucket) = (Allowance::default(), Bucket::restore(after(1_000_000)));
        assert_eq!(bucket.draw(Lane::Security, allowance, noon()), Err(after(60)));
        assert_eq!(bucket.draw(Lane::Security, allowance, after(60)), Ok(()));
    }

    #[test]
    fn who_never_came_is_not_waited_for_for_ever() {
        let (mut house, allowance) = (Bucket::restore(after(600)), Allowance::default());
        let mut pace = Pace { bucket: Bucket::full(noon()), waiting: None };
        let Turn::At(at) = pace.ask(1, &mut house, allowance, noon()) else { unreachable!("the house has no token") };
        assert_eq!(pace.ask(2, &mut house, allowance, at), Turn::Anothers);
        assert_eq!(pace.ask(2, &mut house, allowance, at + OVERDUE), Turn::Now);
        assert_eq!(pace.waiting, None);
    }
}
