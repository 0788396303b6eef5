use qualify_domain::{
    access::{Actor, Permission},
    form::Form,
    id::LeadId,
    property::Property,
    score::{Draft, Edition, Rulebook},
};
use qualify_ports::storage::{KeptScore, Scoring};

use crate::Error;

/// The rules of an organization, as their page shows them.
#[derive(Debug)]
pub struct ScoreFile {
    /// The rules in force.
    pub edition: Edition,
    /// What the member is working on.
    pub draft: Option<Draft>,
    /// How far the leads have been scored by the rules in force.
    pub scoring: Scoring,
    /// The forms that rules may speak of.
    pub forms: Vec<Form>,
    /// The organization's own properties that rules may ask for, with those out of use.
    pub properties: Vec<Property>,
}

impl ScoreFile {
    /// The rules the member sees: the draft, else those in force.
    pub fn book(&self) -> &Rulebook {
        self.draft.as_ref().map_or(&self.edition.book, |draft| &draft.book)
    }

    /// Whether other rules were put into force since the draft began.
    pub fn is_behind(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.base != self.edition.version)
    }
}

/// The rules in force, and how far the leads have been scored by them.
#[derive(Debug)]
pub struct ScoreRules {
    /// The rules.
    pub edition: Edition,
    /// How far.
    pub scoring: Scoring,
}

impl super::Scores {
    /// The rules, to who may change them.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn view(&self, actor: &Actor) -> Result<ScoreFile, Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let edition = self.in_force(&mut *tx).await?;
        let draft = match scope.user() {
            Some(user) => tx.scores().draft(user).await?,
            None => None,
        };
        let scoring = tx.scores().scoring(edition.version).await?;
        let (forms, properties) = (tx.forms().list().await?, tx.properties().list().await?);
        Ok(ScoreFile { edition, draft, scoring, forms, properties })
    }

    /// The score of a lead the actor may see; none until it is scored.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn of_lead(&self, actor: &Actor, lead: LeadId) -> Result<Option<KeptScore>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        crate::leads::found(&mut *tx, lead).await?;
        Ok(tx.scores().of_lead(lead).await?)
    }

    /// The rules in force, to who may see leads: they say why a lead stands where it does.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn rules(&self, actor: &Actor) -> Result<ScoreRules, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let edition = self.in_force(&mut *tx).await?;
        let scoring = tx.scores().scoring(edition.version).await?;
        Ok(ScoreRules { edition, scoring })
    }
}
