use qualify_domain::{
    plan::PlanCode,
    subscription::{Pause, ProviderId, Status},
};

use super::*;

const SECRET: &str = "a secret of webhooks";

fn shop() -> Shop {
    Shop { store: 7, variants: vec![(PlanCode::Solo, 101), (PlanCode::Team, 102)], is_test: false }
}

fn signature(body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body);
    hexadecimal(&mac.finalize().into_bytes())
}

fn read_signed(body: &[u8]) -> Result<Hint, HintError> {
    read(&SecretString::from(SECRET), &shop(), Some(&signature(body)), body)
}

fn hint(body: &Value) -> Hint {
    read_signed(body.to_string().as_bytes()).unwrap()
}

fn subscription() -> Value {
    serde_json::json!({
        "meta": {
            "event_name": "subscription_updated",
            "webhook_id": "0b9e6f1c-2d2f-4a8e-b4a5-1f1f6a1f5b11",
            "custom_data": {"reference": "cr_4f2a", "name": "Jo Martin"},
            "test_mode": false,
        },
        "data": {
            "type": "subscriptions",
            "id": "31",
            "attributes": {
                "store_id": 7, "customer_id": 41, "order_id": 51, "variant_id": 102, "product_name": "Qualify",
                "user_name": "Jo Martin", "user_email": "jo@example.com", "card_brand": "visa", "card_last_four": "4242",
                "status": "paused", "pause": {"mode": "void", "resumes_at": null}, "cancelled": false,
                "trial_ends_at": null, "renews_at": "2026-12-29T10:00:00.000000Z", "ends_at": null,
                "created_at": "2026-11-29T10:00:00.000000Z", "updated_at": "2026-11-29T10:00:05.000000Z",
                "urls": {"customer_portal": "https://shop.example/billing?signature=s3cret"},
                "test_mode": false,
            },
        },
    })
}

fn with(pointer: &str, value: impl Into<Value>) -> Value {
    let mut body = subscription();
    *body.pointer_mut(pointer).unwrap() = value.into();
    body
}

#[test]
fn bil_1_what_nobody_signed_is_not_even_read() {
    let body = subscription().to_string();
    let read = |signature: Option<&str>, body: &str| {
        read(&SecretString::from(SECRET), &shop(), signature, body.as_bytes()).map(|hint| hint.event)
    };
    let good = signature(body.as_bytes());
    assert!(read(Some(&good), &body).is_ok());
    let turned: String = good.chars().rev().collect();
    for bad in [None, Some(""), Some("00"), Some(&good[..63]), Some(&turned), Some("é"), Some(&format!("{good}00"))] {
        assert!(matches!(read(bad, &body), Err(HintError::NotSigned)), "{bad:?}");
    }
    // One byte more is another body, and what is no JSON is not told apart from what is, as long as nobody signed it.
    assert!(matches!(read(Some(&good), &format!("{body} ")), Err(HintError::NotSigned)));
    assert!(matches!(read(Some(&good), "{"), Err(HintError::NotSigned)));
}

#[test]
fn bil_1_the_signature_is_the_providers_documented_one() {
    // RFC 4231, test case 2.
    let body = b"what do ya want for nothing?";
    let signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert!(verify(&SecretString::from("Jefe"), Some(signature), body).is_ok());
}

#[test]
fn bil_1_only_the_body_says_what_happened() {
    let mut body = subscription();
    body["meta"]["event_name"] = "subscription_cancelled".into();
    assert_eq!(hint(&body).event, "subscription_cancelled");
}

#[test]
fn bil_2_the_key_is_the_providers_or_else_the_hash_of_the_body() {
    assert_eq!(hint(&subscription()).key, "0b9e6f1c-2d2f-4a8e-b4a5-1f1f6a1f5b11");
    for none in [Value::Null, "".into(), 7.into(), "jo@example.com".into()] {
        let body = with("/meta/webhook_id", none);
        assert_eq!(hint(&body).key, hexadecimal(&Sha256::digest(body.to_string())));
    }
}

