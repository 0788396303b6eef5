use qualify_domain::{
    access::{Actor, Job, Permission, Role},
    event::Event,
    form::{Form, FormSettings, LegalBasis},
    id::OrganizationId,
    language::Language,
    organization::{Membership, Organization},
    password::NewPassword,
    pipeline::{Pipeline, Stage, StageKind},
    text::{Email, Message, Name},
    user::User,
    violation::{Rule, Violations},
};
use qualify_ports::storage::{Account, PlatformTask, StorageError};

use crate::{Error, accounts::Accounts};

/// What somebody types to make an account and an organization.
pub struct SignUp {
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// The address to sign in with.
    pub email: Email,
    /// The password to sign in with.
    pub password: NewPassword,
    /// What the organization is called.
    pub organization: Name,
    /// The language of the page they typed it on.
    pub language: Language,
}

impl Accounts {
    /// Makes a user, their organization with a pipeline and a first form, and makes them its owner: all or nothing.
    ///
    /// An address that has an account gets the same answer and a mail instead, so that nobody learns who has one
    /// (AUTH-5).
    ///
    /// # Errors
    /// [`Error::Limit`] if too many passwords are being hashed.
    pub async fn sign_up(&self, command: SignUp) -> Result<(), Error> {
        let password = self.passwords.hash(&command.password).await?;
        let now = self.clock.now();
        let SignUp { first_name, last_name, email, organization: name, language, .. } = command;
        let mut tx = self.storage.platform(PlatformTask::SignUp).await?;
        if let Some(known) = tx.accounts().find(&email).await? {
            return self.tell_known(known.user).await;
        }
        let user = User { id: self.ids.next(), first_name, last_name, email, language, created_at: now };
        let owner = user.id;
        match tx.accounts().insert(&Account { user, password }).await {
            Err(StorageError::Conflict) => return Ok(()), // the same sign-up twice at once: the other one wins
            other => other?,
        }
        let organization = Organization { id: self.ids.next(), name, language };
        let scope = job(organization.id).permit(Permission::FoundOrganization)?;
        let mut tx = tx.into_tenant(&scope).await?;
        tx.organizations().insert(&organization, now).await?;
        let membership = Membership { user: owner, roles: vec![Role::Owner], notify_new_leads: true };
        tx.members().insert(&membership, now).await?;
        tx.pipelines().insert(&self.first_pipeline(language)?).await?;
        let settings = first_form(&organization.name, language)?;
        let form = Form { id: self.ids.next(), public_id: self.ids.next(), version: 1, settings, created_at: now };
        tx.forms().insert(&form).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn tell_known(&self, user: User) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::SignUp).await?;
        let Some(home) = tx.accounts().organizations(user.id).await?.first().copied() else { return Ok(()) };
        let scope = job(home).permit(Permission::FoundOrganization)?;
        let mut tx = tx.into_tenant(&scope).await?;
        tx.outbox().append(&Event::SignUpRepeated { user: user.id }, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    fn first_pipeline(&self, language: Language) -> Result<Pipeline, Error> {
        let names = match language {
            Language::English => ["New", "In conversation", "Qualified", "Won", "Not a fit"],
            Language::French => ["Nouveau", "En discussion", "Qualifié", "Gagné", "Sans suite"],
        };
        let kinds = [StageKind::Open, StageKind::Open, StageKind::Qualified, StageKind::Won, StageKind::Disqualified];
        let stages = names
            .into_iter()
            .zip(kinds)
            .map(|(name, kind)| Ok(Stage { id: self.ids.next(), name: own_words("name", Name::parse(name))?, kind }))
            .collect::<Result<_, Error>>()?;
        Ok(Pipeline { id: self.ids.next(), name: own_words("name", Name::parse("Leads"))?, stages })
    }
}

/// The form with which a new organization begins: it answers who asks, and says so.
fn first_form(organization: &Name, language: Language) -> Result<FormSettings, Error> {
    let notice = match language {
        Language::English => format!(
            "{organization} uses what you send to answer your request and to follow up on it, on the ground of its \
             legitimate interest in answering. You can ask to see, \
             correct or erase your data at any time."
        ),
        Language::French => format!(
            "{organization} utilise vos réponses pour répondre à votre demande et en assurer le suivi, au titre de \
             son intérêt légitime à vous répondre. Vous pouvez à \
             tout moment demander à consulter, corriger ou effacer vos données."
        ),
    };
    Ok(FormSettings {
        name: own_words("name", Name::parse("Contact"))?,
        language,
        allowed_origins: Vec::new(),
        thank_you: None,
        legal_basis: LegalBasis::LegitimateInterest,
        notice: own_words("notice", Message::parse(&notice))?,
        consent_wording: None,
        requires_token: false,
    })
}

fn own_words<T>(field: &'static str, parsed: Result<T, Rule>) -> Result<T, Violations> {
    let mut faults = Violations::default();
    let value = faults.keep(field, parsed);
    faults.or(value)
}

#[expect(clippy::disallowed_methods, reason = "signing up is the job that makes an organization")]
fn job(organization: OrganizationId) -> Actor {
    Actor::job(organization, Job::SignUp)
}
