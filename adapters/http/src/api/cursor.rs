//! Places in lists, as programs carry them: opaque, and worth nothing to whoever changes one.

use jiff::Timestamp;
use qualify_domain::id::LeadId;
use qualify_ports::storage::LeadCursor;
use uuid::Uuid;

/// The place as text.
pub fn written(place: LeadCursor) -> String {
    format!("{:016x}{}", place.created_at.as_microsecond().cast_unsigned(), place.id.0.simple())
}

/// The place that a text stands for, if it is one of ours.
pub fn read(text: &str) -> Option<LeadCursor> {
    if text.len() != 48 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let (at, id) = text.split_at(16);
    let at = u64::from_str_radix(at, 16).ok()?.cast_signed();
    let created_at = Timestamp::from_microsecond(at).ok()?;
    Some(LeadCursor { created_at, id: LeadId(Uuid::try_parse(id).ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_it_was() {
        for at in [0, 1, -1, 1_795_000_000_123_456] {
            let created_at = Timestamp::from_microsecond(at).unwrap();
            let place = LeadCursor { created_at, id: LeadId(Uuid::from_u128(7)) };
            assert_eq!(read(&written(place)), Some(place));
        }
    }

    #[test]
    fn a_broken_place_is_none() {
        let whole = written(LeadCursor { created_at: Timestamp::UNIX_EPOCH, id: LeadId(Uuid::nil()) });
        let cases =
            ["", "x", &whole[1..], &format!("{whole}0"), &whole.replace('0', "g"), &whole.replacen('0', "+", 1)];
        for text in cases.into_iter().chain(["ffff0000000000000000000000000000000000000000000é"]) {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("7{}", &whole[1..])), None, "beyond all time");
    }
}
