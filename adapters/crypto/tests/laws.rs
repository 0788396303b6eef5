//! Sealed files keep the laws of files, and their own: what is kept shows nothing, and what was changed does not open.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use qualify_crypto::{KeyRing, SealedFiles};
use qualify_laws::files::{FilesRig, Memory, bytes, key, pieces, read};
use qualify_ports::files::{FileError, FileKey, Files};

const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v4=";

/// How much longer a sealed file is: what it begins with, and a tag for each chunk.
const HEAD: usize = 32;
const CHUNK: usize = 65_536;
const TAG: usize = 16;

struct Rig {
    memory: Arc<Memory>,
    files: SealedFiles,
}

impl Rig {
    fn new() -> Self {
        let memory = Arc::new(Memory::default());
        Self { files: sealed(&memory, OLD), memory }
    }

    async fn put(&self, key: FileKey, bytes: &[u8]) -> Vec<u8> {
        self.files.put(key, pieces(bytes, 50_000)).await.unwrap();
        self.memory.bytes(key)
    }

    /// Whether what is read of these bytes, kept under that key, is broken.
    async fn is_broken(&self, key: FileKey, kept: Vec<u8>) -> bool {
        self.memory.replace(key, kept);
        matches!(read(&self.files, key).await, Err(FileError::Broken(_)))
    }
}

fn sealed(memory: &Arc<Memory>, keys: &str) -> SealedFiles {
    SealedFiles::new(memory.clone(), &KeyRing::parse(&keys.to_owned().into()).unwrap())
}

#[async_trait]
impl FilesRig for Rig {
    fn files(&self) -> &dyn Files {
        &self.files
    }

    async fn kept(&self) -> Vec<String> {
        self.memory.keys().iter().map(FileKey::to_string).collect()
    }

    async fn break_link(&self) {
        self.memory.break_link();
    }
}

qualify_laws::files_laws!(async { Rig::new() });

/// The files that other tests look into keep the laws as well.
mod in_memory {
    use super::{FileKey, Files, FilesRig, Memory, async_trait};

    struct Plain(Memory);

    #[async_trait]
    impl FilesRig for Plain {
        fn files(&self) -> &dyn Files {
            &self.0
        }

        async fn kept(&self) -> Vec<String> {
            self.0.keys().iter().map(FileKey::to_string).collect()
        }

        async fn break_link(&self) {
            self.0.break_link();
        }
    }

    qualify_laws::files_laws!(async { Plain(Memory::default()) });
}

#[tokio::test]
async fn what_is_kept_shows_nothing_of_a_file_but_its_length() {
    let rig = Rig::new();
    for length in [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5] {
        let plain = bytes(length);
        let kept = rig.put(key(1, 1), &plain).await;
        assert_eq!(kept.len(), HEAD + length + length.div_ceil(CHUNK).max(1) * TAG);
        assert!(
            !plain.chunks_exact(16).take(4).any(|part| kept.windows(16).any(|window| window == part)),
            "{length} bytes"
        );
    }
}

#[tokio::test]
async fn the_same_file_is_never_sealed_alike() {
    let rig = Rig::new();
    let once = rig.put(key(1, 1), b"the same").await;
    assert_ne!(rig.put(key(1, 1), b"the same").await, once);
}

#[tokio::test]
async fn a_changed_byte_is_noticed_wherever_it_is() {
    let rig = Rig::new();
    let kept = rig.put(key(1, 1), &bytes(CHUNK + 20)).await;
    let first_of_each = [0, 1, HEAD - 1, HEAD, HEAD + CHUNK, HEAD + CHUNK + TAG, kept.len() - TAG, kept.len() - 1];
    for at in first_of_each {
        let mut changed = kept.clone();
        changed[at] ^= 1;
        assert!(rig.is_broken(key(1, 1), changed).await, "byte {at}");
    }
    assert!(!rig.is_broken(key(1, 1), kept).await, "what was not changed opens");
}

#[tokio::test]
async fn a_file_that_was_cut_short_is_noticed_wherever_it_was_cut() {
    let rig = Rig::new();
    let kept = rig.put(key(1, 1), &bytes(2 * CHUNK)).await;
    let first = HEAD + CHUNK + TAG;
    for length in [0, 1, HEAD - 1, HEAD, HEAD + TAG, first - 1, first, first + TAG, kept.len() - 1] {
        assert!(rig.is_broken(key(1, 1), kept[..length].to_vec()).await, "{length} bytes are left");
    }
}

#[tokio::test]
async fn chunks_that_were_moved_repeated_left_out_or_added_are_noticed() {
    let rig = Rig::new();
    let kept = rig.put(key(1, 1), &bytes(3 * CHUNK)).await;
    let (head, chunks) = kept.split_at(HEAD);
    let chunks: Vec<&[u8]> = chunks.chunks(CHUNK + TAG).collect();
    let [one, two, three] = chunks[..] else { unreachable!("{} chunks", chunks.len()) };
    for order in [&[two, one, three][..], &[one, one, three], &[one, three], &[three], &[one, two, three, three]] {
        assert!(rig.is_broken(key(1, 1), [head, &order.concat()].concat()).await);
    }
    let longer = [&kept[..], b"more"].concat();
    assert!(rig.is_broken(key(1, 1), longer).await);
    assert!(!rig.is_broken(key(1, 1), [head, one, two, three].concat()).await);
}

#[tokio::test]
async fn a_file_opens_under_its_own_key_only() {
    let rig = Rig::new();
    let kept = rig.put(key(1, 1), b"until tomorrow").await;
    let another_part = FileKey::new(key(1, 1).until(), uuid::Uuid::from_u128(1), 1);
    for other in [key(1, 2), key(2, 1), another_part] {
        assert!(rig.is_broken(other, kept.clone()).await, "{other}");
    }
    let (mine, theirs) = (rig.put(key(1, 1), &bytes(2 * CHUNK)).await, rig.put(key(1, 2), &bytes(2 * CHUNK)).await);
    let first = HEAD + CHUNK + TAG;
    assert!(rig.is_broken(key(1, 1), [&mine[..first], &theirs[first..]].concat()).await, "an end of another file");
}

#[tokio::test]
async fn web_10_a_newer_key_seals_and_an_older_one_still_opens() {
    let rig = Rig::new();
    rig.put(key(1, 1), b"sealed before").await;
    let both = sealed(&rig.memory, &format!("{NEW},{OLD}"));
    assert_eq!(read(&both, key(1, 1)).await.unwrap(), b"sealed before");
    both.put(key(1, 2), pieces(b"sealed later", 5)).await.unwrap();
    assert_eq!(read(&both, key(1, 2)).await.unwrap(), b"sealed later");
    let error = read(&rig.files, key(1, 2)).await.unwrap_err();
    assert!(matches!(error, FileError::Broken(_)), "a key that is gone opens nothing");
}
