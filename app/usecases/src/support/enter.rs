use jiff::Timestamp;
use qualify_domain::{
    access::Actor,
    audit::Target,
    id::{RefreshId, UserId},
    mfa_policy::MfaDuty,
    step_up::Proof,
    support::OpenToSupport,
    text::{Email, Name},
    theme::Theme,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{Broken, Error, SignedIn, access::narrowed, billing::standing};

/// How whoever is in for support is called where people are called by their names.
const FIRST_NAME: &str = "Support";
const LAST_NAME: &str = "Qualify CRM";
/// An address at which nobody is.
const EMAIL: &str = "support@qualify.invalid";

/// What a link for support leads to.
#[derive(Debug)]
pub struct SupportDoor {
    /// The name of the organization.
    pub organization: Name,
    /// What to look after.
    pub reason: String,
    /// When it is over at the latest.
    pub ends_at: Timestamp,
}

/// What lets a browser of support in, for as long as its organization is open.
#[derive(Debug)]
pub struct Inside {
    /// The secret that the browser keeps.
    pub session: SecretString,
    /// For so many seconds at most.
    pub seconds: u32,
}

impl super::Support {
    /// What a link leads to. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it.
    pub async fn look(&self, link: &str) -> Result<SupportDoor, Error> {
        let (organization, _) = super::read(link).ok_or(Broken::LinkOver)?;
        let mut tx = self.storage.tenant(&super::serving(organization)?).await?;
        let grant = tx.support().find_link(&self.tokens.digest(link), self.clock.now()).await?;
        let grant = grant.ok_or(Broken::LinkOver)?;
        let organization = tx.organizations().own().await?.name;
        Ok(SupportDoor { organization, reason: grant.reason.to_string(), ends_at: grant.ends_at })
    }

    /// Uses a link up, and lets whoever has it in.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it.
    pub async fn enter(&self, link: &str) -> Result<Inside, Error> {
        let (organization, _) = super::read(link).ok_or(Broken::LinkOver)?;
        let (digest, now) = (self.tokens.digest(link), self.clock.now());
        let session = super::addressed(organization, &self.tokens.secret());
        let mut tx = self.storage.tenant(&super::serving(organization)?).await?;
        let grant = tx.support().find_link(&digest, now).await?.ok_or(Broken::LinkOver)?;
        if !tx.support().use_link(&digest, &self.digest(&session), now).await? {
            return Err(Broken::LinkOver.into());
        }
        tx.commit().await?;
        let left = grant.ends_at.duration_since(now).as_secs();
        Ok(Inside { session, seconds: u32::try_from(left).unwrap_or_default() })
    }

    /// Whoever has the secret of a session for support, who looks at one thing or at a list; none if it is over, or never was.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn inside(&self, session: &str, looks_at: Option<Target>) -> Result<Option<SignedIn>, Error> {
        let Some((organization, _)) = super::read(session) else { return Ok(None) };
        let (Ok(first_name), Ok(last_name), Ok(email)) =
            (Name::parse(FIRST_NAME), Name::parse(LAST_NAME), Email::parse(EMAIL))
        else {
            return Ok(None);
        };
        let mut tx = self.storage.tenant(&super::serving(organization)?).await?;
        let found = tx.support().find_session(&self.tokens.digest(session), self.clock.now()).await?;
        let Some((grant, visit)) = found else { return Ok(None) };
        let (own, settings) = (tx.organizations().own().await?, tx.settings().settings().await?.0);
        let closing = tx.organizations().closing().await?;
        let grounds = tx.billing().record().await?.map(|record| record.grounds());
        let now = self.clock.now();
        let standing = standing(self.is_billed, grounds, now);
        #[expect(clippy::disallowed_methods, reason = "the grant was read in this request, and is open")]
        let actor = Actor::support(organization, grant.id, looks_at);
        Ok(Some(SignedIn {
            actor: narrowed(actor, standing, closing.is_some()),
            standing,
            grounds: grounds.filter(|_| self.is_billed),
            seen_at: now,
            // Nobody's: support has no account here.
            user: UserId(grant.id.0),
            refresh: RefreshId(visit.id.0),
            roles: Vec::new(),
            proof: Proof(Timestamp::UNIX_EPOCH),
            mfa: MfaDuty::Nothing,
            first_name,
            last_name,
            email,
            language: own.language,
            theme: Theme::System,
            time_zone: None,
            organization: own.name,
            organization_zone: settings.time_zone,
            closing,
            support: Some(OpenToSupport { until: grant.ends_at, since: visit.begun_at }),
        }))
    }

    /// Ends the visit of whoever has the secret of its session.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn leave(&self, session: &str) -> Result<(), Error> {
        let Some((organization, _)) = super::read(session) else { return Ok(()) };
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&super::serving(organization)?).await?;
        let found = tx.support().find_session(&self.tokens.digest(session), now).await?;
        let Some((grant, visit)) = found else { return Ok(()) };
        tx.support().leave(visit.id, grant.id, now).await?;
        Ok(tx.commit().await?)
    }

    pub(super) fn digest(&self, secret: &SecretString) -> [u8; 32] {
        self.tokens.digest(secret.expose_secret())
    }
}
