use std::error::Error as _;

use lettre::transport::smtp::Error;
use qualify_ports::mailer::MailError;

/// "Authentication required" and "authentication failed" (RFC 4954): our fault, not the recipient's.
const SIGN_IN: [u16; 2] = [530, 535];

/// What went wrong, without the words of the relay: they often repeat the recipient's address (LOG-1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The reply's code, and the enhanced one (RFC 3463) if there was one.
    #[error("the relay answered {0}")]
    Answer(String),
    #[error("the relay's answer cannot be understood")]
    Nonsense,
    #[error("the relay did not finish within {0} seconds")]
    Silent(u64),
    #[error("{0}")]
    Connection(String),
}

impl Fault {
    pub(crate) fn of(error: &Error) -> Self {
        match error.status() {
            Some(code) => {
                let words = error.source().map(ToString::to_string).unwrap_or_default();
                let enhanced = words.split_whitespace().next().filter(|word| is_enhanced_code(word));
                Self::Answer(enhanced.map_or_else(|| code.to_string(), |enhanced| format!("{code} {enhanced}")))
            }
            None if error.is_response() => Self::Nonsense,
            None => Self::Connection(error.to_string()),
        }
    }

    /// Trying again may help.
    pub(crate) fn later(self) -> MailError {
        MailError::Unavailable(self.into())
    }

    /// As the relay judged the mail itself: 5xx is for good (MAIL-2).
    pub(crate) fn sorted(self, error: &Error) -> MailError {
        let signed_out = error.status().is_some_and(|code| SIGN_IN.contains(&code.into()));
        // The one thing the library itself refuses here: an address the relay has no way to write.
        if (error.is_permanent() && !signed_out) || error.is_client() {
            MailError::Rejected(self.into())
        } else {
            self.later()
        }
    }
}

/// Whether the word is a code such as `5.1.1`.
fn is_enhanced_code(word: &str) -> bool {
    let numbers: Vec<&str> = word.split('.').collect();
    numbers.len() == 3 && numbers.iter().all(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}
