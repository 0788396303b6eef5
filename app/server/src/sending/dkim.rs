//! DKIM (RFC 6376, RFC 8463): the key by which receivers check the relay's signature.

use base64::{Engine, engine::general_purpose::STANDARD};
use qualify_postgres::{Finding, Weight};
use rsa::{RsaPublicKey, pkcs1::DecodeRsaPublicKey, pkcs8::DecodePublicKey, traits::PublicKeyParts};

use super::{Records, finding, tags::tags, unread};

/// RSA keys of fewer bits are refused (MAIL-6).
const LEAST_BITS: usize = 2_048;
/// A key of the other kind has so many bytes.
const ED25519: usize = 32;

/// A key that can be used.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    kind: Kind,
    /// Whether its owner only tries it: receivers then do as if nothing were signed.
    is_tried: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Rsa { bits: usize },
    Ed25519,
}

/// Why a record holds no key that can be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("is no list of tags such as v=DKIM1; k=rsa; p=…")]
    Unreadable,
    #[error("is of another version than DKIM1")]
    Version,
    #[error("has no p=, where the key belongs")]
    NoKey,
    #[error("has an empty p=: the key was revoked")]
    Revoked,
    #[error("has a p= that is not base64; was it cut, or typed by hand?")]
    NotBase64,
    #[error("has a p= that is no key of the kind that k= tells")]
    NotOfItsKind,
    #[error("has a k= of {0}, which receivers do not know")]
    UnknownKind(String),
}

/// Tells whether receivers find a key under the selector that is strong enough.
pub(super) async fn judge(selector: Option<&str>, signs: &str, records: &impl Records) -> Finding {
    let Some(selector) = selector else {
        let text = format!(
            "DKIM cannot be checked: set smtp.dkim_selector to the name under which the key of the relay stands, which is the \
             part of a TXT record's name before ._domainkey.{signs}"
        );
        return finding(Weight::Doubtful, text);
    };
    let name = format!("{selector}._domainkey.{signs}");
    let found = match records.txt(&name).await {
        Ok(found) => found,
        Err(why) => return unread("DKIM", &name, &why),
    };
    match &*found {
        [] => finding(
            Weight::Refused,
            format!(
                "DKIM: there is no TXT record at {name}; publish the key that the relay signs with, or correct smtp.dkim_selector"
            ),
        ),
        [record] => weigh(&name, read(record)),
        more => finding(
            Weight::Refused,
            format!("DKIM: there are {} TXT records at {name}, and receivers may take any; leave one", more.len()),
        ),
    }
}

fn weigh(name: &str, key: Result<Key, Fault>) -> Finding {
    match key {
        Err(fault) => finding(Weight::Refused, format!("DKIM: the record at {name} {fault}")),
        Ok(Key { kind: Kind::Rsa { bits }, .. }) if bits < LEAST_BITS => finding(
            Weight::Refused,
            format!(
                "DKIM: the key at {name} has {bits} bits; make one of {LEAST_BITS} bits, which is what receivers rely on"
            ),
        ),
        Ok(Key { is_tried: true, .. }) => finding(
            Weight::Doubtful,
            format!("DKIM: the record at {name} says t=y, so receivers do as if nothing were signed; take that out"),
        ),
        Ok(Key { kind: Kind::Rsa { bits }, .. }) => {
            finding(Weight::Fine, format!("DKIM: the key at {name} is an RSA key of {bits} bits"))
        }
        Ok(Key { kind: Kind::Ed25519, .. }) => {
            finding(Weight::Fine, format!("DKIM: the key at {name} is an Ed25519 key"))
        }
    }
}

fn read(record: &str) -> Result<Key, Fault> {
    let tags = tags(record).ok_or(Fault::Unreadable)?;
    if tags.get("v").is_some_and(|&version| version != "DKIM1") {
        return Err(Fault::Version);
    }
    let raw: String = tags.get("p").ok_or(Fault::NoKey)?.split_whitespace().collect();
    if raw.is_empty() {
        return Err(Fault::Revoked);
    }
    let key = STANDARD.decode(raw).map_err(|_| Fault::NotBase64)?;
    let kind = match tags.get("k").copied().unwrap_or("rsa") {
        "rsa" => Kind::Rsa { bits: bits(&key).ok_or(Fault::NotOfItsKind)? },
        "ed25519" if key.len() == ED25519 => Kind::Ed25519,
        "ed25519" => return Err(Fault::NotOfItsKind),
        other => return Err(Fault::UnknownKind(other.chars().take(20).collect())),
    };
    let is_tried = tags.get("t").is_some_and(|flags| flags.split(':').any(|flag| flag.trim() == "y"));
    Ok(Key { kind, is_tried })
}

