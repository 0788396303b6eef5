//! Places in the list of the newest leads, as programs carry them: opaque, and worth nothing to whoever changes one.

use jiff::Timestamp;
use qualify_domain::{
    id::LeadId,
    lead_order::{LeadPlace, SortKey},
};
use uuid::Uuid;

/// The place as text; none if it is one of another list.
pub fn written(place: &LeadPlace) -> Option<String> {
    let SortKey::Instant(created_at) = place.key else { return None };
    Some(format!("{:016x}{}", created_at.as_microsecond().cast_unsigned(), place.id.0.simple()))
}

/// The place that a text stands for, if it is one of ours.
pub fn read(text: &str) -> Option<LeadPlace> {
    if text.len() != 48 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let (at, id) = text.split_at(16);
    let at = u64::from_str_radix(at, 16).ok()?.cast_signed();
    let key = SortKey::Instant(Timestamp::from_microsecond(at).ok()?);
    Some(LeadPlace { group: None, key, id: LeadId(Uuid::try_parse(id).ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_it_was() {
        for at in [0, 1, -1, 1_795_000_000_123_456] {
            let key = SortKey::Instant(Timestamp::from_microsecond(at).unwrap());
            let place = LeadPlace { group: None, key, id: LeadId(Uuid::from_u128(7)) };
            assert_eq!(read(&written(&place).unwrap()), Some(place));
        }
    }

    #[test]
    fn a_broken_place_is_none() {
        let key = SortKey::Instant(Timestamp::UNIX_EPOCH);
        let whole = written(&LeadPlace { group: None, key, id: LeadId(Uuid::nil()) }).unwrap();
        let cases =
            ["", "x", &whole[1..], &format!("{whole}0"), &whole.replace('0', "g"), &whole.replacen('0', "+", 1)];
        for text in cases.into_iter().chain(["ffff0000000000000000000000000000000000000000000é"]) {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("7{}", &whole[1..])), None, "beyond all time");
    }
}
