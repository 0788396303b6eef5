//! What the address of the list says: a view, what is changed of it for the moment, a search, and a place.

use form_urlencoded::Serializer;
use qualify_domain::{
    id::ViewId,
    lead_filter::{Condition, LeadFilter, Node, Search},
    lead_order::{GroupBy, LeadOrder, LeadPlace},
    property::Property,
    view::{Column, Columns, Density, Layout, View, ViewSettings},
};
use qualify_usecases::ViewList;

use crate::{place, problem::Problem, text::Text};

/// What stands for no view, where a view would be the beginning; and for no groups.
pub const NONE: &str = "none";

/// The parameters of an address, as they came.
#[derive(Clone, Debug, Default)]
pub struct Asked(Vec<(String, String)>);

impl Asked {
    /// Reads them.
    pub fn read(raw: Option<&str>) -> Self {
        Self(form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// The parameters, in the order in which they came.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a parameter, if it was given: the last one counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter, if it says something.
    fn said(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|value| !value.is_empty())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// The list as somebody looks at it.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// The view it begins with.
    pub view: Option<View>,
    /// Whether nothing said is that view: the member chose it.
    pub begins_there: bool,
    /// How leads are looked at now.
    pub settings: ViewSettings,
    /// What stands in the search field.
    pub typed: String,
    /// What is searched for.
    pub search: Option<Search>,
    /// What is wrong with what was typed.
    pub search_fault: String,
    /// After which place.
    pub after: Option<LeadPlace>,
    /// Whether the address is one of a form, and wants to be written shorter.
    pub is_long: bool,
}

fn read<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::bad_request())
}

impl Looked {
    /// The list that an address asks for.
    ///
    /// # Errors
    /// 400 for what cannot be read; 404 for a view that is not there.
    pub fn at(asked: &Asked, views: &ViewList, t: Text) -> Result<Self, Problem> {
        let (view, begins_there) = match asked.said("view") {
            Some(NONE) => (None, false),
            Some(id) => {
                let id: ViewId = id.parse().map_err(|_| Problem::not_found())?;
                let view = views.find(id).ok_or_else(Problem::not_found)?;
                (Some(view.clone()), false)
            }
            None => (views.default.and_then(|id| views.find(id)).cloned(), true),
        };
        let mut settings = view.as_ref().map(|view| view.settings.clone()).unwrap_or_default();
        change(&mut settings, asked)?;
        let after = match asked.said("after") {
            None => None,
            Some(text) => Some(place::read(text, settings.sort).ok_or_else(Problem::bad_request)?),
        };
        let typed = asked.get("q").unwrap_or_default().to_owned();
        let (search, search_fault) = match typed.trim() {
            "" => (None, String::new()),
            text => match Search::parse(text) {
                Ok(search) => (Some(search), String::new()),
                Err(rule) => (None, t.rule("q", rule)),
            },
        };
        let is_long = asked.pairs().any(|(name, _)| matches!(name, "column" | "up" | "display"));
        Ok(Self { view, begins_there, settings, typed, search, search_fault, after, is_long })
    }

    /// What the view says, before it was changed for the moment.
    fn kept(&self) -> ViewSettings {
        self.view.as_ref().map(|view| view.settings.clone()).unwrap_or_default()
    }

    /// Whether it is not as the view says.
    pub fn is_changed(&self) -> bool {
        let mut kept = self.kept();
        if self.view.is_none() {
            // Everything is there as a list and as a board.
            kept.layout = self.settings.layout;
        }
        self.settings != kept
    }

