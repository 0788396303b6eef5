//! Places in lists, as programs carry them: opaque, and worth nothing to whoever changes one.

use jiff::{
    Span, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use qualify_domain::{
    id::{ActivityId, DeliveryId, LeadId, SubmissionId, TaskId},
    lead_order::{LeadPlace, SortKey},
};
use qualify_ports::storage::{ActivityPlace, CardPlace, DeliveryCursor, LedgerPlace, SubmissionCursor, TaskCursor};
use uuid::Uuid;

/// The first day of our calendar: nothing that is kept is older, and no database is asked for it.
const FIRST: Date = date(1, 1, 1);

/// A place in the list of the newest leads as text; none if it is one of another list.
pub fn written(place: &LeadPlace) -> Option<String> {
    let SortKey::Instant(created_at) = place.key else { return None };
    Some(moment(created_at, place.id.0))
}

/// The place in the list of the newest leads that a text stands for, if it is one of ours.
pub fn read(text: &str) -> Option<LeadPlace> {
    let (at, id) = read_moment(text)?;
    Some(LeadPlace { group: None, key: SortKey::Instant(at), id: LeadId(id) })
}

/// A place in a timeline as text.
pub fn written_entry(place: ActivityPlace) -> String {
    moment(place.at, place.id.0)
}

/// The place in a timeline that a text stands for, if it is one of ours.
pub fn read_entry(text: &str) -> Option<ActivityPlace> {
    let (at, id) = read_moment(text)?;
    Some(ActivityPlace { at, id: ActivityId(id) })
}

/// A place in what a form received as text.
pub fn written_submission(place: SubmissionCursor) -> String {
    moment(place.at, place.id.0)
}

/// The place in what a form received that a text stands for, if it is one of ours.
pub fn read_submission(text: &str) -> Option<SubmissionCursor> {
    let (at, id) = read_moment(text)?;
    Some(SubmissionCursor { at, id: SubmissionId(id) })
}

/// A place in what a webhook was told as text.
pub fn written_delivery(place: DeliveryCursor) -> String {
    moment(place.at, place.id.0)
}

/// The place in what a webhook was told that a text stands for, if it is one of ours.
pub fn read_delivery(text: &str) -> Option<DeliveryCursor> {
    let (at, id) = read_moment(text)?;
    Some(DeliveryCursor { at, id: DeliveryId(id) })
}

/// A place in a list of tasks as text: the day, counted from the first of the calendar, and the task.
pub fn written_task(place: TaskCursor) -> String {
    let day = place.due_on.and_then(|day| FIRST.until(day).ok()).map_or(0xff_ffff, |span| span.get_days().max(0));
    format!("{day:06x}{}", place.id.0.simple())
}

/// The place in a list of tasks that a text stands for. Days beyond the calendar stand for none.
pub fn read_task(text: &str) -> Option<TaskCursor> {
    let (day, id) = hexadecimal(text, 38)?.split_at(6);
    let day = Span::new().try_days(i64::from_str_radix(day, 16).ok()?).ok();
    let due_on = day.and_then(|days| FIRST.checked_add(days).ok());
    Some(TaskCursor { due_on, id: TaskId(Uuid::try_parse(id).ok()?) })
}

/// A card's place in its column as text.
pub fn written_card(place: &CardPlace) -> String {
    format!("{}~{}", place.rank.as_str(), place.id.0.simple())
}

/// The place in a column that a text stands for, if it is one of ours.
pub fn read_card(text: &str) -> Option<CardPlace> {
    let (rank, id) = text.split_once('~')?;
    Some(CardPlace { rank: rank.parse().ok()?, id: LeadId(Uuid::try_parse(hexadecimal(id, 32)?).ok()?) })
}

/// A place in the ledger as text.
pub fn written_bill(place: &LedgerPlace) -> String {
    format!("{:016x}{:016x}", place.issued_at.as_microsecond().cast_unsigned(), place.number.cast_unsigned())
}

/// The place in the ledger that a text stands for, if it is one of ours.
pub fn read_bill(text: &str) -> Option<LedgerPlace> {
    let (at, number) = hexadecimal(text, 32)?.split_at(16);
    let number = u64::from_str_radix(number, 16).ok()?.cast_signed();
    Some(LedgerPlace { issued_at: read_instant(at)?, number })
}

/// The version that a text stands for, in an address or as a place in a list of versions.
pub fn read_version(text: &str) -> Option<i32> {
    let digits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits && !text.starts_with('0'))
}

