//! Between rows and the values of the domain.

use std::str::FromStr;

use jiff::{Timestamp, civil::Date};
use qualify_domain::{score::Standing, text::Phone, violation::Rule};
use qualify_ports::storage::StorageError;
use time::OffsetDateTime;

use crate::error::corrupt;

/// The instant as PostgreSQL keeps it: in microseconds.
pub(crate) fn instant(at: Timestamp) -> OffsetDateTime {
    let nanoseconds = i128::from(at.as_microsecond()) * 1_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

pub(crate) fn timestamp(at: OffsetDateTime) -> Result<Timestamp, StorageError> {
    Timestamp::from_nanosecond(at.unix_timestamp_nanos()).map_err(|_| corrupt("instant"))
}

/// A day as PostgreSQL keeps it.
pub(crate) fn date(day: Date) -> time::Date {
    let ordinal = day.day_of_year().unsigned_abs();
    time::Date::from_ordinal_date(i32::from(day.year()), ordinal).unwrap_or(time::Date::MAX)
}

pub(crate) fn day(stored: time::Date) -> Result<Date, StorageError> {
    let (month, day) = (u8::from(stored.month()).cast_signed(), stored.day().cast_signed());
    let year = i16::try_from(stored.year()).map_err(|_| corrupt("day"))?;
    Date::new(year, month, day).map_err(|_| corrupt("day"))
}

/// A stored text as the value it was.
pub(crate) fn value<T: FromStr<Err = Rule>>(stored: &str) -> Result<T, StorageError> {
    stored.parse().map_err(|_| corrupt("value"))
}

pub(crate) fn optional<T: FromStr<Err = Rule>>(stored: Option<&str>) -> Result<Option<T>, StorageError> {
    stored.map(value).transpose()
}

pub(crate) fn values<T: FromStr<Err = Rule>>(stored: &[String]) -> Result<Vec<T>, StorageError> {
    stored.iter().map(|stored| value(stored)).collect()
}

pub(crate) fn phone(written: Option<String>, e164: Option<String>) -> Option<Phone> {
    written.map(|written| Phone::restore(written, e164))
}

/// A stored score.
pub(crate) fn standing(fit: i16, engagement: i16) -> Result<Standing, StorageError> {
    let value = |stored: i16| stored.try_into().map_err(|_| corrupt("score"));
    Ok(Standing { fit: value(fit)?, engagement: value(engagement)? })
}

pub(crate) fn digest(stored: &[u8]) -> Result<[u8; 32], StorageError> {
    stored.try_into().map_err(|_| corrupt("digest"))
}