    /// The parameters of its address.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let (kept, now) = (self.kept(), &self.settings);
        let mut pairs = Vec::new();
        if !self.begins_there {
            let view = self.view.as_ref().map_or_else(|| NONE.to_owned(), |view| view.id.to_string());
            pairs.push(("view", view));
        }
        if now.filter != kept.filter {
            pairs.push(("filter", written(&now.filter)));
        }
        if now.sort != kept.sort {
            pairs.push(("sort", now.sort.to_string()));
        }
        if now.group != kept.group {
            pairs.push(("group", now.group.map_or(NONE, GroupBy::code).to_owned()));
        }
        if now.columns != kept.columns {
            let codes: Vec<_> = now.columns.all().iter().map(ToString::to_string).collect();
            pairs.push(("columns", codes.join(",")));
        }
        if now.density != kept.density {
            pairs.push(("density", now.density.code().to_owned()));
        }
        if now.layout != kept.layout {
            pairs.push(("layout", now.layout.code().to_owned()));
        }
        if !self.typed.is_empty() {
            pairs.push(("q", self.typed.clone()));
        }
        if let Some(after) = &self.after {
            pairs.push(("after", place::written(after, now.sort)));
        }
        pairs
    }

    /// Its address at a page.
    pub fn address_at(&self, page: &str) -> String {
        addressed(page, self.pairs())
    }

    /// Its address.
    pub fn address(&self) -> String {
        match self.settings.layout {
            Layout::List => self.address_at("/leads"),
            Layout::Board => {
                // The page itself says that it is a board.
                let mut pairs = self.pairs();
                pairs.retain(|(name, _)| *name != "layout");
                addressed("/board", pairs)
            }
        }
    }

    /// The address of the same list with something changed, from its beginning.
    pub fn with(&self, change: impl FnOnce(&mut ViewSettings)) -> String {
        let mut other = Self { after: None, ..self.clone() };
        change(&mut other.settings);
        other.address()
    }

    /// The address of the same list after a place.
    pub fn after(&self, place: &LeadPlace) -> String {
        Self { after: Some(place.clone()), ..self.clone() }.address()
    }

    /// The address of its beginning without the search.
    pub fn newest(&self) -> String {
        Self { after: None, typed: String::new(), ..self.clone() }.address()
    }

    /// The address of all that its filter lets through, the newest first and in no groups: what came meanwhile stands at
    /// the top.
    pub fn latest(&self) -> String {
        Self { typed: String::new(), ..self.clone() }.with(|settings| {
            settings.sort = LeadOrder::default();
            settings.group = None;
        })
    }

    /// The address of its view as it is kept.
    pub fn reset(&self) -> String {
        Self { settings: self.kept(), after: None, typed: String::new(), ..self.clone() }.address()
    }

    /// Leaves out what speaks of a property that is gone, so that everything on the page is about what it shows; whether
    /// there was anything.
    pub fn leave_out_gone(&mut self, own: &[Property]) -> bool {
        let sound = self.settings.sound(own);
        let was_there = sound != self.settings;
        self.settings = sound;
        was_there
    }

    /// How leads are looked at, for a form that keeps it.
    pub fn settings_json(&self) -> String {
        serde_json::to_string(&self.settings).unwrap_or_default()
    }
}