#[test]
fn bil_2_what_is_not_known_is_taken_and_ignored() {
    let body = serde_json::json!({
        "meta": {"event_name": "licence_sung", "mood": "good"},
        "data": {"type": "songs", "id": {"deep": [1]}, "attributes": {"store_id": 7, "subscription_id": 31}},
        "more": true,
    });
    let hint = hint(&body);
    assert_eq!((hint.event.as_str(), hint.is_foreign), ("licence_sung", false));
    assert_eq!((hint.subscription, hint.order, hint.invoice, hint.told), (None, None, None, None));
    for bare in [r#"{"meta":{"event_name":"x"}}"#, r#"{"meta":{"event_name":"x"},"data":[1]}"#] {
        assert!(read_signed(bare.as_bytes()).is_ok(), "{bare}");
    }
}

#[test]
fn bil_2_nothing_can_be_made_of_what_is_no_event_or_has_no_end() {
    for bad in ["", "{", "[]", "null", r#"{"meta":{}}"#, r#"{"meta":{"event_name":"two words"}}"#] {
        assert!(matches!(read_signed(bad.as_bytes()), Err(HintError::Malformed)), "{bad}");
    }
    let long = format!("{}{}", subscription(), " ".repeat(1 << 20));
    assert!(matches!(read_signed(long.as_bytes()), Err(HintError::Malformed)));
}

#[test]
fn bil_3_the_subscription_is_told_as_the_body_tells_it() {
    let hint = hint(&subscription());
    let told = hint.told.unwrap();
    assert_eq!((told.id, told.order), (ProviderId("31".into()), ProviderId("51".into())));
    assert_eq!((told.plan, told.status), (Some(PlanCode::Team), Some(Status::Paused(Pause::Void))));
    assert_eq!(told.updated_at, "2026-11-29T10:00:05Z".parse().unwrap());
    assert_eq!(self::hint(&with("/data/attributes/created_at", "soon")).told, None);
}

#[test]
fn bil_7_a_word_that_is_not_known_is_no_status() {
    for (pointer, value) in [
        ("/data/attributes/status", Value::from("dormant")),
        ("/data/attributes/pause/mode", "half".into()),
        ("/data/attributes/pause", Value::Null),
    ] {
        let told = hint(&with(pointer, value)).told;
        assert_eq!(told.map(|told| told.status), Some(None), "{pointer}");
    }
    let other = hint(&with("/data/attributes/variant_id", 999)).told;
    assert_eq!(other.map(|told| told.plan), Some(None));
}

#[test]
fn bil_5_a_payment_is_about_an_invoice_and_names_its_subscription() {
    let mut body = with("/data/type", "subscription-invoices");
    body["meta"]["event_name"] = "subscription_payment_success".into();
    body["data"]["id"] = "61".into();
    body["data"]["attributes"]["subscription_id"] = 31.into();
    let hint = hint(&body);
    assert_eq!((hint.subscription, hint.invoice), (Some(ProviderId("31".into())), Some(ProviderId("61".into()))));
    assert_eq!((hint.order, hint.told), (None, None));
}

#[test]
fn bil_5_an_order_is_about_itself() {
    let mut body = with("/data/type", "orders");
    body["meta"]["event_name"] = "order_created".into();
    body["data"]["id"] = "51".into();
    let hint = hint(&body);
    assert_eq!((hint.order, hint.subscription, hint.invoice), (Some(ProviderId("51".into())), None, None));
}

#[test]
fn bil_6_only_our_reference_comes_back() {
    assert_eq!(hint(&subscription()).reference.as_deref(), Some("cr_4f2a"));
    for none in [Value::Null, "".into(), 7.into(), "jo@example.com".into(), "x".repeat(101).into()] {
        assert_eq!(hint(&with("/meta/custom_data/reference", none)).reference, None);
    }
}

#[test]
fn bil_6_another_store_or_mode_is_foreign() {
    assert!(!hint(&subscription()).is_foreign);
    for (pointer, value) in [
        ("/data/attributes/store_id", Value::from(8)),
        ("/data/attributes/test_mode", true.into()),
        ("/meta/test_mode", true.into()),
    ] {
        let hint = hint(&with(pointer, value));
        assert!(hint.is_foreign, "{pointer}");
    }
}

#[test]
fn dat_5_neither_names_nor_addresses_nor_cards_nor_links_are_read() {
    let shown = format!("{:?}", hint(&subscription()));
    for private in ["Martin", "example", "visa", "4242", "http", "s3cret"] {
        assert!(!shown.contains(private), "{private} in {shown}");
    }
}
