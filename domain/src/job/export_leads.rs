use serde::{Deserialize, Serialize};

use crate::{lead_column::LeadColumn, lead_filter::LeadFilter};

/// Leads to be written into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportLeads {
    /// Which leads.
    pub filter: LeadFilter,
    /// What to say of each.
    pub columns: Vec<LeadColumn>,
    /// What stands above the columns, in the words of whoever asked.
    pub header: Vec<String>,
}
