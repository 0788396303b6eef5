use qualify_domain::{
    access::{Actor, Duty, Permission, Role},
    audit::{SecurityEvent, SecurityKind},
    form::{self, Form, FormField, FormSettings, KnownPerson, LegalBasis, Notice},
    id::OrganizationId,
    language::Language,
    one_time::{OneTimeKind, OneTimeToken},
    organization::{Membership, Organization},
    password::NewPassword,
    pending_sign_up::PendingSignUp,
    pipeline::{Pipeline, Stage, StageKind},
    reason::{self, Reason},
    score::{Edition, Rulebook},
    text::{Email, Name},
    user::User,
    violation::{Rule, Violations},
};
use qualify_ports::{
    passwords::PasswordHash,
    storage::{Account, PlatformTask, PlatformTx, StorageError},
};

use crate::{Broken, Error, accounts::Accounts};

/// A sign-up that waits for its owner, as the page of the link shows it.
#[derive(Debug)]
pub struct WaitingSignUp {
    /// Who signed up, as what.
    pub pending: PendingSignUp,
    /// The address that is proven by the link.
    pub email: Email,
}

impl Accounts {
    /// The sign-up of a link. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if the link does not work, for whatever reason.
    pub async fn waiting_sign_up(&self, link: &str) -> Result<WaitingSignUp, Error> {
        let mut tx = self.storage.platform(PlatformTask::ProveMailbox).await?;
        let (token, pending) = self.pending(&mut *tx, link).await?;
        Ok(WaitingSignUp { pending, email: token.email })
    }

    /// Makes the user of a sign-up whose mailbox the link proves, with the password they choose now, and their
    /// organization with a pipeline and a first form, of which they are the owner: all or nothing, and once.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a password that is not good enough; [`Broken::LinkOver`]; [`Error::Limit`].
    pub async fn confirm_sign_up(&self, link: &str, password: String) -> Result<(), Error> {
        let WaitingSignUp { pending, email } = self.waiting_sign_up(link).await?;
        let mut faults = Violations::default();
        let chosen = faults.keep("password", NewPassword::choose(password, &pending.own_words(&email)));
        let chosen = faults.or(chosen)?;
        let password = self.passwords.hash(&chosen).await?;
        let mut tx = self.storage.platform(PlatformTask::ProveMailbox).await?;
        let (token, pending) = self.pending(&mut *tx, link).await?;
        self.mailboxes.take(&mut *tx, &token).await?;
        self.found(tx, pending, (token.email, password)).await
    }

    async fn pending(&self, tx: &mut dyn PlatformTx, link: &str) -> Result<(OneTimeToken, PendingSignUp), Error> {
        let token = self.mailboxes.look(tx, link, OneTimeKind::SignUp).await?;
        let pending = tx.one_time_tokens().sign_up(token.id).await?.ok_or(Broken::LinkOver)?;
        Ok((token, pending))
    }

    async fn found(
        &self,
        mut tx: Box<dyn PlatformTx>,
        pending: PendingSignUp,
        (email, password): (Email, PasswordHash),
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let PendingSignUp { first_name, last_name, organization: name, home, language, .. } = pending;
        let contact = email.clone();
        let user = User { id: self.ids.next(), first_name, last_name, email, language, created_at: now };
        let owner = user.id;
        match tx.accounts().insert(&Account { user, password }).await {
            // The address got an account meanwhile, by an invitation for example.
            Err(StorageError::Conflict) => return Err(Broken::LinkOver.into()),
            other => other?,
        }
        let organization = Organization { id: home, name, language };
        let mut tx = tx.into_tenant(&product(home).permit(Permission::FoundOrganization)?).await?;
        tx.organizations().insert(&organization, now).await?;
        self.payments.begin(&mut *tx, now).await?;
        let membership = Membership { user: owner, roles: vec![Role::Owner] };
        tx.members().insert(&membership, now).await?;
        tx.pipelines().insert(&self.first_pipeline(language)?).await?;
        tx.pipelines().keep_reasons(&self.first_reasons(language)?, now).await?;
        let settings = first_form(&organization.name, &contact, language)?;
        let form = Form { id: self.ids.next(), public_id: self.ids.next(), version: 1, settings, created_at: now };
        let published = form::Edition { version: 1, settings: form.settings.clone(), at: now, author: None };
        tx.forms().insert(&form).await?;
        tx.forms().publish(form.id, &published).await?;
        let rules = Rulebook::standard(language);
        let edition = Edition { version: 1, book: rules, made_at: now, made_by: None };
        tx.scores().put_into_force(&edition).await?;
        tx.audit().note(&SecurityEvent::by(SecurityKind::EmailVerified, owner, None), now).await?;
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
            .map(|(name, kind)| Ok(Stage::new(self.ids.next(), own_words("name", Name::parse(name))?, kind)))
            .collect::<Result<_, Error>>()?;
        Ok(Pipeline::new(self.ids.next(), own_words("name", Name::parse("Leads"))?, stages))
    }

    fn first_reasons(&self, language: Language) -> Result<Vec<Reason>, Error> {
        let reason =
            |name| Ok(Reason { id: self.ids.next(), name: own_words("name", Name::parse(name))?, is_archived: false });
        reason::usual(language).into_iter().map(reason).collect()
    }
}

/// The form with which a new organization begins: it answers who asks, and says so.
fn first_form(organization: &Name, contact: &Email, language: Language) -> Result<FormSettings, Error> {
    Ok(FormSettings {
        name: own_words("name", Name::parse("Contact"))?,
        language,
        allowed_origins: Vec::new(),
        thank_you: None,
        legal_basis: LegalBasis::LegitimateInterest,
        notice: own_words("notice", Notice::usual(organization, contact, language))?,
        consent_wording: None,
        purposes: Vec::new(),
        requires_token: false,
        requires_work: false,
        known_person: KnownPerson::Append,
        fields: FormField::usual(),
    })
}

fn own_words<T>(field: &'static str, parsed: Result<T, Rule>) -> Result<T, Violations> {
    let mut faults = Violations::default();
    let value = faults.keep(field, parsed);
    faults.or(value)
}

#[expect(clippy::disallowed_methods, reason = "signing up is the duty that makes an organization")]
fn product(organization: OrganizationId) -> Actor {
    Actor::product(organization, Duty::SignUp)
}
