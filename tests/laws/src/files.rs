//! The laws of [`Files`].

mod memory;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, future::join_all, stream};
use jiff::{SignedDuration, Timestamp};
use qualify_ports::files::{FileBytes, FileError, FileKey, Files};
use uuid::Uuid;

pub use self::memory::Memory;

/// Files and the real other end of them.
#[async_trait]
pub trait FilesRig: Send + Sync {
    /// The files under test.
    fn files(&self) -> &dyn Files;

    /// The names of all that lies at the other end, what is half-way there included.
    async fn kept(&self) -> Vec<String>;

    /// From now on nothing reaches the other end.
    async fn break_link(&self);
}

/// A length at which a file is never held as a whole: more than twice of what any adapter takes at once.
const LONG: usize = 12 << 20;

/// An instant at which files are kept.
pub fn noon() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("an instant")
}

/// The key of a file that goes so many days after noon.
pub fn key(days: i64, number: u128) -> FileKey {
    FileKey::new(noon() + SignedDuration::from_hours(24 * days), Uuid::from_u128(number), 0)
}

/// So many bytes of which no two stretches are alike.
pub fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| next()).collect();
    bytes.truncate(length);
    bytes
}

/// Bytes on their way, in pieces of that length.
pub fn pieces(bytes: &[u8], length: usize) -> FileBytes<'_> {
    stream::iter(bytes.chunks(length).map(|piece| Ok(piece.to_vec()))).boxed()
}

/// Bytes that end in an error.
pub fn broken_off(bytes: &[u8]) -> FileBytes<'_> {
    pieces(bytes, 60_000).chain(stream::iter([Err(FileError::Unavailable("the source broke off".into()))])).boxed()
}

/// All that is in a file.
///
/// # Errors
/// As the file is opened or read.
pub async fn read(files: &dyn Files, key: FileKey) -> Result<Vec<u8>, FileError> {
    files.open(key).await?.try_concat().await
}

async fn put(rig: &dyn FilesRig, key: FileKey, bytes: &[u8]) {
    rig.files().put(key, pieces(bytes, 10_000)).await.expect("the file is kept");
}

async fn is_missing(rig: &dyn FilesRig, key: FileKey) -> bool {
    matches!(read(rig.files(), key).await, Err(FileError::Missing))
}

/// Whatever is in a file comes back, and however it was handed over.
pub async fn gives_back_what_was_put(rig: &dyn FilesRig) {
    let whole = bytes(200_000);
    for (number, length) in [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 131_072, 200_000].into_iter().enumerate() {
        let (key, expected) = (key(1, number as u128), &whole[..length]);
        for handed in [1 << 20, 65_536, 9_999] {
            let between = stream::iter([Ok(Vec::new())]);
            let handed = between.chain(pieces(expected, handed)).chain(stream::iter([Ok(Vec::new())]));
            rig.files().put(key, handed.boxed()).await.expect("the file is kept");
            assert!(read(rig.files(), key).await.expect("the file is there") == expected, "{length} bytes");
        }
    }
}

/// A long file comes back whole, and never as a whole.
pub async fn a_long_file_goes_and_comes_in_pieces(rig: &dyn FilesRig) {
    let (key, expected) = (key(1, 1), bytes(LONG));
    rig.files().put(key, pieces(&expected, 3_000_000)).await.expect("the file is kept");
    let mut coming = rig.files().open(key).await.expect("the file is there");
    let mut at = 0;
    while let Some(piece) = coming.try_next().await.expect("the file can be read") {
        assert!(piece.len() <= LONG / 2, "{} bytes at once", piece.len());
        assert!(expected[at..].starts_with(&piece), "from {at}");
        at += piece.len();
    }
    assert_eq!(at, expected.len());
}

/// A file of the same key takes the place of the one before, longer or shorter.
pub async fn a_file_is_replaced_as_a_whole(rig: &dyn FilesRig) {
    let whole = bytes(150_000);
    for length in [150_000, 10, 70_000] {
        put(rig, key(1, 1), &whole[..length]).await;
        assert!(read(rig.files(), key(1, 1)).await.expect("the file is there") == whole[..length], "{length} bytes");
    }
    assert_eq!(rig.kept().await.len(), 1);
}

/// What breaks off is not kept, nor any part of it, and does not harm what was there.
pub async fn a_file_that_breaks_off_leaves_no_trace(rig: &dyn FilesRig) {
    for (number, length) in [100, 100_000, LONG].into_iter().enumerate() {
        let (key, whole) = (key(1, number as u128), bytes(length));
        let error = rig.files().put(key, broken_off(&whole)).await.expect_err("the file is not kept");
        assert!(matches!(error, FileError::Unavailable(_)), "{error:?}");
        assert!(is_missing(rig, key).await, "{length} bytes");
    }
    assert_eq!(rig.kept().await, [] as [String; 0]);
    put(rig, key(1, 1), b"before").await;
    let later = bytes(100_000);
    rig.files().put(key(1, 1), broken_off(&later)).await.expect_err("the file is not kept");
    assert_eq!(read(rig.files(), key(1, 1)).await.expect("the file is there"), b"before");
}

/// A file that nobody put there is told from one that cannot be reached.
pub async fn what_is_not_there_is_missing(rig: &dyn FilesRig) {
    assert!(is_missing(rig, key(1, 1)).await);
    put(rig, key(1, 1), b"one").await;
    assert!(is_missing(rig, key(1, 2)).await, "another id");
    assert!(is_missing(rig, key(2, 1)).await, "another day");
    let another = FileKey::new(key(1, 1).until(), Uuid::from_u128(1), 1);
    assert!(is_missing(rig, another).await, "another part");
}

