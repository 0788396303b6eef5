use std::collections::BTreeSet;

use super::{Choice, Choices, MergeError, MergeField};
use crate::{
    lead::{Lead, MOST_TAGS},
    lead_field::LeadField,
    property::{Property, PropertyValue},
    violation::{Rule, Violations},
};

/// What a merge would make of two leads.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The survivor as it would be.
    pub lead: Lead,
    /// What would be taken from where: the fields in which the two differ, in the order in which they are shown.
    pub decisions: Vec<Decision>,
}

/// From where a field would be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The field.
    pub field: MergeField,
    /// From where.
    pub choice: Choice,
    /// From where it could be.
    pub offers: Vec<Choice>,
}

/// What a merge makes of two leads, by what somebody chose; what cannot be chosen so goes to `faults`.
///
/// What nobody chooses: the lead is as old as the older one, whose first visit it keeps, and the person wrote last when they
/// last did.
///
/// # Errors
/// [`MergeError::Itself`].
pub fn plan(
    survivor: &Lead,
    other: &Lead,
    own: &[Property],
    choices: &Choices,
    faults: &mut Violations,
) -> Result<Plan, MergeError> {
    if survivor.id == other.id {
        return Err(MergeError::Itself);
    }
    let fields = fields(survivor, other, own);
    for field in choices.keys().filter(|field| !fields.contains(field)) {
        faults.add(format!("choices.{field}"), Rule::NotAChoice);
    }
    let mut lead = survivor.clone();
    keep_history(&mut lead, other);
    let mut decisions = Vec::new();
    for field in fields.into_iter().filter(|field| !field.is_same(survivor, other)) {
        let offers = offers(field, survivor, other);
        let choice = choices.get(&field).copied().unwrap_or_else(|| usual(field, survivor, &offers));
        if offers.contains(&choice) {
            take(field, choice, survivor, other, &mut lead);
        } else {
            faults.add(format!("choices.{field}"), Rule::NotAChoice);
        }
        decisions.push(Decision { field, choice, offers });
    }
    if lead.tags.len() > MOST_TAGS.max(survivor.tags.len()).max(other.tags.len()) {
        faults.add("choices.tags", Rule::TooMany(MOST_TAGS));
    }
    let can_be_answered = |lead: &Lead| lead.email.is_some() || lead.phone.is_some();
    if !can_be_answered(&lead) && (can_be_answered(survivor) || can_be_answered(other)) {
        faults.add("choices.email", Rule::OneOfRequired);
    }
    Ok(Plan { lead, decisions })
}

/// Every field there is to choose.
fn fields(survivor: &Lead, other: &Lead, own: &[Property]) -> Vec<MergeField> {
    let known = [LeadField::Name, LeadField::Email, LeadField::Phone, LeadField::Company].map(MergeField::Known);
    let property = |id| MergeField::Known(LeadField::Property(id));
    let listed: Vec<_> = own.iter().map(|own| own.id).collect();
    // What is known of a property that was removed altogether is not lost either.
    let unlisted: BTreeSet<_> = survivor.properties.iter().chain(other.properties.iter()).map(|(id, _)| id).collect();
    let unlisted = unlisted.into_iter().filter(|id| !listed.contains(id));
    let own = listed.iter().copied().chain(unlisted).map(property);
    let rest = [MergeField::Known(LeadField::Tags), MergeField::Stage, MergeField::Owner, MergeField::LegalBasis];
    known.into_iter().chain(own).chain(rest).collect()
}

fn offers(field: MergeField, survivor: &Lead, other: &Lead) -> Vec<Choice> {
    let several = field.is_several(survivor) && field.is_several(other);
    Choice::ALL.into_iter().filter(|choice| several || *choice != Choice::Union).collect()
}

fn usual(field: MergeField, survivor: &Lead, offers: &[Choice]) -> Choice {
    if offers.contains(&Choice::Union) {
        Choice::Union
    } else if field.is_known(survivor) {
        Choice::Survivor
    } else {
        Choice::Other
    }
}

fn take(field: MergeField, choice: Choice, survivor: &Lead, other: &Lead, lead: &mut Lead) {
    let (newer, older) =
        if other.last_submission_at > survivor.last_submission_at { (other, survivor) } else { (survivor, other) };
    match choice {
        Choice::Survivor => field.copy(survivor, lead),
        Choice::Other => field.copy(other, lead),
        Choice::Newest => field.copy(if field.is_known(newer) { newer } else { older }, lead),
        Choice::Union => unite(field, survivor, other, lead),
    }
}

fn unite(field: MergeField, survivor: &Lead, other: &Lead, lead: &mut Lead) {
    let MergeField::Known(field) = field else { return };
    if let LeadField::Property(id) = field {
        let both = [survivor, other].map(|lead| lead.properties.get(id));
        if let [Some(PropertyValue::Several(one)), Some(PropertyValue::Several(two))] = both {
            let union = one.union(two).cloned().collect();
            lead.properties.set(id, Some(PropertyValue::Several(union)));
        }
    } else {
        lead.tag(survivor.tags.iter().chain(&other.tags).cloned().collect());
    }
}

fn keep_history(lead: &mut Lead, other: &Lead) {
    if other.created_at < lead.created_at {
        (lead.created_at, lead.first_touch) = (other.created_at, other.first_touch.clone());
        (lead.form, lead.source) = (other.form, other.source);
    }
    if other.last_submission_at > lead.last_submission_at {
        (lead.last_submission_at, lead.last_touch) = (other.last_submission_at, other.last_touch.clone());
    }
    lead.last_activity_at = lead.last_activity_at.max(other.last_activity_at);
}
