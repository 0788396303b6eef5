use futures::TryStreamExt;

use super::{FileBytes, FileError};

/// Bytes that come in whatever pieces, taken in pieces of the lengths that are asked for.
pub struct Measured<'a> {
    from: FileBytes<'a>,
    piece: Vec<u8>,
    /// How much of the piece is taken already.
    taken: usize,
    is_over: bool,
}

impl<'a> Measured<'a> {
    /// Takes from these bytes.
    pub fn new(from: FileBytes<'a>) -> Self {
        Self { from, piece: Vec::new(), taken: 0, is_over: false }
    }

    /// The next so many bytes, or those there are.
    ///
    /// # Errors
    /// The error of the bytes, if they break off.
    pub async fn take(&mut self, length: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        while bytes.len() < length && !self.is_at_end().await? {
            let rest = &self.piece[self.taken..];
            let more = rest.len().min(length - bytes.len());
            bytes.extend_from_slice(&rest[..more]);
            self.taken += more;
        }
        Ok(bytes)
    }

    /// Whether nothing comes any more. Looks at the next piece if it must.
    ///
    /// # Errors
    /// The error of the bytes, if they break off.
    pub async fn is_at_end(&mut self) -> Result<bool, FileError> {
        while self.taken == self.piece.len() && !self.is_over {
            self.taken = 0;
            self.piece.clear();
            match self.from.try_next().await? {
                Some(piece) => self.piece = piece,
                None => self.is_over = true,
            }
        }
        Ok(self.taken == self.piece.len())
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt, stream};

    use super::*;

    fn measured(pieces: &'static [&'static str]) -> Measured<'static> {
        Measured::new(stream::iter(pieces.iter().map(|piece| Ok(piece.as_bytes().to_vec()))).boxed())
    }

    fn take(from: &mut Measured<'_>, length: usize) -> Vec<u8> {
        from.take(length).now_or_never().unwrap().unwrap()
    }

    fn is_at_end(from: &mut Measured<'_>) -> bool {
        from.is_at_end().now_or_never().unwrap().unwrap()
    }

    #[test]
    fn pieces_are_cut_and_joined_to_the_lengths_that_are_asked_for() {
        let mut from = measured(&["", "abc", "", "d", "efghij", ""]);
        assert_eq!(take(&mut from, 2), b"ab");
        assert_eq!(take(&mut from, 3), b"cde");
        assert!(!is_at_end(&mut from));
        assert_eq!(take(&mut from, 0), b"");
        assert_eq!(take(&mut from, 99), b"fghij", "those there are");
        assert!(is_at_end(&mut from) && take(&mut from, 1).is_empty());
        assert!(is_at_end(&mut measured(&["", ""])));
    }

    #[test]
    fn what_breaks_off_is_no_end() {
        let pieces = [Ok(b"abc".to_vec()), Err(FileError::Missing)];
        let mut from = Measured::new(stream::iter(pieces).boxed());
        assert_eq!(take(&mut from, 3), b"abc");
        assert!(from.is_at_end().now_or_never().unwrap().is_err());
    }
}
