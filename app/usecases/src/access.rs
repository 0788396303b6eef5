//! Who is there: the doors through which actors come in.

mod program;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use moka::future::Cache;
use qualify_domain::{
    access::{Actor, Permission, Role},
    closing::Closing,
    form::Form,
    id::{PublicFormId, RefreshId, UserId},
    language::Language,
    mfa_policy::MfaDuty,
    profile::Profile,
    step_up::Proof,
    subscription::{Access as Rights, Grounds, Standing},
    support::OpenToSupport,
    text::{Email, Name},
    theme::Theme,
    zone::Zone,
};
use qualify_ports::{
    storage::{PlatformTask, Storage, StorageError},
    time::Clock,
    tokens::{AccessClaims, Tokens},
};
use secrecy::ExposeSecret;

pub use self::program::{Program, RefusedKey};
use crate::{Broken, Error, Granted, Ports, billing::standing};

/// How long a form may be shown as it was, in a process that did not change it.
const FORM_MEMORY: Duration = Duration::from_secs(2);
/// How many public addresses are remembered, unknown ones included.
const FORMS_REMEMBERED: u64 = 10_000;
/// How many refresh tokens are remembered as received by their browsers, and for how long: as long as what comes beside
/// them is good.
const TOKENS_REMEMBERED: u64 = 100_000;
const TOKEN_MEMORY: Duration = Duration::from_mins(11);

/// A visitor of a form, and the form.
#[derive(Debug)]
pub struct Visitor {
    /// May see and send this form, nothing else.
    pub actor: Actor,
    /// The form.
    pub form: Form,
    /// The name of the organization that asks.
    pub organization: Name,
    is_closed: bool,
}

/// A member in one of their sessions.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// May do what their roles grant.
    pub actor: Actor,
    /// The user behind it.
    pub user: UserId,
    /// The refresh token that came with what they showed.
    pub refresh: RefreshId,
    /// What they are in the organization.
    pub roles: Vec<Role>,
    /// When they last proved who they are in this session.
    pub proof: Proof,
    /// What they have to do about a second factor.
    pub mfa: MfaDuty,
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// Their address.
    pub email: Email,
    /// The language they read.
    pub language: Language,
    /// How bright their pages are.
    pub theme: Theme,
    /// Where they read clocks, if they chose.
    pub time_zone: Option<Zone>,
    /// The name of the organization they look at.
    pub organization: Name,
    /// Where that organization reads clocks, if it says.
    pub organization_zone: Option<Zone>,
    /// The organization's end, if that was asked for: then the actor only looks and takes away.
    pub closing: Option<Closing>,
    /// What the organization may do by what it subscribed to: then the actor may do no more.
    pub standing: Standing,
    /// From what that follows; none where nobody pays, or nothing is kept yet.
    pub grounds: Option<Grounds>,
    /// When all this was so.
    pub seen_at: Timestamp,
    /// Whether the organization is open to support; always for support itself.
    pub support: Option<OpenToSupport>,
}

/// The actor in an organization that stands so, and that ends or not.
pub(crate) fn narrowed(actor: Actor, standing: Standing, is_closed: bool) -> Actor {
    match (standing.access, is_closed) {
        (Rights::Locked, _) => actor.locked(),
        (Rights::ReadOnly, _) | (Rights::Full, true) => actor.closed(),
        (Rights::Full, false) => actor,
    }
}

impl SignedIn {
    /// What they chose for themselves.
    pub fn profile(&self) -> Profile {
        Profile {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            language: self.language,
            theme: self.theme,
            time_zone: self.time_zone,
        }
    }
}

/// Who is there.
#[derive(Clone)]
pub struct Access {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    tokens: Arc<dyn Tokens>,
    visitors: Cache<PublicFormId, Option<Arc<Visitor>>>,
    acknowledged: Cache<RefreshId, ()>,
    is_billed: bool,
}

impl Access {
    pub(crate) fn new(ports: &Ports) -> Self {
        let visitors = Cache::builder().max_capacity(FORMS_REMEMBERED).time_to_live(FORM_MEMORY).build();
        let acknowledged = Cache::builder().max_capacity(TOKENS_REMEMBERED).time_to_live(TOKEN_MEMORY).build();
        let (storage, clock, tokens) = (ports.storage.clone(), ports.clock.clone(), ports.tokens.clone());
        let is_billed = ports.payments.provider.is_billed();
        Self { storage, clock, tokens, visitors, acknowledged, is_billed }
    }

