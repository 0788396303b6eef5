//! What happened in the demo's organizations before it was started.

mod story;
mod write;

use futures::future::try_join_all;
use jiff::SignedDuration;
use qualify_domain::{
    access::Forbidden,
    lead::StageError,
    password::Password,
    violation::{Rule, Violations},
};
use qualify_ports::{passwords::PasswordError, storage::StorageError};
use qualify_usecases::Ports;

use self::{story::Story, write::write};
use super::{
    cast::{CASTS, Cast},
    chance::{Chance, DAYS},
    foundation::Foundation,
    record::{Login, Record},
};
use crate::Failure;

/// How long ago the organizations were founded.
pub(super) const SINCE: SignedDuration = SignedDuration::from_hours(24 * (DAYS as i64 + 2));

/// What everybody in the demo signs in with. It serves on this machine only and holds nobody's data.
const PASSWORD: &str = "lead the way home";

/// How many people wrote to each of the organizations.
const PEOPLE: [u32; 2] = [160, 190];

/// Why the demo's data could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Passwords(#[from] PasswordError),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Stage(#[from] StageError),
    #[error("a text of the demo breaks a rule: {0:?}")]
    Text(Rule),
    #[error("an answer of the demo breaks a rule: {0}")]
    Answers(Violations),
}

impl From<Rule> for Broken {
    fn from(rule: Rule) -> Self {
        Self::Text(rule)
    }
}

impl From<Violations> for Broken {
    fn from(violations: Violations) -> Self {
        Self::Answers(violations)
    }
}

/// Makes both organizations and their history in an empty database.
///
/// # Errors
/// [`Failure`] if the storage does not take it.
pub(super) async fn make(ports: &Ports, database: String) -> Result<Record, Failure> {
    let failed = || Failure::because("the demo's data cannot be made");
    let password = hash(ports).await.map_err(failed())?;
    let making = CASTS.iter().zip(PEOPLE).zip(1_u64..).map(|((cast, people), seed)| {
        let password = &password;
        async move {
            let foundation = Foundation::lay(ports, cast, password).await?;
            let stories = Story::all(cast, people, ports.clock.now(), &mut Chance::new(seed));
            write(ports, &foundation, stories).await?;
            Ok::<_, Broken>(foundation)
        }
    });
    let foundations = try_join_all(making).await.map_err(failed())?;
    let form = foundations.first().and_then(|foundation| foundation.forms.first());
    let form = form.ok_or_else(|| Failure::plain("the demo has no form"))?.public_id;
    Ok(Record { database, form, accounts: CASTS.iter().flat_map(|cast| logins(cast)).collect() })
}

async fn hash(ports: &Ports) -> Result<qualify_ports::passwords::PasswordHash, Broken> {
    Ok(ports.passwords.hash(&Password::parse(PASSWORD.to_owned())?).await?)
}

fn logins(cast: &Cast) -> impl Iterator<Item = Login> {
    cast.members.iter().map(|member| Login {
        organization: cast.organization.to_owned(),
        email: member.email.to_owned(),
        password: PASSWORD.to_owned(),
        roles: member.roles.iter().map(|role| role.code().to_owned()).collect(),
    })
}
