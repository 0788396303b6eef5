//! A view of the list, in the words of the API.

use jiff::Timestamp;
use qualify_domain::view::{View, ViewSettings};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::FilterBody;

/// By what leads are sorted.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
pub enum SortCode {
    /// The oldest first.
    #[serde(rename = "created")]
    Created,
    /// The newest first.
    #[serde(rename = "-created")]
    NewestCreated,
    /// Those first whose person has been silent longest.
    #[serde(rename = "last_submission")]
    LastSubmission,
    /// Those first whose person wrote last.
    #[serde(rename = "-last_submission")]
    NewestLastSubmission,
    /// By name; without one last.
    #[serde(rename = "name")]
    Name,
    /// By name backwards; without one last.
    #[serde(rename = "-name")]
    NameBackwards,
    /// The best grade first, and within it who has the most points.
    #[serde(rename = "grade")]
    Grade,
    /// The best grade last.
    #[serde(rename = "-grade")]
    WorstGrade,
    /// By where they work; where that is unknown last.
    #[serde(rename = "company")]
    Company,
    /// By where they work, backwards; where that is unknown last.
    #[serde(rename = "-company")]
    CompanyBackwards,
    /// Those first to whom nothing has happened for longest.
    #[serde(rename = "last_activity")]
    LastActivity,
    /// Those first to whom something happened last.
    #[serde(rename = "-last_activity")]
    NewestLastActivity,
}

/// By what leads are put together.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupCode {
    /// Where they stand.
    Stage,
    /// Whose they are.
    Owner,
    /// What brought them first.
    Form,
    /// What their score comes to.
    Grade,
}

/// What a list shows of a lead, beside what it is called: a property is `property:` with its id.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(
    pattern = "^(email|phone|company|tags|stage|owner|form|grade|legal_basis|last_submission|last_activity|created|property:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
    example = "email"
)]
pub struct ColumnCode(String);

/// How close rows stand.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DensityCode {
    /// As they do if nothing is said.
    Comfortable,
    /// As many as can be read.
    Compact,
}

/// As what leads are shown.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LayoutCode {
    /// Rows.
    List,
    /// Cards by stage.
    Board,
}

/// How leads are looked at.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct SettingsBody {
    /// Which.
    filter: FilterBody,
    /// In which order.
    sort: SortCode,
    /// By what they are put together.
    group: Option<GroupCode>,
    /// What is shown of them, in this order, each once.
    columns: Vec<ColumnCode>,
    /// How close they stand.
    density: DensityCode,
    /// As what.
    layout: LayoutCode,
}

/// A view of the list that everybody in the organization sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewBody {
    /// Its id.
    id: Uuid,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// What it is called.
    #[schema(example = "Open leads")]
    name: String,
    /// How leads are looked at.
    #[serde(flatten)]
    settings: Option<SettingsBody>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// The settings in the words of the API, which are those in which they are kept.
fn told(settings: &ViewSettings) -> Option<SettingsBody> {
    serde_json::to_value(settings).ok().and_then(|value| serde_json::from_value(value).ok())
}

impl From<&View> for ViewBody {
    fn from(view: &View) -> Self {
        Self {
            id: view.id.0,
            version: view.version,
            name: view.name.to_string(),
            settings: told(&view.settings),
            created_at: view.created_at,
        }
    }
}

/// The views.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewsBody {
    /// The views, by name.
    pub items: Vec<ViewBody>,
}

#[cfg(test)]
mod tests {
    use qualify_domain::{
        lead_order::{GroupBy, LeadOrder, SortBy},
        view::{Column, Density, Layout},
    };

    use super::*;

    #[test]
    fn every_setting_has_a_word_in_the_api() {
        for by in SortBy::ALL {
            for descending in [true, false] {
                let sort = LeadOrder { by: *by, descending };
                assert!(told(&ViewSettings { sort, ..ViewSettings::default() }).is_some(), "{sort}");
            }
        }
        for group in GroupBy::ALL {
            assert!(told(&ViewSettings { group: Some(*group), ..ViewSettings::default() }).is_some(), "{group:?}");
        }
        for density in Density::ALL {
            for layout in Layout::ALL {
                let own = Column::Property(qualify_domain::id::PropertyId(Uuid::from_u128(7)));
                let columns = [Column::ALL, &[own]].concat().try_into().unwrap();
                let (density, layout) = (*density, *layout);
                let settings = ViewSettings { columns, density, layout, ..ViewSettings::default() };
                assert_eq!(
                    serde_json::to_value(told(&settings).unwrap()).unwrap()["columns"],
                    serde_json::to_value(&settings).unwrap()["columns"]
                );
            }
        }
    }
}
