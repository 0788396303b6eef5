use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    json,
    state::{DocumentKind, State},
};

/// After so many seconds a webhook comes again that was not answered with 200.
const AGAIN: [i64; 3] = [5, 25, 125];

/// A webhook on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What happened, as the header says it, which proves nothing.
    pub event: String,
    /// What stands in `X-Signature`.
    pub signature: String,
    /// The bytes that are posted.
    pub body: Vec<u8>,
    /// How often it was tried before.
    pub tries: usize,
}

/// A webhook and when it goes.
pub(crate) struct Pending {
    pub(crate) due_at: Timestamp,
    delivery: Delivery,
}

impl State {
    pub(crate) fn tell_subscription(&mut self, event: &str, id: u64) {
        let told = self.subscription(id);
        let told = told.map(|subscription| {
            (json::subscription(self, subscription), subscription.reference.clone(), subscription.is_test)
        });
        if let Some((data, reference, is_test)) = told {
            self.tell(event, &data, &reference, is_test);
        }
    }

    pub(crate) fn tell_document(&mut self, event: &str, kind: DocumentKind, id: u64) {
        let told = self.document(kind, id).map(|document| {
            let of = self.subscription(document.subscription);
            let reference = of.map(|subscription| subscription.reference.clone()).unwrap_or_default();
            (json::document(self, document), reference, document.is_test)
        });
        if let Some((data, reference, is_test)) = told {
            self.tell(event, &data, &reference, is_test);
        }
    }

    fn tell(&mut self, event: &str, data: &Value, reference: &str, is_test: bool) {
        let id = self.next_id();
        let body = json!({
            "meta": {
                "event_name": event,
                "webhook_id": format!("00000000-0000-4000-8000-{id:012}"),
                "custom_data": {"reference": reference},
                "test_mode": is_test,
            },
            "data": data,
        });
        let body = body.to_string().into_bytes();
        let signature = signature(&self.config.webhook_secret, &body);
        let delivery = Delivery { event: event.to_owned(), signature, body, tries: 0 };
        self.pending.push(Pending { due_at: self.now, delivery });
    }

    pub(crate) fn take_deliveries(&mut self) -> Vec<Delivery> {
        let now = self.now;
        let mut due: Vec<_> = self.pending.extract_if(.., |pending| pending.due_at <= now).collect();
        due.sort_by_key(|pending| pending.due_at);
        due.into_iter().map(|pending| pending.delivery).collect()
    }

    pub(crate) fn answered(&mut self, delivery: &Delivery, status: u16) {
        let Some(wait) = AGAIN.get(delivery.tries).filter(|_| status != 200) else { return };
        let due_at = self.now.saturating_add(SignedDuration::from_secs(*wait)).unwrap_or(self.now);
        self.pending.push(Pending { due_at, delivery: Delivery { tries: delivery.tries + 1, ..delivery.clone() } });
    }
}

/// The signature of these bytes: HMAC-SHA256, in hexadecimal digits.
pub(crate) fn signature(secret: &str, bytes: &[u8]) -> String {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let code = mac.chain_update(bytes).finalize().into_bytes();
    code.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
