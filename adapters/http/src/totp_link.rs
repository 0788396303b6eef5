//! What an authenticator app reads: the secret as a QR code and as text.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qualify_domain::text::Email;
use qualify_ports::vault::TotpSecret;
use secrecy::ExposeSecret;

/// Light modules around the code, without which readers do not find it.
const QUIET: usize = 4;
/// Base32 as the apps read it (RFC 4648).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What an authenticator app reads.
pub struct TotpLink {
    /// The secret in groups of four letters, to be typed.
    pub secret: String,
    /// The whole as an address, which apps on the same device open.
    pub address: String,
    /// The dark modules of the QR code, as the path of an SVG.
    pub modules: String,
    /// How many modules the code has on each side, the light ones around it included.
    pub size: usize,
}

impl TotpLink {
    /// The link to a secret of the member with that address.
    pub fn new(secret: &TotpSecret, email: &Email) -> Self {
        let letters = base32(secret.expose_secret());
        let name = utf8_percent_encode(email, NON_ALPHANUMERIC);
        let address = format!("otpauth://totp/Qualify%20CRM:{name}?secret={letters}&issuer=Qualify%20CRM");
        let (modules, size) = drawn(&address);
        let groups: Vec<&str> = (0..letters.len() / 4).map(|i| &letters[i * 4..(i + 1) * 4]).collect();
        Self { secret: groups.join(" "), address, modules, size }
    }
}

/// 160 bits are 32 letters, without any padding.
fn base32(bytes: &[u8; 20]) -> String {
    let five = |i: usize| {
        let (byte, bit) = (i * 5 / 8, i * 5 % 8);
        let two = u16::from_be_bytes([bytes[byte], bytes.get(byte + 1).copied().unwrap_or_default()]);
        usize::from((two >> (11 - bit)) & 31)
    };
    (0..32).map(|i| char::from(BASE32[five(i)])).collect()
}

/// A path of horizontal bars; empty if the text is too long for a code.
fn drawn(text: &str) -> (String, usize) {
    let Ok(code) = QRBuilder::new(text).ecl(ECL::M).build() else { return (String::new(), 2 * QUIET) };
    let mut path = String::new();
    for y in 0..code.size {
        let row = &code[y][..code.size];
        let mut x = 0;
        while x < code.size {
            let bar = row[x..].iter().take_while(|module| module.value()).count();
            if bar > 0 {
                let _ = write!(path, "M{} {}h{bar}v1h-{bar}z", x + QUIET, y + QUIET);
            }
            x += bar.max(1);
        }
    }
    (path, code.size + 2 * QUIET)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretBox;

    use super::*;

    #[test]
    fn auth_13_the_secret_is_written_as_the_apps_read_it() {
        // The vector of the specification of RFC 6238: "12345678901234567890".
        let secret = SecretBox::new(Box::new(*b"12345678901234567890"));
        let link = TotpLink::new(&secret, &Email::parse("anna+crm@example.com").unwrap());
        assert_eq!(link.secret.replace(' ', ""), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(link.secret.split(' ').count(), 8);
        assert_eq!(
            link.address,
            "otpauth://totp/Qualify%20CRM:anna%2Bcrm%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Qualify%20CRM"
        );
    }

    #[test]
    fn the_longest_address_still_fits_into_a_code() {
        let secret = SecretBox::new(Box::new([0xff; 20]));
        let long = format!("{}@{}.example", "a".repeat(64), ["b".repeat(60), "c".repeat(60), "d".repeat(50)].join("."));
        let link = TotpLink::new(&secret, &Email::parse(&long).unwrap());
        assert!(link.modules.starts_with("M4 4h7v1h-7z"), "the finder's upper bar comes first");
        assert!(link.size > 21 + 2 * QUIET);
    }
}
