//! What just became of a lead: it was merged, separated again, or found by the address of one that was merged into it.

use qualify_domain::{
    access::Permission,
    id::{LeadId, MergeId},
    lead_field::LeadField,
    merge::{Merge, MergeField},
};
use qualify_usecases::Duplicate;
use serde::Deserialize;

use super::{property::property_name, told::Told};
use crate::{actor::Member, text::Text};

/// What the address says of it; what it names wrongly is left out.
#[derive(Debug, Default, Deserialize)]
pub struct News {
    /// The merge that was just done.
    #[serde(default)]
    merge: String,
    /// The lead that is there again.
    #[serde(default)]
    separated: String,
    /// What did not go back, because it was changed since.
    #[serde(default)]
    kept: String,
    /// The lead by whose address it was found.
    #[serde(default)]
    from: String,
}

/// A notice above the lead.
pub(super) struct Notice {
    pub words: String,
    /// The merge that can be undone.
    pub undo: String,
    /// The lead to look at.
    pub lead: String,
}

/// A lead that may be of the same person.
pub(in crate::pages) struct Twin {
    pub id: LeadId,
    pub title: String,
    pub why: String,
    pub is_certain: bool,
}

impl Twin {
    pub fn of(t: Text, duplicate: &Duplicate) -> Self {
        let why = duplicate.likeness.iter().map(|likeness| t.get(&format!("alike-{}", likeness.code())));
        Self {
            id: duplicate.lead.id,
            title: super::title(&duplicate.lead, t),
            why: why.collect::<Vec<_>>().join(" · "),
            is_certain: duplicate.likeness.iter().any(|likeness| likeness.is_certain()),
        }
    }
}

impl Told<'_> {
    pub(super) fn notice(&self, news: &News, member: &Member) -> Option<Notice> {
        let merges = &self.file.merges;
        let none = String::new;
        if let Some(merge) = news.merge.parse().ok().and_then(|id| self.merge(id)).filter(|m| m.undone_at.is_none()) {
            let words = self.t.with("merge-done", "name", self.merged_title(merge));
            return Some(Notice { words, undo: self.undoable(merge, member), lead: none() });
        }
        if let Some(back) = news.separated.parse::<LeadId>().ok().filter(|id| merges.iter().any(|m| m.merged == *id)) {
            let kept = news.kept.split(',').filter_map(|word| word.parse().ok()).map(|field| self.field_name(field));
            let kept = kept.collect::<Vec<_>>().join(", ");
            let words = if kept.is_empty() {
                self.t.get("merge-undone-now")
            } else {
                self.t.with("merge-undone-but", "fields", kept)
            };
            return Some(Notice { words, undo: none(), lead: back.to_string() });
        }
        let from = news.from.parse::<LeadId>().ok();
        let found = from.and_then(|id| merges.iter().find(|m| m.merged == id && m.undone_at.is_none()));
        found.map(|merge| {
            let words = self.t.with("merge-found", "name", self.merged_title(merge));
            Notice { words, undo: self.undoable(merge, member), lead: none() }
        })
    }

    /// The leads that may be of the same person.
    pub(super) fn twins(&self) -> Vec<Twin> {
        self.file.duplicates.iter().map(|duplicate| Twin::of(self.t, duplicate)).collect()
    }

    pub(super) fn merge(&self, id: MergeId) -> Option<&Merge> {
        self.file.merges.iter().find(|merge| merge.id == id)
    }

    /// The merge's id, if whoever looks may undo it now.
    pub(super) fn undoable(&self, merge: &Merge, member: &Member) -> String {
        let possible = merge.may_undo(&self.file.merges, self.calendar.now()).is_ok();
        let may = possible && member.0.actor.may(Permission::MergeLeads);
        if may { merge.id.to_string() } else { String::new() }
    }

    /// What the lead that went was called; forgotten once nothing can be undone.
    pub(super) fn merged_title(&self, merge: &Merge) -> String {
        match merge.images.as_ref().map(|images| images.merged.title()) {
            Some("") => self.t.get("nameless"),
            Some(title) => title.to_owned(),
            // What it was is not kept once it is there again, or cannot come back.
            None => self.t.get("merge-another"),
        }
    }

    fn field_name(&self, field: MergeField) -> String {
        match field {
            MergeField::Known(LeadField::Property(id)) => property_name(self.t, &self.file.properties, id),
            MergeField::LegalBasis => self.t.get("legal-basis").to_lowercase(),
            field => self.t.get(&field.to_string()).to_lowercase(),
        }
    }
}
