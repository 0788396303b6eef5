use qualify_domain::{
    access::{Actor, Permission},
    form::Form,
    score::{Draft, Group, GroupNumber, Matter, RuleNumber, Rulebook, ScoreRule, Trigger},
    text::Name,
    violation::{Rule, Violations},
};
use qualify_ports::storage::TenantTx;

use super::own::asked;
use crate::Error;

/// A change of what a member is working on.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Another rule; its number is given to it.
    AddRule(ScoreRule),
    /// A rule in place of the one of its number.
    ChangeRule(ScoreRule),
    /// A rule less.
    RemoveRule(RuleNumber),
    /// Another group.
    AddGroup(Name, u8),
    /// A group in place of the one of its number.
    ChangeGroup(Group),
    /// A group less; its rules stay.
    RemoveGroup(GroupNumber),
    /// Another half-life, in days.
    HalfLife(u16),
    /// All rules as they were in that version.
    Take(i32),
}

impl super::Scores {
    /// Changes what the member is working on. Nothing is scored by it until it is put into force.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a rule, group or version that is not there; [`Error::Invalid`].
    pub async fn edit(&self, actor: &Actor, edit: Edit) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let edition = self.in_force(&mut *tx).await?;
        let draft = tx.scores().draft(user).await?;
        let mut draft = draft.unwrap_or_else(|| Draft { base: edition.version, book: edition.book.clone() });
        apply(&mut *tx, &mut draft.book, edit).await?;
        if draft.base == edition.version && edition.book.changes_to(&draft.book).is_empty() {
            tx.scores().discard_draft(user).await?;
        } else {
            tx.scores().keep_draft(user, &draft).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Lets go of what the member was working on.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn discard(&self, actor: &Actor) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.scores().discard_draft(user).await?;
        Ok(tx.commit().await?)
    }

    /// Lets what the member is working on follow the rules in force by now, in place of those on which it began.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if they are working on nothing.
    pub async fn renew(&self, actor: &Actor) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let edition = self.in_force(&mut *tx).await?;
        let draft = tx.scores().draft(user).await?.ok_or(Error::NotFound("draft"))?;
        let began = tx.scores().edition(draft.base).await?;
        let draft = draft.onto(began.as_ref().map_or(edition.book.next, |began| began.book.next), &edition);
        tx.scores().keep_draft(user, &draft).await?;
        Ok(tx.commit().await?)
    }
}

/// Makes the change in a rulebook.
pub(super) async fn apply(tx: &mut dyn TenantTx, book: &mut Rulebook, edit: Edit) -> Result<(), Error> {
    match edit {
        Edit::AddRule(rule) => {
            book.add(known_rule(tx, rule).await?)?;
        }
        Edit::ChangeRule(rule) => {
            let rule = known_rule(tx, rule).await?;
            there("rule", book.change(rule)?)?;
        }
        Edit::RemoveRule(number) => there("rule", book.remove(number))?,
        Edit::AddGroup(name, cap) => {
            book.add_group(name, cap)?;
        }
        Edit::ChangeGroup(group) => there("group", book.change_group(group))?,
        Edit::RemoveGroup(number) => there("group", book.remove_group(number))?,
        Edit::HalfLife(days) => book.half_life_days = days,
        Edit::Take(version) => {
            let former = tx.scores().edition(version).await?.ok_or(Error::NotFound("version"))?.book;
            // Numbers are never given twice, even to rules that came after that version and go now.
            *book = Rulebook { next: book.next.max(former.next), ..former };
        }
    }
    Ok(())
}

fn there(what: &'static str, found: bool) -> Result<(), Error> {
    if found { Ok(()) } else { Err(Error::NotFound(what)) }
}

/// The rules, if all that they speak of is there: what is not would never count. Each choice is spelled as its property
/// spells it.
pub(super) async fn known(tx: &mut dyn TenantTx, book: Rulebook) -> Result<Rulebook, Error> {
    let forms = tx.forms().list().await?;
    book.rules.iter().try_for_each(|rule| known_forms(rule, &forms))?;
    let own = asked(tx, &[&book]).await?;
    Ok(book.settled(&own)?)
}

/// The same of one rule.
async fn known_rule(tx: &mut dyn TenantTx, rule: ScoreRule) -> Result<ScoreRule, Error> {
    known_forms(&rule, &tx.forms().list().await?)?;
    Ok(rule.settled(&tx.properties().list().await?)?)
}

fn known_forms(rule: &ScoreRule, forms: &[Form]) -> Result<(), Violations> {
    let of_facts = rule.when.iter().filter_map(|condition| match condition.matter {
        Matter::Form(form) => Some(form),
        _ => None,
    });
    let of_trigger = match rule.on {
        Some(Trigger::SubmissionOf(form)) => Some(form),
        _ => None,
    };
    let unknown = of_facts.chain(of_trigger).any(|wanted| !forms.iter().any(|form| form.id == wanted));
    if unknown { Err(Violations::one("is", Rule::NotAChoice)) } else { Ok(()) }
}
