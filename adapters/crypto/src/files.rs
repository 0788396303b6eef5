use std::sync::Arc;

use async_trait::async_trait;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use qualify_ports::files::{FileBytes, FileError, FileKey, Files, Measured};
use secrecy::ExposeSecret;

use crate::{
    key_ring::{self, KeyRing},
    random,
};

/// What a sealed file begins with, so that another way of sealing can be told from this one.
const FORM: u8 = 1;
/// Letters of the name of the key that sealed it.
const KEY_NAME: usize = 12;
/// Bytes drawn for each file. With a chunk's number and its mark they make its nonce.
const DRAWN: usize = 19;
/// Bytes before the first chunk.
const HEAD: usize = 1 + KEY_NAME + DRAWN;
/// Bytes of a file that are sealed together, and how many more they are then.
const CHUNK: usize = 64 * 1_024;
const TAG: usize = 16;

/// Seals files before they go to others that keep them, and opens what comes back.
///
/// A file is sealed chunk by chunk with XChaCha20-Poly1305. The nonce of a chunk holds its number and whether it is the last,
/// and each is bound to the file's key: chunks that are missing, moved, added, or of another file do not open.
pub struct SealedFiles {
    within: Arc<dyn Files>,
    /// The newest first; never empty.
    keys: Vec<FilesKey>,
}

struct FilesKey {
    id: String,
    cipher: XChaCha20Poly1305,
}

impl SealedFiles {
    /// Files that are kept by others, sealed under the ring's keys: the newest seals, all of them open.
    pub fn new(within: Arc<dyn Files>, keys: &KeyRing) -> Self {
        let of = |key: &key_ring::Key| FilesKey {
            id: key.id.clone(),
            cipher: XChaCha20Poly1305::new(key.derive("files").expose_secret().into()),
        };
        Self { within, keys: keys.keys().iter().map(of).collect() }
    }

    /// What a new file begins with, and what seals it.
    fn seal(&self, key: FileKey) -> (Vec<u8>, Seal) {
        let (with, drawn) = (&self.keys[0], random::bytes::<DRAWN>());
        let head = [&[FORM][..], with.id.as_bytes(), &drawn].concat();
        (head.clone(), Seal { cipher: with.cipher.clone(), drawn, bound: bound(&head, key), next: 0 })
    }

    /// What opens a file that begins like this.
    fn unseal(&self, head: &[u8], key: FileKey) -> Option<Seal> {
        let (form, rest) = head.split_first()?;
        let (id, drawn) = rest.split_at_checked(KEY_NAME)?;
        let with = self.keys.iter().find(|with| with.id.as_bytes() == id).filter(|_| *form == FORM)?;
        Some(Seal { cipher: with.cipher.clone(), drawn: drawn.try_into().ok()?, bound: bound(head, key), next: 0 })
    }
}

/// What each chunk is bound to: how its file begins, and which file it is.
fn bound(head: &[u8], key: FileKey) -> Vec<u8> {
    [head, key.to_string().as_bytes()].concat()
}

#[async_trait]
impl Files for SealedFiles {
    async fn put(&self, key: FileKey, bytes: FileBytes<'_>) -> Result<(), FileError> {
        let (head, seal) = self.seal(key);
        let chunks = Chunks { from: Measured::new(bytes), length: CHUNK, seal, turn: Seal::close, is_over: false };
        let chunks = stream::iter([Ok(head)]).chain(chunks.stream());
        self.within.put(key, chunks.boxed()).await
    }

    async fn open(&self, key: FileKey) -> Result<FileBytes<'static>, FileError> {
        let mut from = Measured::new(self.within.open(key).await?);
        let head = from.take(HEAD).await?;
        let seal = self.unseal(&head, key).ok_or_else(|| broken("its beginning is not one of ours"))?;
        let chunks = Chunks { from, length: CHUNK + TAG, seal, turn: Seal::open, is_over: false };
        Ok(chunks.stream().boxed())
    }

    async fn remove(&self, key: FileKey) -> Result<(), FileError> {
        self.within.remove(key).await
    }

    async fn remove_due(&self, now: Timestamp, limit: u16) -> Result<u64, FileError> {
        self.within.remove_due(now, limit).await
    }

    async fn count_due(&self, now: Timestamp, limit: u32) -> Result<u64, FileError> {
        self.within.count_due(now, limit).await
    }

    async fn list(&self) -> Result<Vec<FileKey>, FileError> {
        self.within.list().await
    }
}

/// Seals or opens the chunks of one file, in their order.
struct Seal {
    cipher: XChaCha20Poly1305,
    drawn: [u8; DRAWN],
    bound: Vec<u8>,
    next: u32,
}

impl Seal {
    fn close(&mut self, chunk: &[u8], is_last: bool) -> Result<Vec<u8>, FileError> {
        let nonce = self.nonce(is_last)?;
        let sealed = self.cipher.encrypt(&nonce, Payload { msg: chunk, aad: &self.bound });
        sealed.map_err(|_| broken("a chunk cannot be sealed"))
    }

    fn open(&mut self, chunk: &[u8], is_last: bool) -> Result<Vec<u8>, FileError> {
        let nonce = self.nonce(is_last)?;
        let opened = self.cipher.decrypt(&nonce, Payload { msg: chunk, aad: &self.bound });
        opened.map_err(|_| broken("a chunk does not open"))
    }

    /// The nonce of the next chunk; no two chunks of a file have the same.
    fn nonce(&mut self, is_last: bool) -> Result<XNonce, FileError> {
        let mut nonce = [0; 24];
        nonce[..DRAWN].copy_from_slice(&self.drawn);
        nonce[DRAWN..23].copy_from_slice(&self.next.to_be_bytes());
        nonce[23] = is_last.into();
        self.next = self.next.checked_add(1).ok_or_else(|| broken("it is too long"))?;
        Ok(XNonce::from(nonce))
    }
}

/// Seals or opens a chunk, which is the last one or not.
type Turn = fn(&mut Seal, &[u8], bool) -> Result<Vec<u8>, FileError>;

/// A file on its way through a seal, chunk by chunk of that length. The last one may be shorter, and may hold nothing.
struct Chunks<'a> {
    from: Measured<'a>,
    length: usize,
    seal: Seal,
    turn: Turn,
    is_over: bool,
}

impl<'a> Chunks<'a> {
    fn stream(self) -> FileBytes<'a> {
        stream::try_unfold(self, Self::next).boxed()
    }

    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, FileError> {
        if self.is_over {
            return Ok(None);
        }
        let chunk = self.from.take(self.length).await?;
        // Only when there is nothing after it is it known to be the last.
        self.is_over = self.from.is_at_end().await?;
        let turned = (self.turn)(&mut self.seal, &chunk, self.is_over)?;
        Ok(Some((turned, self)))
    }
}

fn broken(why: &'static str) -> FileError {
    FileError::Broken(why.into())
}
