use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Images, Merge, MergeError, MergeField, UNDOABLE};
use crate::{
    id::{StageId, UserId},
    lead::Lead,
    lead_field::LeadField,
    property::PropertyValue,
    text::Tag,
};

/// What there still is in the organization: nothing comes back that stands in a stage or belongs to a member that is gone.
#[derive(Clone, Debug, Default)]
pub struct Present {
    /// The stages in use.
    pub stages: BTreeSet<StageId>,
    /// The members.
    pub members: BTreeSet<UserId>,
}

/// Two leads again.
#[derive(Clone, Debug)]
pub struct Separation {
    /// The survivor, with what it had before.
    pub survivor: Lead,
    /// The lead that comes back.
    pub merged: Lead,
    /// Which fields of the survivor went back.
    pub restored: Vec<MergeField>,
    /// Which did not, because somebody changed them since.
    pub kept: Vec<MergeField>,
}

impl Merge {
    /// Until when it can be undone.
    pub fn undoable_until(&self) -> Timestamp {
        self.at.saturating_add(UNDOABLE).unwrap_or(Timestamp::MAX)
    }

    /// Until when it can be undone, as long as it can: it was not undone, it is not too late, and what is needed for it is
    /// kept. A later merge of the survivor may have to go back first.
    pub fn still_undoable_until(&self, now: Timestamp) -> Option<Timestamp> {
        let is_kept = self.undone_at.is_none() && self.images.is_some();
        Some(self.undoable_until()).filter(|until| is_kept && now < *until)
    }

    /// Whether it can be undone, and by what: the last merge of a survivor goes back first.
    ///
    /// # Errors
    /// If it was undone, is too old, or a later one of `others` stands in the way.
    pub fn may_undo(&self, others: &[Self], now: Timestamp) -> Result<&Images, MergeError> {
        let later = |other: &Self| {
            other.undone_at.is_none() && other.survivor == self.survivor && (other.at, other.id) > (self.at, self.id)
        };
        match &self.images {
            _ if self.undone_at.is_some() => Err(MergeError::Undone),
            Some(images) if now < self.undoable_until() => {
                let blocked = self.holder != self.survivor || others.iter().any(later);
                if blocked { Err(MergeError::Later) } else { Ok(images) }
            }
            _ => Err(MergeError::Over),
        }
    }
}

impl Images {
    /// The way back: what the merge gave the survivor is taken from it again, as far as nobody changed it since; the other
    /// lead comes back as it was. Of several tags or choices those go that came with the merge, and those that came later
    /// stay.
    pub fn separate(&self, now: &Lead, present: &Present) -> Separation {
        let mut survivor = now.clone();
        let (mut restored, mut kept) = (Vec::new(), Vec::new());
        for field in self.changed() {
            let went_back = self.take_back(field, &mut survivor);
            if went_back { restored.push(field) } else { kept.push(field) }
        }
        let beginning = |lead: &Lead| (lead.created_at, lead.first_touch.clone(), lead.form, lead.source);
        if beginning(&survivor) == beginning(&self.after) {
            (survivor.created_at, survivor.first_touch, survivor.form, survivor.source) = beginning(&self.before);
        }
        let latest = |lead: &Lead| (lead.last_submission_at, lead.last_touch.clone());
        if latest(&survivor) == latest(&self.after) {
            (survivor.last_submission_at, survivor.last_touch) = latest(&self.before);
        }
        fit(&mut survivor, now, present);
        let mut merged = self.merged.clone();
        fit(&mut merged, now, present);
        Separation { survivor, merged, restored, kept }
    }

    /// What the merge changed of the survivor.
    fn changed(&self) -> Vec<MergeField> {
        let known = [LeadField::Name, LeadField::Email, LeadField::Phone, LeadField::Company, LeadField::Tags];
        let own = self.before.properties.differing(&self.after.properties).into_iter().map(LeadField::Property);
        let fields = known.into_iter().chain(own).map(MergeField::Known);
        let fields = fields.chain([MergeField::Stage, MergeField::Owner, MergeField::LegalBasis]);
        fields.filter(|field| !field.is_same(&self.before, &self.after)).collect()
    }

    fn take_back(&self, field: MergeField, survivor: &mut Lead) -> bool {
        if field.is_same(survivor, &self.after) {
            field.copy(&self.before, survivor);
            return true;
        }
        match field {
            MergeField::Known(LeadField::Tags) => {
                let tags = back(&self.before.tags, &self.after.tags, &survivor.tags, |tag: &Tag| tag.to_lowercase());
                survivor.tag(tags);
                true
            }
            MergeField::Known(LeadField::Property(id)) => {
                let of = |lead: &Lead| match lead.properties.get(id) {
                    Some(PropertyValue::Several(chosen)) => Some(chosen.iter().cloned().collect::<Vec<_>>()),
                    None => Some(Vec::new()),
                    Some(_) => None,
                };
                let (Some(before), Some(after), Some(now)) = (of(&self.before), of(&self.after), of(survivor)) else {
                    return false;
                };
                let chosen: BTreeSet<_> =
                    back(&before, &after, &now, |choice| choice.to_lowercase()).into_iter().collect();
                let value = Some(chosen).filter(|chosen| !chosen.is_empty()).map(PropertyValue::Several);
                survivor.properties.set(id, value);
                true
            }
            _ => false,
        }
    }
}

/// What there is now, without what the merge brought and with what it took.
fn back<T: Clone>(before: &[T], after: &[T], now: &[T], key: impl Fn(&T) -> String) -> Vec<T> {
    let has = |list: &[T], item: &T| list.iter().any(|other| key(other) == key(item));
    let stay = now.iter().filter(|item| !has(after, item) || has(before, item));
    let return_ = before.iter().filter(|item| !has(after, item) && !has(now, item));
    stay.chain(return_).cloned().collect()
}

/// Lets a lead of former times stand where leads can stand now, and belong to somebody who is there.
fn fit(lead: &mut Lead, now: &Lead, present: &Present) {
    if !present.stages.contains(&lead.stage) {
        MergeField::Stage.copy(now, lead);
    }
    lead.owner = lead.owner.filter(|owner| present.members.contains(owner));
}
