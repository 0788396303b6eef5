//! Keeps files, each until a moment that is set when it is made.

mod measured;

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::{Timestamp, civil::DateTime, tz::Offset};
use uuid::Uuid;

pub use self::measured::Measured;
use crate::BoxError;

/// How the moment stands in a key's name.
const UNTIL: &str = "%Y%m%dT%H%M%SZ";
/// At which bit of an id its moment begins.
const MOMENT: u32 = 80;

/// What is in a file, piece after piece, however long it is.
pub type FileBytes<'a> = BoxStream<'a, Result<Vec<u8>, FileError>>;

/// Names a file: until when it is kept, which one it is, and which part of it.
///
/// The name tells nothing of what is in the file. It begins with the moment after which the file is to be gone, so that
/// names in their order are files in the order in which they go, and nobody else's clock is asked which are due. It is
/// made of digits, small letters, `T`, `Z` and `-` only: it can stand in any path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileKey {
    until: Timestamp,
    id: Uuid,
    part: u32,
}

impl FileKey {
    /// The key of a part of a file, for a file that is kept in several; else of part 0. A moment counts to its second.
    pub fn new(until: Timestamp, id: Uuid, part: u32) -> Self {
        Self { until: Timestamp::from_second(until.as_second()).unwrap_or(until), id, part }
    }

    /// The moment from which on the file is to be gone.
    pub const fn until(self) -> Timestamp {
        self.until
    }

    /// The key of a file that is made at that moment, which its id tells, as ids of version 7 do; the rest of the id comes from
    /// `bits`.
    pub fn made(at: Timestamp, until: Timestamp, bits: u128) -> Self {
        let milliseconds = u128::try_from(at.as_millisecond()).unwrap_or_default();
        Self::new(until, Uuid::from_u128(milliseconds << MOMENT | bits & ((1 << MOMENT) - 1)), 0)
    }

    /// The moment at which it was made, if its id tells one.
    pub fn made_at(self) -> Timestamp {
        let milliseconds = i64::try_from(self.id.as_u128() >> MOMENT).unwrap_or_default();
        Timestamp::from_millisecond(milliseconds).unwrap_or_default()
    }
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:010}", self.until.strftime(UNTIL), self.id.simple(), self.part)
    }
}

/// The text names no file of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a file")]
pub struct NotAKey;

impl FromStr for FileKey {
    type Err = NotAKey;

    fn from_str(name: &str) -> Result<Self, NotAKey> {
        let mut words = name.split('-');
        let mut word = || words.next().ok_or(NotAKey);
        let until = DateTime::strptime(UNTIL, word()?).and_then(|until| Offset::UTC.to_timestamp(until));
        let id = Uuid::try_parse(word()?).map_err(|_| NotAKey)?;
        let part = word()?.parse().map_err(|_| NotAKey)?;
        let key = Self::new(until.map_err(|_| NotAKey)?, id, part);
        // There is one way to write a name.
        if key.to_string() == name { Ok(key) } else { Err(NotAKey) }
    }
}

/// Why a file was not kept or not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is none of that key, or none any more: say so.
    #[error("there is no such file")]
    Missing,
    /// What is there is not what was put there: no second try helps, it has to be made anew.
    #[error("the file is not as it was put there")]
    Broken(#[source] BoxError),
    /// It may work later.
    #[error("the files cannot be reached")]
    Unavailable(#[source] BoxError),
}

/// Keeps files. None of them is held in memory as a whole.
#[async_trait]
pub trait Files: Send + Sync {
    /// Keeps a file: whole, or not at all. One that has the key already is replaced.
    ///
    /// # Errors
    /// [`FileError::Unavailable`]; the error of the bytes, if they break off.
    async fn put(&self, key: FileKey, bytes: FileBytes<'_>) -> Result<(), FileError>;

    /// Opens a file. Its bytes can still end in an error: what came before is not the whole file then.
    ///
    /// # Errors
    /// [`FileError`], sorted by what can be done about it.
    async fn open(&self, key: FileKey) -> Result<FileBytes<'static>, FileError>;

    /// Removes a file. One that is not there is as good as removed.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    async fn remove(&self, key: FileKey) -> Result<(), FileError>;

    /// Removes files whose time is over at `now`, at most `limit` and the longest due first; tells how many they were.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    async fn remove_due(&self, now: Timestamp, limit: u16) -> Result<u64, FileError>;

    /// How many files are there whose time is over at `now`; counts up to `limit`.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    async fn count_due(&self, now: Timestamp, limit: u32) -> Result<u64, FileError>;

    /// The keys of all files, in the order in which they go.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    async fn list(&self) -> Result<Vec<FileKey>, FileError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(until: &str, id: u128, part: u32) -> FileKey {
        FileKey::new(until.parse().unwrap(), Uuid::from_u128(id), part)
    }

    #[test]
    fn a_name_is_read_as_the_key_it_was_written_for() {
        let key = key("2026-12-01T08:30:59.999Z", 10, 7);
        assert_eq!(key.to_string(), "20261201T083059Z-0000000000000000000000000000000a-0000000007");
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(key.until(), "2026-12-01T08:30:59Z".parse().unwrap());
    }

    #[test]
    fn an_id_tells_when_it_was_made_whatever_else_is_in_it() {
        let at: Timestamp = "2026-11-28T15:12:00.123Z".parse().unwrap();
        for bits in [0, 1, u128::MAX] {
            let key = FileKey::made(at, "2026-12-01T08:30:59Z".parse().unwrap(), bits);
            assert_eq!((key.made_at(), key.to_string().parse()), (at, Ok(key)));
        }
        assert_ne!(FileKey::made(at, at, 1), FileKey::made(at, at, 2));
    }

    #[test]
    fn names_are_in_the_order_in_which_files_go() {
        let moments = ["1999-12-31T23:59:59Z", "2026-12-01T08:30:59Z", "2026-12-01T08:31:00Z", "2027-01-01T00:00:00Z"];
        let keys: Vec<_> = moments.iter().enumerate().map(|(n, until)| key(until, 9 - n as u128, 9)).collect();
        assert!(keys.is_sorted() && keys.iter().map(FileKey::to_string).is_sorted());
        assert!(key(moments[0], 1, 9).to_string() < key(moments[0], 1, 10).to_string(), "and so are parts");
    }

    #[test]
    fn a_name_can_stand_in_any_path() {
        let name = key("2026-12-01T08:30:59Z", u128::MAX, u32::MAX).to_string();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && name.len() < 64, "{name}");
    }

    #[test]
    fn what_is_not_written_as_we_write_it_is_no_name() {
        let name = key("2026-12-01T08:30:59Z", 10, 7).to_string();
        let others = [
            String::new(),
            "../etc/passwd".to_owned(),
            format!("{name}.draft"),
            format!("{name}-1"),
            name.replace('a', "A"),
            name.replace("0000000007", "7"),
            name.replace("0000000007", "+000000007"),
            name.replace("20261201", "20261301"),
        ];
        for other in others {
            assert_eq!(other.parse::<FileKey>(), Err(NotAKey), "{other}");
        }
    }
}
