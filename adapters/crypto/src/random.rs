use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Bytes nobody can guess.
#[expect(clippy::expect_used, reason = "nothing safe can be done on a machine that gives no randomness")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// The same as text that may stand in an URL or a cookie.
pub(crate) fn text<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<N>())
}
