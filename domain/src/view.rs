//! Views: ways to look at the list of leads that somebody keeps, for themselves or for everybody.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    access::{Actor, Permission},
    id::{PropertyId, UserId, ViewId},
    lead_field,
    lead_filter::LeadFilter,
    lead_order::{GroupBy, LeadOrder},
    property::Property,
    text::Name,
    violation::{Rule, Violations},
};

/// A member keeps at most so many views, and so does an organization.
pub const MOST_VIEWS: usize = 100;

/// A view that was taken away can be brought back for so long.
pub const MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A list shows at most so many columns.
pub const MOST_COLUMNS: usize = 30;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant),+
        }

        impl $name {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl FromStr for $name {
            type Err = Rule;

            fn from_str(code: &str) -> Result<Self, Rule> {
                Self::ALL.iter().copied().find(|it| it.code() == code).ok_or(Rule::NotAChoice)
            }
        }
    )+};
}

codes! {
    /// How close rows stand.
    Density {
        /// As they do if nothing is said.
        Comfortable = "comfortable",
        /// As many as can be read.
        Compact = "compact",
    }

    /// As what leads are shown.
    Layout {
        /// Rows.
        List = "list",
        /// Cards by stage.
        Board = "board",
    }
}

/// What a list can show of a lead, beside what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Column {
    /// The e-mail address.
    Email,
    /// The telephone number.
    Phone,
    /// Where they work.
    Company,
    /// The words by which it is grouped.
    Tags,
    /// Where it stands.
    Stage,
    /// Who works on it.
    Owner,
    /// What brought it first.
    Form,
    /// What its score comes to.
    Grade,
    /// On what ground it is kept.
    LegalBasis,
    /// When the person last wrote.
    LastSubmission,
    /// When anything last happened to it.
    LastActivity,
    /// When it was opened.
    Created,
    /// A property of the organization's own.
    Property(PropertyId),
}

impl Column {
    /// Each that every organization has.
    pub const ALL: &[Self] = &[
        Self::Email,
        Self::Phone,
        Self::Company,
        Self::Tags,
        Self::Stage,
        Self::Owner,
        Self::Form,
        Self::Grade,
        Self::LegalBasis,
        Self::LastSubmission,
        Self::LastActivity,
        Self::Created,
    ];

    /// The stable name; of a property only that it is one.
    const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Company => "company",
            Self::Tags => "tags",
            Self::Stage => "stage",
            Self::Owner => "owner",
            Self::Form => "form",
            Self::Grade => "grade",
            Self::LegalBasis => "legal_basis",
            Self::LastSubmission => "last_submission",
            Self::LastActivity => "last_activity",
            Self::Created => "created",
            Self::Property(_) => "property",
        }
    }

    /// Whether it shows a property that is out of use or not there, where an organization has these.
    pub fn is_gone(self, own: &[Property]) -> bool {
        let Self::Property(id) = self else { return false };
        !own.iter().any(|property| property.id == id && !property.is_archived)
    }
}

impl FromStr for Column {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        let usual = Self::ALL.iter().copied().find(|column| column.word() == code);
        usual.or_else(|| lead_field::own(code).map(Self::Property)).ok_or(Rule::NotAChoice)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property(id) => lead_field::write_own(*id, f),
            usual => f.write_str(usual.word()),
        }
    }
}

impl TryFrom<String> for Column {
    type Error = Rule;

    fn try_from(code: String) -> Result<Self, Rule> {
        code.parse()
    }
}

impl From<Column> for String {
    fn from(column: Column) -> Self {
        column.to_string()
    }
}

/// How leads are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewSettings {
    /// Which.
    #[serde(default)]
    pub filter: LeadFilter,
    /// In which order.
    #[serde(default)]
    pub sort: LeadOrder,
    /// By what they are put together.
    #[serde(default)]
    pub group: Option<GroupBy>,
    /// What is shown of them, in this order.
    #[serde(default = "usual_columns")]
    pub columns: Columns,
    /// How close they stand.
    #[serde(default = "usual_density")]
    pub density: Density,
    /// As what.
    #[serde(default = "usual_layout")]
    pub layout: Layout,
}

fn usual_columns() -> Columns {
    Columns::default()
}

const fn usual_density() -> Density {
    Density::Comfortable
}

const fn usual_layout() -> Layout {
    Layout::List
}

/// Everything, as a list that nobody has changed.
impl Default for ViewSettings {
    fn default() -> Self {
        Self {
            filter: LeadFilter::default(),
            sort: LeadOrder::default(),
            group: None,
            columns: Columns::default(),
            density: usual_density(),
            layout: usual_layout(),
        }
    }
}

impl ViewSettings {
    /// The same without what speaks of a property that is gone, where an organization has these.
    #[must_use]
    pub fn sound(&self, own: &[Property]) -> Self {
        let columns = self.columns.0.iter().copied().filter(|column| !column.is_gone(own));
        Self { filter: self.filter.sound(own), columns: Columns(columns.collect()), ..self.clone() }
    }

    /// Whether nothing in it speaks of a property that is gone.
    ///
    /// # Errors
    /// [`Rule::Gone`] at `filter`, at `columns`, or at both.
    pub fn check(&self, own: &[Property]) -> Result<(), Violations> {
        let mut faults = Violations::default();
        if !self.filter.is_sound(own) {
            faults.add("filter", Rule::Gone);
        }
        if self.columns.0.iter().any(|column| column.is_gone(own)) {
            faults.add("columns", Rule::Gone);
        }
        faults.or(Some(()))
    }
}

