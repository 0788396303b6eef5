use std::fmt::Write;

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The headers that are signed, in the order in which they are.
const HEADERS: &str = "host;x-amz-content-sha256;x-amz-date";

/// Signs requests as AWS asks for it (Signature Version 4).
pub(crate) struct Signer {
    pub(crate) region: String,
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

/// A request, as far as it is signed.
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a str,
    /// As it stands in the request.
    pub(crate) path: &'a str,
    /// As it stands in the request, in the order of the names.
    pub(crate) query: &'a str,
    pub(crate) host: &'a str,
    /// SHA-256 of the body, in hexadecimal digits.
    pub(crate) digest: &'a str,
    /// When it is made, such as `20261201T083059Z`.
    pub(crate) at: &'a str,
}

impl Signer {
    /// What the header `authorization` is to say.
    pub(crate) fn authorization(&self, request: &Unsigned<'_>) -> String {
        let Unsigned { method, path, query, host, digest, at } = request;
        let headers = format!("host:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{at}\n");
        let canonical = format!("{method}\n{path}\n{query}\n{headers}\n{HEADERS}\n{digest}");
        let day = at.split('T').next().unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let text = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", digest_of(canonical.as_bytes()));
        let first = format!("AWS4{}", self.secret.expose_secret()).into_bytes();
        let parts = [day, &self.region, "s3", "aws4_request", &text];
        let signature = hexadecimal(&parts.into_iter().fold(first, |key, part| code(&key, part.as_bytes())));
        format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={HEADERS}, Signature={signature}", self.id)
    }
}

/// SHA-256, in hexadecimal digits.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The text as it stands in a path or a query: all but the plainest signs are written as their bytes.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn code(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut code = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length fits");
    code.update(text);
    code.finalize().into_bytes().to_vec()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of Amazon's own documentation.
    #[test]
    fn requests_are_signed_as_amazon_shows() {
        let signer = Signer {
            region: "us-east-1".to_owned(),
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned().into(),
        };
        for (query, signature) in [
            ("lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            ("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ] {
            let request = Unsigned {
                method: "GET",
                path: "/",
                query,
                host: "examplebucket.s3.amazonaws.com",
                digest: &digest_of(b""),
                at: "20130524T000000Z",
            };
            let expected = format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                 SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"
            );
            assert_eq!(signer.authorization(&request), expected);
        }
    }

    #[test]
    fn what_could_mean_something_is_written_as_bytes() {
        assert_eq!(encoded("a-Z_0.9~"), "a-Z_0.9~");
        assert_eq!(encoded("a/b c+d=é"), "a%2Fb%20c%2Bd%3D%C3%A9");
    }
}