/// How many bits an RSA key has. It is written in the one form by nearly all, and in the other by the letter of RFC 6376.
fn bits(der: &[u8]) -> Option<usize> {
    let key = RsaPublicKey::from_public_key_der(der).ok().or_else(|| RsaPublicKey::from_pkcs1_der(der).ok());
    key.map(|key| key.n().bits())
}

#[cfg(test)]
mod tests {
    use rsa::{BigUint, pkcs1::EncodeRsaPublicKey, pkcs8::EncodePublicKey};

    use super::{super::tests::ByHand, *};

    const HERE: &str = "mail._domainkey.example.com";

    /// An RSA key of so many bits, as records hold it.
    fn rsa(bits: usize) -> String {
        STANDARD.encode(public(bits).to_public_key_der().unwrap())
    }

    fn public(bits: usize) -> RsaPublicKey {
        let one = BigUint::from(1_u8);
        RsaPublicKey::new((one.clone() << (bits - 1)) + one, BigUint::from(65_537_u32)).unwrap()
    }

    async fn judged(records: &[&str]) -> (Weight, String) {
        let found = judge(Some("mail"), "example.com", &ByHand::default().with(HERE, records)).await;
        (found.weight, found.text)
    }

    #[tokio::test]
    async fn mail_6_dkim_keys_of_2048_bits_are_enough_and_shorter_ones_are_not() {
        for (bits, weight) in
            [(1_024, Weight::Refused), (2_047, Weight::Refused), (2_048, Weight::Fine), (4_096, Weight::Fine)]
        {
            let (found, text) = judged(&[&format!("v=DKIM1; k=rsa; p={}", rsa(bits))]).await;
            assert_eq!((found, text.contains(&format!("{bits} bits"))), (weight, true), "{text}");
        }
    }

    #[tokio::test]
    async fn mail_6_dkim_keys_are_read_in_each_way_they_are_written() {
        let key = rsa(2_048);
        // As some files of zones break it, and without what need not be said.
        let (first, second) = key.split_at(200);
        for record in
            [format!("v=DKIM1;p={first} \t{second};"), format!("p={key}"), format!("k=rsa; h=sha256; p={key}")]
        {
            let (weight, text) = judged(&[&record]).await;
            assert_eq!(weight, Weight::Fine, "{text}");
        }
        let plain = STANDARD.encode(public(2_048).to_pkcs1_der().unwrap());
        assert_eq!(judged(&[&format!("v=DKIM1; p={plain}")]).await.0, Weight::Fine);
        let (weight, text) = judged(&[&format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode([7; 32]))]).await;
        assert_eq!((weight, text.contains("Ed25519")), (Weight::Fine, true), "{text}");
    }

    #[test]
    fn mail_6_dkim_records_that_hold_no_key_say_why() {
        let cut = &rsa(2_048)[..300];
        for (record, fault) in [
            ("hello".to_owned(), Fault::Unreadable),
            ("v=DKIM1; p=AA==; p=AA==".to_owned(), Fault::Unreadable),
            ("v=DKIM2; p=AA==".to_owned(), Fault::Version),
            ("v=DKIM1; k=rsa".to_owned(), Fault::NoKey),
            ("v=DKIM1; p=".to_owned(), Fault::Revoked),
            ("v=DKIM1; p=no*base64".to_owned(), Fault::NotBase64),
            ("v=DKIM1; p=AAA".to_owned(), Fault::NotBase64),
            (format!("v=DKIM1; p={cut}"), Fault::NotOfItsKind),
            ("v=DKIM1; p=AAAA".to_owned(), Fault::NotOfItsKind),
            ("v=DKIM1; k=ed25519; p=AAAA".to_owned(), Fault::NotOfItsKind),
            ("v=DKIM1; k=dsa; p=AAAA".to_owned(), Fault::UnknownKind("dsa".to_owned())),
        ] {
            assert_eq!(read(&record), Err(fault), "{record}");
        }
    }

    #[tokio::test]
    async fn mail_6_dkim_is_one_record_under_a_selector_that_is_told() {
        let (weight, text) = judged(&[]).await;
        assert_eq!((weight, text.contains(HERE)), (Weight::Refused, true), "{text}");
        let record = format!("v=DKIM1; p={}", rsa(2_048));
        let (weight, text) = judged(&[&record, &record]).await;
        assert_eq!((weight, text.contains("2 TXT records")), (Weight::Refused, true), "{text}");
        let (weight, text) = judged(&[&format!("{record}; t=s:y")]).await;
        assert_eq!((weight, text.contains("t=y")), (Weight::Doubtful, true), "{text}");
        let untold = judge(None, "example.com", &ByHand::default()).await;
        assert_eq!((untold.weight, untold.text.contains("smtp.dkim_selector")), (Weight::Doubtful, true));
    }
}
