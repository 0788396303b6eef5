//! The registers of processing (GDPR Art. 30; PRV-7): of an organization as controller, for whoever looks after privacy there,
//! and of the operator as processor, for the operator. Both are drawn from code and data, as they are at that moment.

use std::{collections::BTreeSet, sync::Arc};

use qualify_domain::{
    access::{Actor, Duty, Permission},
    form::Notice,
    id::OrganizationId,
    language::Language,
    mfa_policy::MfaPolicy,
    processing::{Activity, Said, activities},
    retention::RULES,
    text::{Line, Name},
};
use qualify_ports::{
    storage::{PlatformTask, Storage},
    time::Clock,
};

use crate::{Error, Ports};

/// So many organizations are read at once.
const PART: u16 = 1_000;

/// The registers of organizations.
#[derive(Clone)]
pub struct Records {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

/// The register of an organization.
#[derive(Clone, Debug)]
pub struct RecordFile {
    /// Whose.
    pub organization: Name,
    /// What it does with personal data.
    pub activities: Vec<Activity>,
    /// Whom it asks for a second factor.
    pub mfa: MfaPolicy,
}

/// An organization for which the operator processes data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// Which one.
    pub organization: OrganizationId,
    /// What it is called.
    pub name: Name,
    /// Who answers for the data, as its forms tell every visitor.
    pub controllers: BTreeSet<String>,
    /// Where they are reached, as its forms tell every visitor.
    pub contacts: BTreeSet<String>,
}

impl Records {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }

    /// The register of the organization, Art. 30(1), its own words in that language where it has them.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn view(&self, actor: &Actor, language: Language) -> Result<RecordFile, Error> {
        let mut tx = self.storage.tenant(&actor.permit(Permission::EraseLead)?).await?;
        let organization = tx.organizations().own().await?.name;
        let (forms, properties) = (tx.forms().list().await?, tx.properties().list().await?);
        let months = tx.lead_months().find().await?.at(self.clock.now());
        let said = Said { name: &organization, forms: &forms, properties: &properties, months };
        let activities = activities(said, RULES, language);
        Ok(RecordFile { activities, mfa: tx.organizations().mfa_policy().await?, organization })
    }
}

/// The register of the operator: for whom data are processed. Nothing is read but what forms tell every visitor.
pub struct ProcessorRecords {
    storage: Arc<dyn Storage>,
}

impl ProcessorRecords {
    /// Over that storage.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage }
    }

    /// Every organization. Each has a trail from its first day on, and is found by it.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn controllers(&self) -> Result<Vec<Controller>, Error> {
        let (mut all, mut last) = (Vec::new(), None);
        loop {
            let mut tx = self.storage.platform(PlatformTask::VerifyAudit).await?;
            let part = tx.security().audited(last, PART).await?;
            drop(tx);
            if part.is_empty() {
                return Ok(all);
            }
            last = part.last().copied();
            for organization in part {
                all.push(self.controller(organization).await?);
            }
        }
    }

    async fn controller(&self, organization: OrganizationId) -> Result<Controller, Error> {
        #[expect(clippy::disallowed_methods, reason = "the operator's register names every organization")]
        let product = Actor::product(organization, Duty::NameControllers);
        let mut tx = self.storage.tenant(&product.permit(Permission::ReadForms)?).await?;
        let name = tx.organizations().own().await?.name;
        let notices: Vec<_> = tx.forms().list().await?.into_iter().map(|form| form.settings.notice).collect();
        let told = |part: fn(&Notice) -> Option<&Line>| {
            notices.iter().filter_map(part).map(ToString::to_string).collect::<BTreeSet<_>>()
        };
        let controllers = told(|notice| notice.controller.as_ref());
        let contacts = told(|notice| notice.contact.as_ref());
        Ok(Controller { organization, name, controllers, contacts })
    }
}
