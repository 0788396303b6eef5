use qualify_domain::{
    access::{Actor, Duty, Permission, TenantScope},
    form::{Form, FormField, FormSettings, KnownPerson, LegalBasis, Notice, Purpose, PurposeBox},
    id::{OrganizationId, UserId},
    notification::{Choice, NotificationKind, Wishes},
    organization::{Membership, Organization},
    pipeline::{Pipeline, Stage, StageKind},
    reason::{self, Reason},
    text::{Email, Message, Name},
    user::User,
};
use qualify_ports::{
    passwords::PasswordHash,
    storage::{Account, PlatformTask, StorageError},
};
use qualify_usecases::Ports;

use super::{
    cast::{Cast, FormText},
    history::{Broken, SINCE},
};

/// An organization with everything but leads.
pub(super) struct Foundation {
    pub organization: OrganizationId,
    /// In the order of the cast.
    pub members: Vec<UserId>,
    pub pipeline: Pipeline,
    pub reasons: Vec<Reason>,
    pub forms: Vec<Form>,
}

impl Foundation {
    /// Founds the organization of a cast, as a sign-up does, all in one unit of work.
    pub async fn lay(ports: &Ports, cast: &Cast, password: &PasswordHash) -> Result<Self, Broken> {
        let founded_at = ports.clock.now() - SINCE;
        // A trial counts from the day on which an organization was founded: here it begins with the demo.
        let is_billed = ports.payments.provider.is_billed();
        let tries_from = if is_billed { ports.clock.now() } else { founded_at };
        let foundation = Self {
            organization: ports.ids.next(),
            members: cast.members.iter().map(|_| ports.ids.next()).collect(),
            pipeline: pipeline(ports, cast)?,
            reasons: reasons(ports, cast)?,
            forms: cast.forms.iter().map(|form| self::form(ports, cast, form)).collect::<Result<_, Broken>>()?,
        };
        let mut tx = ports.storage.platform(PlatformTask::SignUp).await?;
        for (colleague, id) in cast.members.iter().zip(&foundation.members) {
            let user = User {
                id: *id,
                first_name: Name::parse(colleague.first)?,
                last_name: Name::parse(colleague.last)?,
                email: Email::parse(colleague.email)?,
                language: cast.language,
                created_at: founded_at,
            };
            tx.accounts().insert(&Account { user, password: password.clone() }).await?;
        }
        let mut tx = tx.into_tenant(&foundation.scope()?).await?;
        let name = Name::parse(cast.organization)?;
        let organization = Organization { id: foundation.organization, name, language: cast.language };
        tx.organizations().insert(&organization, tries_from).await?;
        for (i, (colleague, user)) in cast.members.iter().zip(&foundation.members).enumerate() {
            let membership = Membership { user: *user, roles: colleague.roles.to_vec() };
            tx.members().insert(&membership, founded_at).await?;
            // Two are mailed at once: the demo's mails shall show that, not fill the folder.
            if i >= 2 {
                tx.notifications().choose(*user, &once_a_day()).await?;
            }
        }
        tx.pipelines().insert(&foundation.pipeline).await?;
        tx.pipelines().keep_reasons(&foundation.reasons, founded_at).await?;
        for form in &foundation.forms {
            tx.forms().insert(form).await?;
        }
        tx.commit().await?;
        Ok(foundation)
    }

    fn scope(&self) -> Result<TenantScope, Broken> {
        #[expect(clippy::disallowed_methods, reason = "the demo signs its organizations up by itself")]
        let founder = Actor::product(self.organization, Duty::SignUp);
        Ok(founder.permit(Permission::FoundOrganization)?)
    }

    /// A stage by its place in the pipeline.
    pub fn stage(&self, place: usize) -> Result<&Stage, StorageError> {
        self.pipeline.stages.get(place).ok_or(StorageError::Stale)
    }
}

fn once_a_day() -> Wishes {
    NotificationKind::CHOSEN.into_iter().fold(Wishes::default(), |wishes, kind| wishes.with(kind, Choice::Digest))
}

fn pipeline(ports: &Ports, cast: &Cast) -> Result<Pipeline, Broken> {
    let kinds = [StageKind::Open, StageKind::Open, StageKind::Qualified, StageKind::Won, StageKind::Disqualified];
    let stages = cast.stages.into_iter().zip(kinds);
    let stages = stages.zip([Some(3), Some(14), Some(21), None, None]).map(|((name, kind), stale_after_days)| {
        Ok(Stage { stale_after_days, ..Stage::new(ports.ids.next(), Name::parse(name)?, kind) })
    });
    Ok(Pipeline::new(ports.ids.next(), Name::parse("Leads")?, stages.collect::<Result<_, Broken>>()?))
}

fn reasons(ports: &Ports, cast: &Cast) -> Result<Vec<Reason>, Broken> {
    let reason = |name| Ok(Reason { id: ports.ids.next(), name: Name::parse(name)?, is_archived: false });
    reason::usual(cast.language).into_iter().map(reason).collect()
}

fn news(wording: &str) -> Result<PurposeBox, Broken> {
    Ok(PurposeBox { purpose: Purpose::EmailMarketing, wording: Message::parse(wording)?, is_confirmed: false })
}

fn form(ports: &Ports, cast: &Cast, text: &FormText) -> Result<Form, Broken> {
    let settings = FormSettings {
        name: Name::parse(text.name)?,
        language: cast.language,
        allowed_origins: vec![cast.site.parse()?],
        thank_you: None,
        legal_basis: if text.consent.is_some() { LegalBasis::Consent } else { LegalBasis::LegitimateInterest },
        notice: Notice {
            purpose: Message::parse(text.purpose)?,
            ..Notice::usual(&Name::parse(cast.organization)?, &Email::parse(cast.members[0].email)?, cast.language)?
        },
        consent_wording: text.consent.map(Message::parse).transpose()?,
        purposes: text.news.map(news).transpose()?.into_iter().collect(),
        requires_token: false,
        requires_work: false,
        known_person: KnownPerson::Append,
        fields: FormField::usual(),
    };
    let created_at = ports.clock.now() - SINCE;
    Ok(Form { id: ports.ids.next(), public_id: ports.ids.next(), version: 1, settings, created_at })
}