/// Columns, each once, [`MOST_COLUMNS`] at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Column>", into = "Vec<Column>")]
pub struct Columns(Vec<Column>);

impl Columns {
    /// The columns, in their order.
    pub fn all(&self) -> &[Column] {
        &self.0
    }

    /// Whether one is shown.
    pub fn has(&self, column: Column) -> bool {
        self.0.contains(&column)
    }
}

impl Default for Columns {
    fn default() -> Self {
        use Column::{Created, Email, Form, Grade, Owner, Phone, Stage};
        Self(vec![Email, Phone, Stage, Grade, Owner, Form, Created])
    }
}

impl TryFrom<Vec<Column>> for Columns {
    type Error = Rule;

    fn try_from(columns: Vec<Column>) -> Result<Self, Rule> {
        let once: BTreeSet<Column> = columns.iter().copied().collect();
        let fits = once.len() == columns.len() && columns.len() <= MOST_COLUMNS;
        if fits { Ok(Self(columns)) } else { Err(Rule::NotAChoice) }
    }
}

impl From<Columns> for Vec<Column> {
    fn from(columns: Columns) -> Self {
        columns.0
    }
}

/// A way to look at the list that somebody keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// Grows with each change; a change names the one it saw.
    pub version: i32,
    /// What it is called.
    pub name: Name,
    /// Whose alone it is; none: the organization's.
    pub private_of: Option<UserId>,
    /// How leads are looked at.
    pub settings: ViewSettings,
    /// When it was made.
    pub created_at: Timestamp,
}

impl View {
    /// Whether everybody in the organization sees it.
    pub const fn is_shared(&self) -> bool {
        self.private_of.is_none()
    }

    /// What somebody needs in order to change it: it is locked to everybody else.
    pub const fn keeper(&self) -> Permission {
        keeper(self.is_shared())
    }

    /// Whether somebody may change it.
    pub fn is_kept_by(&self, actor: &Actor) -> bool {
        let own = self.private_of.is_none_or(|user| actor.user() == Some(user));
        own && actor.may(self.keeper())
    }
}

/// What somebody needs in order to keep a view for everybody, or for themselves.
pub const fn keeper(shared: bool) -> Permission {
    if shared { Permission::ManageViews } else { Permission::KeepViews }
}

/// What somebody wants a view to be.
#[derive(Clone, Debug)]
pub struct ViewWish {
    /// What to call it.
    pub name: Name,
    /// Whether everybody is to see it.
    pub shared: bool,
    /// How leads are to be looked at.
    pub settings: ViewSettings,
}

impl ViewWish {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub fn parse(name: &str, shared: bool, settings: ViewSettings) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        let name = faults.keep("name", Name::parse(name));
        faults.or(name.map(|name| Self { name, shared, settings }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead_order::SortBy;

    #[test]
    fn settings_are_read_as_they_are_written_and_what_is_left_out_is_usual() {
        let settings = ViewSettings {
            sort: LeadOrder { by: SortBy::Name, descending: false },
            group: Some(GroupBy::Owner),
            density: Density::Compact,
            ..ViewSettings::default()
        };
        let written = serde_json::to_string(&settings).unwrap();
        assert_eq!(
            written,
            r#"{"filter":{"all":[]},"sort":"name","group":"owner","columns":["email","phone","stage","grade","owner","form","created"],"density":"compact","layout":"list"}"#
        );
        assert_eq!(serde_json::from_str::<ViewSettings>(&written).unwrap(), settings);
        assert_eq!(serde_json::from_str::<ViewSettings>("{}").unwrap(), ViewSettings::default());
    }

    #[test]
    fn a_column_of_a_property_is_read_as_it_is_written_and_left_out_when_it_is_gone() {
        let id = PropertyId(uuid::Uuid::from_u128(7));
        let own = Column::Property(id);
        for column in Column::ALL.iter().copied().chain([own]) {
            assert_eq!(column.to_string().parse(), Ok(column));
            assert_eq!(column.is_gone(&[]), column == own);
        }
        let columns = Columns::try_from(vec![Column::Email, own]).unwrap();
        let settings = ViewSettings { columns, ..ViewSettings::default() };
        assert_eq!(settings.check(&[]).unwrap_err(), Violations::one("columns", Rule::Gone));
        assert_eq!(settings.sound(&[]).columns.all(), [Column::Email]);
        assert!(settings.sound(&[]).check(&[]).is_ok());
        let many = (0..=MOST_COLUMNS).map(|n| Column::Property(PropertyId(uuid::Uuid::from_u128(n as u128))));
        assert_eq!(Columns::try_from(many.collect::<Vec<_>>()), Err(Rule::NotAChoice));
    }

    #[test]
    fn settings_that_cannot_be_are_refused() {
        for text in [
            r#"{"colour":"red"}"#,
            r#"{"columns":["email","email"]}"#,
            r#"{"columns":["shoe_size"]}"#,
            r#"{"sort":"shoe_size"}"#,
            r#"{"filter":{"any":[{"field":"shoe_size","op":"is","value":["43"]}]}}"#,
        ] {
            assert!(serde_json::from_str::<ViewSettings>(text).is_err(), "{text}");
        }
    }
}
