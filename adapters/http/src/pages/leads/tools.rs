//! What stands above the leads, whether they are shown as a list or as a board: views, filter, search.

use qualify_domain::{
    access::Permission,
    lead_filter::{Condition, LeadFilter, Node},
    lead_order::LeadPlace,
    view::{Layout, View},
};
use qualify_usecases::ViewList;

use super::{
    asked::Looked,
    words::{Names, Told},
};
use crate::{actor::Member, pages::lead_changes::may_change};

/// What stands above the leads.
#[expect(clippy::struct_excessive_bools, reason = "what the page shows or leaves out")]
pub struct Tools {
    pub list: Addresses,
    pub views: Vec<ViewLink>,
    pub view: Option<ViewFace>,
    /// The view that was just removed.
    pub removed: String,
    pub settings: String,
    pub may_keep: bool,
    pub may_share: bool,
    pub may_change: bool,
    pub may_create: bool,
    pub may_import: bool,
    pub may_export: bool,
    /// Whether they may erase what is selected.
    pub may_erase: bool,
    pub is_board: bool,
    pub layouts: Vec<Choice>,
    pub chips: Vec<Chip>,
    pub search: String,
}

/// Where the links of the page lead.
pub struct Addresses {
    /// The page itself, without parameters.
    pub page: &'static str,
    /// The id of the part of the page that shows leads.
    pub part: &'static str,
    pub here: String,
    pub newest: String,
    pub latest: String,
    pub next: String,
    pub reset: String,
    pub cleared: String,
    pub editor: String,
    pub count: String,
    pub export: String,
    pub changes: String,
    pub erasure: String,
    pub hidden: Vec<(&'static str, String)>,
    pub changed: bool,
}

/// A view, as one chooses it.
pub struct ViewLink {
    pub name: String,
    pub address: String,
    pub shared: bool,
    pub current: bool,
    pub is_default: bool,
}

/// The view that is looked through.
pub struct ViewFace {
    pub id: String,
    pub version: i32,
    pub locked: bool,
    pub is_default: bool,
}

/// A part of the filter: what it says, and the list without it.
pub struct Chip {
    pub told: Told,
    pub without: String,
}

/// Something to choose, and the address that does.
pub struct Choice {
    pub name: String,
    pub address: String,
    pub current: bool,
}

/// Leads as somebody looks at them, on the way to their page.
pub struct Frame<'a> {
    pub member: &'a Member,
    pub views: &'a ViewList,
    pub looked: &'a Looked,
    pub names: Names<'a>,
}

impl Frame<'_> {
    /// What the page is called: as its view, else by a word.
    pub fn title(&self, key: &str) -> String {
        self.looked.view.as_ref().map_or_else(|| self.member.text().get(key), |view| view.name.to_string())
    }

    /// What stands above the leads. A stage may have a chip of its own, apart from the filter's.
    pub fn tools(&self, next: Option<&LeadPlace>, removed: String, stage_has_its_own: bool) -> Tools {
        let (looked, actor) = (self.looked, &self.member.0.actor);
        Tools {
            list: self.addresses(next),
            views: self.view_links(),
            view: looked.view.as_ref().map(|view| self.face(view)),
            removed,
            settings: looked.settings_json(),
            may_keep: actor.may(Permission::KeepViews),
            may_share: actor.may(Permission::ManageViews),
            may_change: may_change(actor),
            may_create: actor.may(Permission::CreateLead),
            may_import: actor.may(Permission::ImportLeads),
            may_export: actor.may(Permission::ExportLeads),
            may_erase: actor.may(Permission::EraseLead),
            is_board: looked.settings.layout == Layout::Board,
            layouts: self.layouts(),
            chips: self.chips(stage_has_its_own),
            search: looked.typed.clone(),
        }
    }

    fn layouts(&self) -> Vec<Choice> {
        let choice = |layout: &Layout| Choice {
            name: match layout {
                Layout::List => self.member.text().get("layout-list"),
                Layout::Board => self.member.text().get("board-title"),
            },
            address: self.looked.with(|settings| settings.layout = *layout),
            current: self.looked.settings.layout == *layout,
        };
        Layout::ALL.iter().map(choice).collect()
    }

    fn addresses(&self, next: Option<&LeadPlace>) -> Addresses {
        let looked = self.looked;
        let mut hidden = looked.pairs();
        hidden.retain(|(name, _)| !matches!(*name, "q" | "after"));
        let start = Looked { after: None, ..looked.clone() };
        let (page, part) = match looked.settings.layout {
            Layout::List => ("/leads", "leads"),
            Layout::Board => ("/board", "board"),
        };
        Addresses {
            page,
            part,
            here: looked.address(),
            newest: looked.newest(),
            latest: looked.latest(),
            next: next.map(|next| looked.after(next)).unwrap_or_default(),
            reset: looked.reset(),
            cleared: Looked { typed: String::new(), ..looked.clone() }
                .with(|settings| settings.filter = LeadFilter::default()),
            editor: start.address_at("/leads/filter"),
            count: start.address_at("/leads/count"),
            export: start.address_at("/leads/export"),
            changes: start.address_at("/leads/changes"),
            erasure: start.address_at("/leads/erasure"),
            hidden,
            changed: looked.is_changed(),
        }
    }

    fn view_links(&self) -> Vec<ViewLink> {
        let link = |view: Option<&View>| {
            let other = Looked {
                view: view.cloned(),
                begins_there: self.views.default.is_none() && view.is_none(),
                ..Looked::default()
            };
            let settings = view.map(|view| view.settings.clone()).unwrap_or_default();
            ViewLink {
                name: view.map_or_else(|| self.member.text().get("views-all"), |view| view.name.to_string()),
                address: Looked { settings, ..other }.address(),
                shared: view.is_some_and(View::is_shared),
                current: self.looked.view.as_ref().map(|view| view.id) == view.map(|view| view.id),
                is_default: self.views.default == view.map(|view| view.id),
            }
        };
        std::iter::once(link(None)).chain(self.views.views.iter().map(|view| link(Some(view)))).collect()
    }

    fn face(&self, view: &View) -> ViewFace {
        ViewFace {
            id: view.id.to_string(),
            version: view.version,
            locked: !view.is_kept_by(&self.member.0.actor),
            is_default: self.views.default == Some(view.id),
        }
    }

    fn chips(&self, stage_has_its_own: bool) -> Vec<Chip> {
        let filter = &self.looked.settings.filter;
        let parts = filter.parts().iter().enumerate();
        let told = parts.filter(|(_, part)| !(stage_has_its_own && matches!(part, Node::Is(Condition::Stage(_)))));
        told.map(|(place, part)| Chip {
            told: self.names.part(part),
            without: self.looked.with(|settings| settings.filter = filter.without(place)),
        })
        .collect()
    }
}
