use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    id::LeadId,
    lead_column::LeadColumn,
    lead_filter::{LeadFilter, Search},
    violation::Rule,
};

/// In which form a file holds leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SheetForm {
    /// A table that spreadsheets open (WEB-9).
    #[default]
    #[serde(rename = "csv")]
    Csv,
    /// One JSON object in each line, as it is.
    #[serde(rename = "jsonl")]
    JsonLines,
}

impl SheetForm {
    /// Each of them, in the order in which they are offered.
    pub const ALL: &[Self] = &[Self::Csv, Self::JsonLines];

    /// The stable name, which is also what the names of such files end with.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

impl FromStr for SheetForm {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.iter().copied().find(|form| form.code() == code).ok_or(Rule::NotAChoice)
    }
}

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
    /// In which form the file is.
    #[serde(default)]
    pub form: SheetForm,
    /// What to say of each.
    pub columns: Vec<LeadColumn>,
    /// What stands above the columns, in the words of whoever asked.
    pub header: Vec<String>,
}

impl ExportLeads {
    /// Whether nothing is left out: it is then an export of the whole organization (DSR-13).
    pub fn is_whole(&self) -> bool {
        self.filter.is_empty() && self.search.is_none() && self.these.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_comes_back_by_its_code() {
        for form in SheetForm::ALL {
            assert_eq!(form.code().parse(), Ok(*form));
            assert_eq!(serde_json::to_value(form).unwrap(), form.code());
        }
        assert_eq!("xls".parse::<SheetForm>(), Err(Rule::NotAChoice));
    }

    #[test]
    fn an_export_that_says_no_form_is_a_table() {
        let kept = r#"{"filter": {}, "columns": ["email"], "header": ["E-mail"]}"#;
        let export: ExportLeads = serde_json::from_str(kept).unwrap();
        assert_eq!(export.form, SheetForm::Csv);
    }
}
