//! What an organization says of itself.

use jiff::tz::TimeZone;

use crate::{
    holiday::Holiday,
    language::Language,
    text::Name,
    working_hours::{Schedule, WorkingHours},
    zone::Zone,
};

/// What an organization says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationSettings {
    /// Its name, as visitors read it under the forms.
    pub name: Name,
    /// The language of its mails and of new forms.
    pub language: Language,
    /// Where it reads clocks; none: where the installation does.
    pub time_zone: Option<Zone>,
    /// When it works.
    pub hours: WorkingHours,
}

impl OrganizationSettings {
    /// The hours with the holidays, in the place where the organization is.
    pub fn schedule(&self, holidays: &[Holiday], installation: &TimeZone) -> Schedule {
        Schedule {
            hours: self.hours,
            holidays: holidays.iter().map(|holiday| holiday.day).collect(),
            zone: self.time_zone.map_or_else(|| installation.clone(), Zone::rules),
        }
    }
}