fn moment(at: Timestamp, id: Uuid) -> String {
    format!("{:016x}{}", at.as_microsecond().cast_unsigned(), id.simple())
}

fn read_moment(text: &str) -> Option<(Timestamp, Uuid)> {
    let (at, id) = hexadecimal(text, 48)?.split_at(16);
    Some((read_instant(at)?, Uuid::try_parse(id).ok()?))
}

fn read_instant(text: &str) -> Option<Timestamp> {
    let at = u64::from_str_radix(text, 16).ok()?.cast_signed();
    Timestamp::from_microsecond(at).ok().filter(|at| TimeZone::UTC.to_datetime(*at).date() >= FIRST)
}

/// The text, if it is so many small hexadecimal digits.
fn hexadecimal(text: &str, length: usize) -> Option<&str> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    Some(text).filter(|text| digits && text.len() == length)
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
    fn a_place_before_the_calendar_is_none() {
        let before = Timestamp::from_second(-62_135_596_801).unwrap();
        assert_eq!(read_moment(&moment(before, Uuid::nil())), None);
        assert!(read_moment(&moment(before + jiff::SignedDuration::from_secs(1), Uuid::nil())).is_some());
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
    #[test]
    fn places_of_entries_tasks_and_cards_come_back_as_they_were() {
        let id = Uuid::from_u128(7);
        let entry =
            ActivityPlace { at: Timestamp::from_microsecond(1_795_000_000_123_456).unwrap(), id: ActivityId(id) };
        assert_eq!(read_entry(&written_entry(entry)), Some(entry));
        for due_on in [None, Some(date(2026, 11, 26)), Some(FIRST), Some(Date::MAX)] {
            let place = TaskCursor { due_on, id: TaskId(id) };
            assert_eq!(read_task(&written_task(place)), Some(place));
        }
        let card = CardPlace { rank: "3fffa8".parse().unwrap(), id: LeadId(id) };
        assert_eq!(read_card(&written_card(&card)), Some(card));
    }

    #[test]
    fn a_place_in_the_ledger_comes_back_as_it_was_and_a_broken_one_is_none() {
        for (at, number) in [(0, 1), (-1, i64::MAX), (1_795_000_000_123_456, 4_711)] {
            let place = LedgerPlace { issued_at: Timestamp::from_microsecond(at).unwrap(), number };
            assert_eq!(read_bill(&written_bill(&place)), Some(place));
        }
        for text in ["", "nowhere", "00000000000000000000000000000001x", "7fffffffffffffff0000000000000001"] {
            assert_eq!(read_bill(text), None, "{text}");
        }
    }

    #[test]
    fn broken_places_of_entries_tasks_and_cards_are_none() {
        let id = Uuid::from_u128(7).simple();
        for text in [format!("00000{id}"), format!("0000000{id}"), format!("-00001{id}"), String::new()] {
            assert_eq!(read_task(&text), None, "{text}");
        }
        for text in [format!("3ff0~{id}"), format!("3fg~{id}"), format!("~{id}"), "3ff~1".to_owned(), format!("3f{id}")]
        {
            assert_eq!(read_card(&text), None, "{text}");
        }
    }

    #[test]
    fn a_version_is_written_in_one_way() {
        assert_eq!((read_version("1"), read_version("999999999")), (Some(1), Some(999_999_999)));
        for text in ["", "0", "01", "+1", "-1", "1.0", "1 ", "1000000000", "x"] {
            assert_eq!(read_version(text), None, "{text}");
        }
    }
}
