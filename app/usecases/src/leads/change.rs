use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    id::LeadId,
    lead::{Lead, MOST_TAGS},
    lead_field::LeadField,
    person::PersonChange,
    text::Tag,
    violation::{Rule, Violations},
};
use qualify_ports::live::Change;

use crate::{Error, hooks::rectified, restrictions::refuse_restricted};

/// A change of what is known of a lead.
#[derive(Debug)]
pub struct ChangeLead {
    /// What changes about the person.
    pub person: PersonChange,
    /// The words by which it is grouped from now on; as before if left out.
    pub tags: Option<Vec<String>>,
    /// What was looked at.
    pub seen: Seen,
}

/// What somebody saw before they changed it: if it is otherwise by now, they are asked to look again.
#[derive(Clone, PartialEq, Eq)]
pub enum Seen {
    /// The whole lead, by its version.
    Version(i32),
    /// One field, as it was written; what others change beside it does not matter.
    Field(LeadField, String),
}

/// What was seen tells of somebody.
impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(version) => write!(f, "Version({version})"),
            Self::Field(field, _) => write!(f, "Field({field}, [redacted])"),
        }
    }
}

impl Seen {
    fn is_up_to_date(&self, lead: &Lead) -> bool {
        match self {
            Self::Version(version) => *version == lead.version,
            // A browser ends lines in its own way.
            Self::Field(field, was) => was.replace("\r\n", "\n") == field.written(lead),
        }
    }
}

impl super::Leads {
    /// Changes what is known of a lead, if what was looked at is still so. Tells the lead's version after it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with all faults; [`Error::Stale`];
    /// [`Error::Rule`] with an address or a number of somebody whose lead is restricted.
    pub async fn change(&self, actor: &Actor, id: LeadId, command: ChangeLead) -> Result<i32, Error> {
        let scope = actor.permit(Permission::ChangeLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut lead = super::found(&mut *tx, id).await?;
        let language = tx.organizations().own().await?.language;
        let mut faults = Violations::default();
        let own = tx.properties().list().await?;
        let person = command.person.parse(&lead, &own, language, &mut faults);
        let tags = command.tags.map(|tags| read_tags(&tags, &mut faults));
        let (person, tags) = faults.or(Some((person, tags)))?;
        if !command.seen.is_up_to_date(&lead) {
            return Err(Error::Stale);
        }
        // It does not become the lead of somebody whose lead is restricted. What it bears already is not asked about.
        let email = person.email.as_ref().filter(|_| person.email != lead.email);
        let phone = person.phone.as_ref().filter(|_| person.phone != lead.phone);
        refuse_restricted(&mut *tx, email, phone).await?;
        let mut changed = lead.change(person);
        if tags.is_some_and(|tags| lead.tag(tags)) {
            changed.push(LeadField::Tags);
        }
        if changed.is_empty() {
            return Ok(lead.version);
        }
        tx.leads().update(&lead).await?;
        let (author, at) = (scope.author(), self.clock.now());
        let what = What::Changed(changed);
        tx.activities().insert(&Activity { id: self.ids.next(), lead: id, at, author, what }).await?;
        rectified(&mut *tx, &[id], at).await?;
        tx.announce(Change::Lead(id)).await?;
        tx.commit().await?;
        Ok(lead.version + 1)
    }
}

/// The words by which a lead is grouped, as they were written.
pub(super) fn read_tags(written: &[String], faults: &mut Violations) -> Vec<Tag> {
    let written = written.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty());
    let tags: Vec<Tag> = written.filter_map(|tag| faults.keep("tags", Tag::parse(tag))).collect();
    if tags.len() > MOST_TAGS {
        faults.add("tags", Rule::TooMany(MOST_TAGS));
    }
    tags
}
