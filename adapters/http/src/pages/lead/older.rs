//! The older entries of a lead's timeline, and the way back to the newest.

use form_urlencoded::Serializer;
use qualify_domain::id::LeadId;
use qualify_ports::storage::ActivityPlace;

use crate::api::cursor;

/// From where on the timeline is shown, and the list one comes from, which the addresses keep.
#[derive(Debug, Default)]
pub(super) struct Older {
    pub after: Option<ActivityPlace>,
    list: String,
}

impl Older {
    /// What an address says; none if it names no place.
    pub fn read(after: &str, list: &str) -> Option<Self> {
        let after = if after.is_empty() { None } else { Some(cursor::read_entry(after)?) };
        Some(Self { after, list: list.to_owned() })
    }

    /// Where the entries after a place are.
    pub fn address(&self, lead: LeadId, after: ActivityPlace) -> String {
        self.page(lead, Some(after))
    }

    /// Where the newest entries are; empty where they are shown already.
    pub fn newest(&self, lead: LeadId) -> String {
        if self.after.is_some() { self.page(lead, None) } else { String::new() }
    }

    fn page(&self, lead: LeadId, after: Option<ActivityPlace>) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(place) = after {
            query.append_pair("after", &cursor::written_entry(place));
        }
        if !self.list.is_empty() {
            query.append_pair("in", &self.list);
        }
        let query = query.finish();
        if query.is_empty() { format!("/leads/{lead}") } else { format!("/leads/{lead}?{query}") }
    }
}
