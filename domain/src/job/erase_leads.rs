use serde::{Deserialize, Serialize};

use crate::{erasure::Ground, id::LeadId};

/// Leads that are erased for good, with their people. They are named one by one: what comes into a list later does not go, and
/// what is erased is what whoever asked was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseLeads {
    /// Which leads, each once.
    pub leads: Vec<LeadId>,
    /// Why.
    pub ground: Ground,
}