/// One file is removed and no other; removed twice, it is as removed.
pub async fn removes_what_it_is_asked_to_remove(rig: &dyn FilesRig) {
    put(rig, key(1, 1), b"one").await;
    put(rig, key(1, 2), b"two").await;
    for _ in 0..2 {
        rig.files().remove(key(1, 1)).await.expect("the file is removed");
    }
    assert!(is_missing(rig, key(1, 1)).await);
    assert_eq!(read(rig.files(), key(1, 2)).await.expect("the other is there"), b"two");
    assert_eq!(rig.kept().await.len(), 1);
}

/// What is kept bears the name of its key: it tells nothing of what is in it.
pub async fn a_name_tells_nothing_but_the_key(rig: &dyn FilesRig) {
    put(rig, key(1, 1), b"canary.anna@example.com").await;
    assert_eq!(rig.kept().await, [key(1, 1).to_string()]);
}

/// Files whose time is over go, the longest due first and so many at a time; the others stay.
pub async fn what_is_due_goes_and_nothing_else(rig: &dyn FilesRig) {
    for (days, number) in [(3, 1), (1, 9), (2, 5), (4, 2)] {
        put(rig, key(days, number), b"due some day").await;
    }
    let after = |days: i64| noon() + SignedDuration::from_hours(24 * days);
    let sweep = async |days, limit| rig.files().remove_due(after(days), limit).await.expect("what is due goes");
    assert_eq!(sweep(0, 10).await, 0);
    assert_eq!(sweep(3, 1).await, 1);
    assert!(is_missing(rig, key(1, 9)).await, "the longest due goes first");
    let just_before = after(2) - SignedDuration::from_secs(1);
    assert_eq!(rig.files().remove_due(just_before, 10).await.expect("what is due goes"), 0, "not a second too soon");
    assert_eq!(sweep(3, 10).await, 2);
    assert_eq!(rig.kept().await, [key(4, 2).to_string()]);
}

/// What is due is counted as it would go, up to a limit, and stays.
pub async fn what_is_due_is_counted_and_stays(rig: &dyn FilesRig) {
    for (days, number) in [(3, 1), (1, 9), (2, 5), (4, 2)] {
        put(rig, key(days, number), b"due some day").await;
    }
    let after = |days: i64| noon() + SignedDuration::from_hours(24 * days);
    let count = async |now, limit| rig.files().count_due(now, limit).await.expect("what is due is counted");
    assert_eq!(count(after(0), 10).await, 0);
    assert_eq!(count(after(2) - SignedDuration::from_secs(1), 10).await, 1, "not a second too soon");
    assert_eq!(count(after(2), 10).await, 2);
    assert_eq!(count(after(4), 3).await, 3, "no more than was asked for");
    assert_eq!(rig.kept().await.len(), 4);
}

/// All that is there is listed, the first to go first; what broke off is not.
pub async fn what_is_there_is_listed(rig: &dyn FilesRig) {
    let list = async || rig.files().list().await.expect("what is there is listed");
    assert_eq!(list().await, []);
    for (days, number) in [(3, 1), (1, 9), (2, 5)] {
        put(rig, key(days, number), b"one of several").await;
    }
    rig.files().put(key(1, 1), broken_off(b"half")).await.expect_err("the file is not kept");
    assert_eq!(list().await, [key(1, 9), key(2, 5), key(3, 1)]);
}

/// Files that are put at once do not mix.
pub async fn files_put_at_once_do_not_mix(rig: &dyn FilesRig) {
    let whole = bytes(120_000);
    let all: Vec<_> = (0..10_usize).map(|n| (key(1, n as u128), &whole[n..100_000 + n])).collect();
    join_all(all.iter().map(|(key, bytes)| put(rig, *key, bytes))).await;
    for (key, bytes) in all {
        assert!(read(rig.files(), key).await.expect("the file is there") == bytes, "{key}");
    }
}

/// Without the other end nothing is called missing, and nothing is called done.
pub async fn a_broken_link_is_no_missing_file(rig: &dyn FilesRig) {
    put(rig, key(1, 1), b"one").await;
    rig.break_link().await;
    let files = rig.files();
    let outcomes = [
        files.put(key(1, 2), pieces(b"two", 3)).await,
        read(files, key(1, 1)).await.map(drop),
        read(files, key(1, 2)).await.map(drop),
        files.remove(key(1, 1)).await,
        files.remove_due(noon() + SignedDuration::from_hours(48), 10).await.map(drop),
        files.count_due(noon() + SignedDuration::from_hours(48), 10).await.map(drop),
        files.list().await.map(drop),
    ];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        assert!(matches!(outcome, Err(FileError::Unavailable(_))), "{number}: {outcome:?}");
    }
}

/// One test for each law of files. Takes an expression that makes a fresh [`FilesRig`], awaited for each test.
#[macro_export]
macro_rules! files_laws {
    ($rig:expr) => {
        $crate::laws! { files, $rig =>
            gives_back_what_was_put,
            a_long_file_goes_and_comes_in_pieces,
            a_file_is_replaced_as_a_whole,
            a_file_that_breaks_off_leaves_no_trace,
            what_is_not_there_is_missing,
            removes_what_it_is_asked_to_remove,
            a_name_tells_nothing_but_the_key,
            what_is_due_goes_and_nothing_else,
            what_is_due_is_counted_and_stays,
            what_is_there_is_listed,
            files_put_at_once_do_not_mix,
            a_broken_link_is_no_missing_file,
        }
    };
}
