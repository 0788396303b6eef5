use hmac::{Hmac, Mac};
use qualify_ports::billing::{Hint, HintError};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    Shop,
    connection::LONGEST,
    wire::{SubscriptionFields, Thing, id_of},
};

/// What is read of the envelope of an event. All else of it is ignored (BIL-2).
#[derive(Deserialize)]
struct Event {
    meta: Meta,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Meta {
    event_name: String,
    #[serde(default)]
    webhook_id: Value,
    #[serde(default)]
    custom_data: Value,
    #[serde(default)]
    test_mode: Option<bool>,
}

/// Reads a webhook: first whose it is, and then what it says.
pub(crate) fn read(
    secret: &SecretString,
    shop: &Shop,
    signature: Option<&str>,
    body: &[u8],
) -> Result<Hint, HintError> {
    if body.len() > LONGEST {
        return Err(HintError::Malformed);
    }
    verify(secret, signature, body)?;
    let event: Event = serde_json::from_slice(body).map_err(|_| HintError::Malformed)?;
    let name = word(&event.meta.event_name).ok_or(HintError::Malformed)?;
    let key = event.meta.webhook_id.as_str().and_then(word).unwrap_or_else(|| hexadecimal(&Sha256::digest(body)));
    let mut hint = Hint {
        key,
        subscription: None,
        order: None,
        invoice: None,
        reference: event.meta.custom_data.get("reference").and_then(Value::as_str).and_then(word),
        is_foreign: is_foreign(shop, &event),
        told: None,
        event: name,
    };
    about(&mut hint, shop, event.data);
    Ok(hint)
}

/// Takes out of the object what may be kept of it (BIL-2, BIL-5).
fn about(hint: &mut Hint, shop: &Shop, data: Value) {
    let id = data.get("id").and_then(id_of);
    let attribute = |name: &str| data.get("attributes").and_then(|attributes| id_of(attributes.get(name)?));
    match data.get("type").and_then(Value::as_str) {
        Some("subscription-invoices") => {
            hint.subscription = attribute("subscription_id");
            hint.invoice = id;
        }
        Some("orders") => hint.order = id,
        Some("subscriptions") => {
            hint.order = attribute("order_id");
            hint.subscription = id;
            let thing: Option<Thing<SubscriptionFields>> = serde_json::from_value(data).ok();
            hint.told = thing.and_then(|thing| thing.fetched(shop));
        }
        _ => {}
    }
}

/// Whether it is not of our store and mode. What does not say so of itself is about nothing of ours and is left alone.
fn is_foreign(shop: &Shop, event: &Event) -> bool {
    let attributes = event.data.get("attributes");
    let store = attributes.and_then(|attributes| attributes.get("store_id")?.as_u64());
    let test_mode = attributes.and_then(|attributes| attributes.get("test_mode")?.as_bool()).or(event.meta.test_mode);
    let is_other_mode = [test_mode, event.meta.test_mode].into_iter().flatten().any(|mode| mode != shop.is_test);
    is_other_mode || store.is_some_and(|store| store != shop.store)
}

/// Whether somebody who knows the secret signed these bytes (BIL-1). The comparison takes as long whatever differs.
fn verify(secret: &SecretString, signature: Option<&str>, body: &[u8]) -> Result<(), HintError> {
    let signature = signature.and_then(bytes).ok_or(HintError::NotSigned)?;
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
    let mac = mac.map_err(|_| HintError::NotSigned)?.chain_update(body);
    mac.verify_slice(&signature).map_err(|_| HintError::NotSigned)
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hexadecimal.chars().map(|sign| u8::try_from(sign.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A text that can be a name or a reference, and nothing that could be about a person.
fn word(text: &str) -> Option<String> {
    let is_one = (1..=100).contains(&text.len())
        && text.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.'));
    is_one.then(|| text.to_owned())
}

#[cfg(test)]
#[path = "hint_tests.rs"]
mod tests;