    /// The visitor of the form at a public address. A moment's memory answers most calls, whether the form exists or not.
    ///
    /// # Errors
    /// [`Error::NotFound`] if no form has that address, or it is retired; [`Broken::Closed`] if the organization takes
    /// nothing in any more (RET-7).
    pub async fn visitor(&self, id: PublicFormId) -> Result<Arc<Visitor>, Error> {
        let visitor = self.visitors.try_get_with(id, self.resolve(id)).await;
        let visitor = visitor.map_err(|error| Error::Failed(error.into()))?.ok_or(Error::NotFound("form"))?;
        if visitor.is_closed { Err(Broken::Closed.into()) } else { Ok(visitor) }
    }

    /// The member behind an access token; none if the token, the session or the membership is no longer good.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn member(&self, token: &str) -> Result<Option<SignedIn>, Error> {
        let Ok(claims) = self.tokens.read(token, self.clock.now()) else { return Ok(None) };
        let found = self.look(&claims).await?;
        if found.is_some() {
            self.acknowledge(claims.refresh).await?;
        }
        Ok(found)
    }

    /// The member behind tokens that were just made, and that their browser does not have yet.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn renewed(&self, granted: &Granted) -> Result<Option<SignedIn>, Error> {
        let read = self.tokens.read(granted.access.expose_secret(), self.clock.now());
        match read {
            Ok(claims) => self.look(&claims).await,
            Err(_) => Ok(None),
        }
    }

    /// Remembers, once, that the browser has the refresh token, because it has what came beside it (SES-6).
    async fn acknowledge(&self, token: RefreshId) -> Result<(), Error> {
        if self.acknowledged.contains_key(&token) {
            return Ok(());
        }
        let mut tx = self.storage.platform(PlatformTask::RefreshSession).await?;
        tx.sessions().acknowledge(token, self.clock.now()).await?;
        tx.commit().await?;
        self.acknowledged.insert(token, ()).await;
        Ok(())
    }

    async fn look(&self, claims: &AccessClaims) -> Result<Option<SignedIn>, Error> {
        let now = self.clock.now();
        let found = self.storage.authenticate(claims.user, claims.session, claims.organization, now).await?;
        Ok(found.map(|member| {
            #[expect(clippy::disallowed_methods, reason = "session and roles were read in this request (SES-4)")]
            let actor =
                Actor::member(claims.organization, claims.user, claims.session, &member.roles, member.colleagues)
                    .with_grants(&member.roles, &member.grants);
            let standing = standing(self.is_billed, member.grounds, now);
            SignedIn {
                actor: narrowed(actor, standing, member.closing.is_some()),
                standing,
                grounds: member.grounds.filter(|_| self.is_billed),
                seen_at: now,
                user: claims.user,
                proof: member.proof,
                refresh: claims.refresh,
                mfa: member.mfa.duty(&member.roles, now),
                roles: member.roles,
                first_name: member.profile.first_name,
                last_name: member.profile.last_name,
                email: member.email,
                language: member.profile.language,
                theme: member.profile.theme,
                time_zone: member.profile.time_zone,
                organization: member.organization,
                organization_zone: member.organization_zone,
                closing: member.closing,
                support: member.support,
            }
        }))
    }

    /// Forgets what is remembered of an address, because its form has changed.
    pub(crate) async fn forget(&self, id: PublicFormId) {
        self.visitors.invalidate(&id).await;
    }

    /// Forgets what is remembered of all addresses, because an organization took its forms away or put them back.
    pub(crate) fn forget_all(&self) {
        self.visitors.invalidate_all();
    }

    async fn resolve(&self, id: PublicFormId) -> Result<Option<Arc<Visitor>>, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::ResolveForm).await?;
        let address = tx.directory().resolve_form(id, self.clock.now()).await?;
        tx.commit().await?;
        let Some(address) = address else { return Ok(None) };
        #[expect(clippy::disallowed_methods, reason = "the directory just named the organization and the form")]
        let actor = Actor::visitor(address.organization, address.form);
        let Ok(scope) = actor.permit(Permission::ShowForm) else { return Ok(None) };
        let mut tx = self.storage.tenant(&scope).await?;
        let form = tx.forms().find(address.form).await?;
        let organization = tx.organizations().own().await?.name;
        let is_closed = tx.organizations().closing().await?.is_some();
        Ok(form.map(|form| Arc::new(Visitor { actor, form: Form { public_id: id, ..form }, organization, is_closed })))
    }
}
