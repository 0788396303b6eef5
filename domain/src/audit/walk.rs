/// A place in a chain: an entry's number and hash. What was deleted for its age leaves the mark of its last entry, and
/// the head marks the newest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The number.
    pub sequence: i64,
    /// The hash.
    pub hash: [u8; 32],
}

impl Mark {
    /// Before the first entry.
    pub const START: Self = Self { sequence: 0, hash: [0; 32] };
}

/// What is kept in a chain: each covers the one before it by its hash.
pub trait Link {
    /// Its own place.
    fn mark(&self) -> Mark;

    /// The hash of the one before.
    fn previous(&self) -> [u8; 32];

    /// The text whose SHA-256 is its hash.
    fn text(&self) -> String;
}

/// Where and how a chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// Entries are missing before this one.
    #[error("entries are missing before entry {0}")]
    Missing(i64),
    /// It does not follow the entry before it.
    #[error("entry {0} does not follow the one before it")]
    Unlinked(i64),
    /// It is not as it was written.
    #[error("entry {0} is not as it was written")]
    Changed(i64),
    /// The newest entries are missing, from this one on.
    #[error("the newest entries are missing, from entry {0} on")]
    Cut(i64),
    /// The newest entry is not the one that was written last.
    #[error("entry {0} is not the one that was written there")]
    Replaced(i64),
}

/// A walk along a chain, from the oldest kept entry to the newest.
#[derive(Clone, Debug)]
pub struct Walk {
    last: Mark,
    head: Mark,
    seen: u64,
}

impl Walk {
    /// A walk from an anchor to a head that was read before the walk began: entries after it may have come meanwhile.
    pub const fn new(anchor: Mark, head: Mark) -> Self {
        Self { last: anchor, head, seen: 0 }
    }

    /// Takes the next entry; `digest` is SHA-256.
    ///
    /// # Errors
    /// [`Break`] if it is not the next one.
    pub fn step(&mut self, entry: &impl Link, digest: impl Fn(&str) -> [u8; 32]) -> Result<(), Break> {
        let mark = entry.mark();
        if mark.sequence != self.last.sequence + 1 {
            return Err(Break::Missing(mark.sequence));
        }
        if entry.previous() != self.last.hash {
            return Err(Break::Unlinked(mark.sequence));
        }
        if mark.hash != digest(&entry.text()) {
            return Err(Break::Changed(mark.sequence));
        }
        if mark.sequence == self.head.sequence && mark.hash != self.head.hash {
            return Err(Break::Replaced(mark.sequence));
        }
        self.last = mark;
        self.seen += 1;
        Ok(())
    }

    /// The number after which the walk goes on.
    pub const fn place(&self) -> i64 {
        self.last.sequence
    }

    /// Ends the walk after the newest entry; tells how many there were.
    ///
    /// # Errors
    /// [`Break::Cut`] if the head tells of more.
    pub const fn end(&self) -> Result<u64, Break> {
        if self.last.sequence < self.head.sequence { Err(Break::Cut(self.last.sequence + 1)) } else { Ok(self.seen) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{audit::Entry, id::OrganizationId};

    /// Not SHA-256, but as good for telling texts apart.
    fn digest(text: &str) -> [u8; 32] {
        let mut hash = [7_u8; 32];
        for (place, byte) in text.bytes().enumerate() {
            let at = place % 32;
            hash[at] = hash[at].wrapping_mul(31).wrapping_add(byte).rotate_left(3) ^ hash[(at + 7) % 32];
        }
        hash
    }

    fn chain(length: i64) -> Vec<Entry> {
        let mut last = Mark::START;
        (1..=length)
            .map(|sequence| {
                let mut entry = Entry {
                    organization: OrganizationId(Uuid::nil()),
                    sequence,
                    at: Timestamp::from_second(1_800_000_000 + sequence).unwrap(),
                    actor_kind: "member".to_owned(),
                    actor: Some(Uuid::from_u128(1)),
                    session: None,
                    action: "qualify_lead".to_owned(),
                    target_kind: Some("lead".to_owned()),
                    target: Some(Uuid::from_u128(sequence.unsigned_abs().into())),
                    times: 1,
                    changes: vec!["stage".to_owned()],
                    previous: last.hash,
                    hash: [0; 32],
                };
                entry.hash = digest(&entry.text());
                last = Mark { sequence, hash: entry.hash };
                entry
            })
            .collect()
    }

    fn head(chain: &[Entry]) -> Mark {
        chain.last().map_or(Mark::START, |last| Mark { sequence: last.sequence, hash: last.hash })
    }

    fn walk(chain: &[Entry], anchor: Mark, head: Mark) -> Result<u64, Break> {
        let mut walk = Walk::new(anchor, head);
        for entry in chain {
            walk.step(entry, digest)?;
        }
        walk.end()
    }

    #[test]
    fn a_whole_chain_is_walked_to_its_end() {
        let chain = chain(5);
        assert_eq!(walk(&chain, Mark::START, head(&chain)), Ok(5));
        assert_eq!(walk(&[], Mark::START, Mark::START), Ok(0));
        assert_eq!(walk(&chain, Mark::START, head(&chain[..3])), Ok(5), "entries that came meanwhile are fine");
    }

    #[test]
    fn what_is_left_after_old_entries_were_deleted_follows_its_anchor() {
        let chain = chain(5);
        let (old, kept) = chain.split_at(2);
        assert_eq!(walk(kept, head(old), head(&chain)), Ok(3));
        assert_eq!(walk(kept, Mark::START, head(&chain)), Err(Break::Missing(3)));
        let wrong = Mark { hash: [9; 32], ..head(old) };
        assert_eq!(walk(kept, wrong, head(&chain)), Err(Break::Unlinked(3)));
    }

    #[test]
    fn the_text_has_each_part_on_a_line_of_its_own() {
        let text = chain(1)[0].text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 12);
        assert_eq!(lines[0], "0".repeat(64));
        assert_eq!((lines[2], lines[3], lines[7], lines[11]), ("1", "1800000001000000", "qualify_lead", "stage"));
    }

    proptest! {
        #[test]
        fn any_removal_change_or_swap_is_found(length in 2_i64..8, place in 0_usize..8, other in 0_usize..8, what in 0..6) {
            let whole = chain(length);
            let (place, other) = (place % whole.len(), other % whole.len());
            let mut forged = whole.clone();
            match what {
                0 => { forged.remove(place); }
                1 => forged[place].action = "read_leads".to_owned(),
                2 => forged[place].target = None,
                3 => forged[place].hash[5] ^= 1,
                4 => forged[place].times += 1,
                _ => {
                    prop_assume!(place != other);
                    forged.swap(place, other);
                    let (mine, theirs) = (forged[place].sequence, forged[other].sequence);
                    forged[place].sequence = theirs;
                    forged[other].sequence = mine;
                }
            }
            prop_assert!(walk(&forged, Mark::START, head(&whole)).is_err());
        }
    }
}