fn addressed(page: &str, pairs: Vec<(&'static str, String)>) -> String {
    if pairs.is_empty() {
        return page.to_owned();
    }
    format!("{page}?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// A filter as an address carries it.
pub fn written(filter: &LeadFilter) -> String {
    serde_json::to_string(filter).unwrap_or_default()
}

/// What the address says differently.
fn change(settings: &mut ViewSettings, asked: &Asked) -> Result<(), Problem> {
    if let Some(text) = asked.get("filter") {
        settings.filter = read_filter(text)?;
    }
    // A single stage or form, as links from elsewhere name it.
    if let Some(stage) = asked.said("stage") {
        settings.filter = with(&settings.filter, Condition::Stage(vec![read(stage)?]))?;
    }
    if let Some(form) = asked.said("form") {
        settings.filter = with(&settings.filter, Condition::Form(vec![Some(read(form)?)]))?;
    }
    if let Some(sort) = asked.said("sort") {
        settings.sort = read::<LeadOrder>(sort)?;
    }
    match asked.said("group") {
        None => {}
        Some(NONE) => settings.group = None,
        Some(by) => settings.group = Some(read(by)?),
    }
    if let Some(density) = asked.said("density") {
        settings.density = read::<Density>(density)?;
    }
    if let Some(layout) = asked.said("layout") {
        settings.layout = read::<Layout>(layout)?;
    }
    if let Some(codes) = asked.get("columns") {
        let columns = codes.split(',').filter(|code| !code.is_empty()).map(read::<Column>);
        settings.columns = columns_of(columns.collect::<Result<_, _>>()?)?;
    }
    if asked.get("display").is_some() {
        let mut columns = asked.all("column").map(read::<Column>).collect::<Result<Vec<_>, _>>()?;
        if let Some(up) = asked.said("up") {
            let up = read::<Column>(up)?;
            if let Some(at) = columns.iter().position(|column| *column == up).filter(|at| *at > 0) {
                columns.swap(at - 1, at);
            }
        }
        settings.columns = columns_of(columns)?;
    }
    Ok(())
}

fn columns_of(columns: Vec<Column>) -> Result<Columns, Problem> {
    columns.try_into().map_err(|_| Problem::bad_request())
}

/// The filter that a text stands for.
///
/// # Errors
/// 400 if it is none.
pub fn read_filter(text: &str) -> Result<LeadFilter, Problem> {
    if text.trim().is_empty() {
        return Ok(LeadFilter::default());
    }
    serde_json::from_str(text).map_err(|_| Problem::bad_request())
}

/// The same filter with one condition in place of the one about the same.
pub fn with(filter: &LeadFilter, condition: Condition) -> Result<LeadFilter, Problem> {
    let subject = condition.subject();
    let others = filter.parts().iter().filter(|part| !is_about(part, subject)).cloned();
    LeadFilter::of(others.chain([Node::Is(condition)]).collect()).map_err(|_| Problem::bad_request())
}

/// The same filter without conditions about something, as far as they stand by themselves.
pub fn without(filter: &LeadFilter, subject: qualify_domain::lead_filter::Subject) -> LeadFilter {
    let others = filter.parts().iter().filter(|part| !is_about(part, subject)).cloned().collect();
    LeadFilter::of(others).unwrap_or_default()
}

fn is_about(part: &Node, subject: qualify_domain::lead_filter::Subject) -> bool {
    matches!(part, Node::Is(condition) if condition.subject() == subject)
}

#[cfg(test)]
mod tests {
    use qualify_domain::{
        language::Language,
        lead_filter::{OwnerIs, TextField, TextTest},
        lead_order::{SortBy, SortKey},
    };
    use uuid::Uuid;

    use super::*;

    fn at(query: &str, views: &ViewList) -> Result<Looked, Problem> {
        Looked::at(&Asked::read(Some(query)), views, Text::new(Language::English))
    }

    fn views() -> ViewList {
        let mine = ViewSettings {
            filter: LeadFilter::only(Condition::Owner(vec![OwnerIs::Me])),
            sort: LeadOrder { by: SortBy::Name, descending: false },
            ..ViewSettings::default()
        };
        let view = View {
            id: ViewId(Uuid::from_u128(1)),
            version: 1,
            name: "Mine".parse().unwrap(),
            private_of: None,
            settings: mine,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        };
        ViewList { default: Some(view.id), views: vec![view] }
    }

    #[test]
    fn an_address_says_what_is_changed_of_its_view_and_nothing_else() {
        let list = at("", &views()).unwrap();
        assert_eq!(list.address(), "/leads");
        assert!(!list.is_changed());
        let by_time = list.with(|settings| settings.sort = LeadOrder::default());
        assert_eq!(by_time, "/leads?sort=-created");
        assert_eq!(list.latest(), by_time);
        let all = at("view=none", &views()).unwrap();
        assert_eq!((all.address(), all.settings.clone()), ("/leads?view=none".to_owned(), ViewSettings::default()));
        let named = at(&format!("view={}&filter=", Uuid::from_u128(1)), &views()).unwrap();
        assert!(named.settings.filter.is_empty() && named.is_changed());
        assert_eq!(named.reset(), format!("/leads?view={}", Uuid::from_u128(1)));
    }

    #[test]
    fn an_address_survives_being_read_and_written() {
        let query = "filter=%7B%22all%22%3A%5B%7B%22field%22%3A%22name%22%2C%22op%22%3A%22begins_with%22%2C%22value%22%3A%22an%26%22%7D%5D%7D\
                     &sort=name&group=owner&columns=email%2Cstage&density=compact&q=anna+%26+co";
        let list = at(query, &ViewList::default()).unwrap();
        assert_eq!(list.address(), format!("/leads?{query}"));
        let board = at(&format!("{query}&layout=board"), &ViewList::default()).unwrap();
        assert_eq!(board.address(), format!("/board?{query}"));
        assert_eq!(board.with(|settings| settings.layout = Layout::List), list.address());
        let condition = Condition::Text(TextField::Name, TextTest::BeginsWith("an&".to_owned()));
        assert_eq!(list.settings.filter, LeadFilter::only(condition));
        let place =
            LeadPlace { group: None, key: SortKey::Text("zoé".into()), id: qualify_domain::id::LeadId(Uuid::nil()) };
        let on = at(list.after(&place).trim_start_matches("/leads?"), &ViewList::default()).unwrap();
        assert_eq!(on.after, Some(place));
        assert!(!on.newest().contains("after=") && !on.newest().contains("q="));
        let latest = at(on.latest().trim_start_matches("/leads?"), &ViewList::default()).unwrap();
        assert_eq!((latest.after, latest.typed.as_str()), (None, ""));
        assert_eq!(latest.settings, ViewSettings { sort: LeadOrder::default(), group: None, ..on.settings });
    }

    #[test]
    fn columns_are_put_in_another_order_by_a_form() {
        let moved = at("display=1&column=email&column=stage&column=form&up=stage", &ViewList::default()).unwrap();
        assert_eq!(moved.settings.columns.all(), [Column::Stage, Column::Email, Column::Form]);
        assert!(moved.is_long);
        assert_eq!(moved.address(), "/leads?columns=stage%2Cemail%2Cform");
        let none = at("display=1", &ViewList::default()).unwrap();
        assert_eq!(none.settings.columns.all(), []);
        assert_eq!(at("columns=", &ViewList::default()).unwrap().settings.columns.all(), []);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let deep = format!("filter={}{}", "%7B%22not%22%3A".repeat(50), "%7D".repeat(50));
        for query in [
            "filter=x",
            "filter=%7B%22x%22%3A1%7D",
            &deep,
            "sort=shoe_size",
            "group=x",
            "density=x",
            "layout=x",
            "columns=x",
            "columns=email,email",
            "stage=x",
            "form=x",
            "after=x",
            "sort=name&after=-created~~x~t1",
            "view=x",
        ] {
            assert!(at(query, &ViewList::default()).is_err(), "{query}");
        }
        assert_eq!(at("q=a", &ViewList::default()).unwrap().search, None);
    }
}
