use serde::{Deserialize, Serialize};

use crate::{
    id::LeadId,
    lead_column::LeadColumn,
    lead_filter::{LeadFilter, Search},
};

/// Leads to be written into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportLeads {
    /// Which leads.
    pub filter: LeadFilter,
    /// Only those that this finds.
    #[serde(default)]
    pub search: Option<Search>,
    /// Only these, whatever else is said; none are all that the filter and the search let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub these: Vec<LeadId>,
    /// The zone in which days begin, by its name in the tables of the IANA; empty is UTC.
    #[serde(default)]
    pub zone: String,
    /// What to say of each.
    pub columns: Vec<LeadColumn>,
    /// What stands above the columns, in the words of whoever asked.
    pub header: Vec<String>,
}
