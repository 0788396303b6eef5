//! Versions of forms, in the words of the API.

use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    form::{Difference, Edition, differences},
};
use qualify_ports::storage::UndeclaredField;
use qualify_usecases::{EditionFile, FormHistory};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::HeldBody;

/// Who made a version, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorBody {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The member who did, if one did.
    member: Option<Uuid>,
    /// The API key that did, if one did.
    key: Option<Uuid>,
}

impl AuthorBody {
    /// What was done at that time by that author.
    pub fn of(at: Timestamp, author: Option<Author>) -> Self {
        let (member, key) = match author {
            Some(Author::Member(member)) => (Some(member.0), None),
            Some(Author::Program(key)) => (None, Some(key.0)),
            None => (None, None),
        };
        Self { at, member, key }
    }
}

/// A published version of a form, in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionFace {
    /// The form's version.
    #[schema(minimum = 1, example = 2)]
    version: i32,
    /// Who published it.
    #[serde(flatten)]
    author: AuthorBody,
    /// Whether visitors see it now.
    is_current: bool,
    /// The places of what differs from the version before.
    #[schema(example = json!(["notice.purpose", "fields.seats.label.fr"]))]
    changes: Vec<String>,
}

/// A part of the published versions of a form.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionList {
    /// The versions, the latest first.
    items: Vec<EditionFace>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<String>,
}

impl From<&FormHistory> for EditionList {
    fn from(history: &FormHistory) -> Self {
        let face = |(edition, former): (&Edition, Option<&Edition>)| EditionFace {
            version: edition.version,
            author: AuthorBody::of(edition.at, edition.author),
            is_current: edition.version == history.form.version,
            changes: found(edition, former).iter().map(|one| one.detail.to_string()).collect(),
        };
        Self { items: history.rows().map(face).collect(), next: history.older().map(|version| version.to_string()) }
    }
}

/// Something that a version holds otherwise than the one before. What can be listed stands one a line; yes and no are
/// `true` and `false`.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceBody {
    /// Its place: `name`, `notice.purpose`, `purposes.sharing`, `fields` for their order, `fields.seats.label.fr`.
    #[schema(example = "notice.purpose")]
    at: String,
    /// What it was; null if it was not there.
    #[schema(example = "We use what you send to answer you.")]
    before: Option<String>,
    /// What it is; null if it is not there any more.
    #[schema(example = "We use what you send to answer you soon.")]
    after: Option<String>,
}

/// A published version of a form.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionBody {
    /// The form's version.
    #[schema(minimum = 1, example = 2)]
    version: i32,
    /// Who published it.
    #[serde(flatten)]
    author: AuthorBody,
    /// Whether visitors see it now.
    is_current: bool,
    /// What was published.
    held: HeldBody,
    /// What differs from the version before; nothing of the first.
    changes: Vec<DifferenceBody>,
}

impl From<&EditionFile> for EditionBody {
    fn from(file: &EditionFile) -> Self {
        let edition = &file.edition;
        let change =
            |one: Difference| DifferenceBody { at: one.detail.to_string(), before: one.before, after: one.after };
        Self {
            version: edition.version,
            author: AuthorBody::of(edition.at, edition.author),
            is_current: edition.version == file.form.version,
            held: (&edition.settings).into(),
            changes: found(edition, file.former.as_ref()).into_iter().map(change).collect(),
        }
    }
}

fn found(edition: &Edition, former: Option<&Edition>) -> Vec<Difference> {
    former.map(|former| differences(&former.settings, &edition.settings)).unwrap_or_default()
}

/// A field that is sent to a form but not declared. What was in it is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndeclaredBody {
    /// Its name.
    #[schema(example = "company")]
    name: String,
    /// How often it was sent.
    #[schema(minimum = 1)]
    times: i64,
    /// When it was sent last.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
}

/// The fields that are sent to a form but not declared.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndeclaredList {
    /// The fields, the one that was sent last first; at most 50.
    items: Vec<UndeclaredBody>,
}

impl From<&[UndeclaredField]> for UndeclaredList {
    fn from(fields: &[UndeclaredField]) -> Self {
        let field = |field: &UndeclaredField| UndeclaredBody {
            name: field.name.clone(),
            times: field.times,
            last_seen_at: field.last_seen_at,
        };
        Self { items: fields.iter().map(field).collect() }
    }
}
