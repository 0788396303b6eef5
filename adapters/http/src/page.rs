//! What every page has: words, a title, and whoever looks at it.

mod banner;

use std::hash::{DefaultHasher, Hash, Hasher};

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use qualify_domain::{
    access::Permission,
    closing::{Closing, Ending},
    id::OrganizationId,
    mfa_policy::MfaDuty,
    subscription::Access,
    support::OpenToSupport,
    theme::Theme,
    zone::Zone,
};
use qualify_usecases::SignedIn;

pub use self::banner::{Banner, end};
use crate::{moment::Calendar, pages::choices, problem::Problem, text::Text};

/// A name, with the initials and the colour by which the eye finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// The name.
    pub name: String,
    /// Two letters at most.
    pub initials: String,
    /// One of eight colours.
    pub hue: u64,
}

impl Face {
    /// The face of a name.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
        let first = words.next();
        let initials = first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).take(2).collect();
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self { initials, hue: hasher.finish() % 8, name }
    }
}

/// How somebody reads: in which language, and how bright.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Their words.
    pub t: Text,
    /// How bright.
    pub theme: Theme,
}

impl From<Text> for Look {
    fn from(t: Text) -> Self {
        Self { t, theme: Theme::System }
    }
}

impl From<&SignedIn> for Look {
    fn from(member: &SignedIn) -> Self {
        Self { t: Text::new(member.language), theme: member.theme }
    }
}

/// The member who looks at a page.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says of one part of the page whether it is shown")]
pub struct Viewer {
    /// The id of the organization they look at.
    pub organization_id: OrganizationId,
    /// The organization they look at.
    pub organization: Face,
    /// They themselves.
    pub person: Face,
    /// Their address.
    pub email: String,
    /// Whether the leads are for them.
    pub sees_leads: bool,
    /// Whether the forms are for them.
    pub sees_forms: bool,
    /// Whether they keep the register of what people ask by right.
    pub keeps_register: bool,
    /// Whether what the organization pays is for them; to nobody where nobody pays.
    pub sees_billing: bool,
    /// Whether the organization is locked, for want of a subscription.
    pub is_locked: bool,
    /// Whether they are from support, and only look.
    pub is_support: bool,
}

/// One page of a section, as the others of the section link to it.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Its address.
    pub path: &'static str,
    /// Its name.
    pub name: String,
    /// Whether it is the page that is shown.
    pub current: bool,
}

/// What every page has.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its words.
    pub t: Text,
    /// How bright it is.
    pub theme: Theme,
    /// Its title.
    pub title: String,
    /// What stands behind the title: whose page it is.
    pub suffix: String,
    /// The part of the app it belongs to.
    pub section: &'static str,
    /// The pages of that section, where it has several.
    pub tabs: Vec<Tab>,
    /// Who looks at it; nobody on public pages.
    pub member: Option<Viewer>,
    /// What to do about a second factor, in words; empty if nothing (AUTH-15).
    pub urge: String,
    /// Whether "later" is an answer to that.
    pub may_wait: bool,
    /// When the organization will be deleted, in words; empty if that was not asked for (RET-7).
    pub closing: String,
    /// Whether its reader may undo that.
    pub may_reopen: bool,
    /// What is to be known of what the organization pays for.
    pub banner: Option<Banner>,
    /// That the organization is open to support, in words; empty if it is not (PRV-11).
    pub support: String,
    /// Whether its reader may end that.
    pub may_end_support: bool,
    /// A short message that goes by.
    pub toast: String,
}

impl Page {
    /// A page for anybody.
    pub fn plain(t: Text, title: impl Into<String>) -> Self {
        Self {
            t,
            theme: Theme::System,
            title: title.into(),
            suffix: String::new(),
            section: "",
            tabs: Vec::new(),
            member: None,
            urge: String::new(),
            may_wait: false,
            closing: String::new(),
            may_reopen: false,
            banner: None,
            support: String::new(),
            may_end_support: false,
            toast: String::new(),
        }
    }

    /// A page for a member, in the language they read.
    pub fn of(member: &SignedIn, section: &'static str, title: impl Into<String>) -> Self {
        let viewer = Viewer {
            organization_id: member.actor.organization(),
            organization: Face::new(&*member.organization),
            person: Face::new(format!("{} {}", member.first_name, member.last_name)),
            email: member.email.to_string(),
            sees_leads: member.actor.may(Permission::ReadLeads),
            sees_forms: member.actor.may(Permission::ReadForms),
            keeps_register: member.actor.may(Permission::EraseLead),
            sees_billing: member.standing.plan.is_some() && member.actor.may(Permission::ReadBilling),
            is_locked: member.standing.access == Access::Locked,
            is_support: member.actor.is_support(),
        };
        let suffix = viewer.organization.name.clone();
        let t = Text::new(member.language);
        let urge = match member.mfa {
            MfaDuty::Nothing => String::new(),
            MfaDuty::Urged => t.get("urge-second-factor"),
            MfaDuty::Due(days) => t.times("urge-second-factor-due", "", days),
            MfaDuty::Overdue => t.get("urge-second-factor-now"),
        };
        let may_wait = member.mfa == MfaDuty::Urged;
        let asked = member.closing.filter(|closing| closing.ending == Ending::Asked);
        let (theme, closing) = (member.theme, asked.map(|asked| closing(member, asked, t)).unwrap_or_default());
        let (may_reopen, banner) = (member.actor.may(Permission::CloseOrganization), banner::banner(member, t));
        let page = Self { suffix, section, theme, member: Some(viewer), urge, may_wait, ..Self::plain(t, title) };
        let may_end_support = member.support.is_some() && member.actor.may(Permission::GrantSupport);
        Self { closing, may_reopen, banner, support: support(member, t), may_end_support, ..page }
    }

    /// Whether its reader chose how bright it is.
    pub fn has_theme(&self) -> bool {
        self.theme != Theme::System
    }

    /// The languages to choose from: code, name, and whether the page is in it.
    pub fn languages(&self) -> [(&'static str, &'static str, bool); 2] {
        choices::languages().map(|(code, name)| (code, name, code == self.t.code()))
    }

    /// The themes to choose from: code, name, and whether the page has it.
    pub fn themes(&self) -> [(&'static str, String, bool); 3] {
        choices::themes(self.t).map(|(code, name)| (code, name, code == self.theme.code()))
    }

    /// What the keys do: keys, and words.
    pub fn keys(&self) -> [(&'static [&'static str], String); 13] {
        [
            (&["Ctrl", "K"], self.t.get("key-palette")),
            (&["j", "k"], self.t.get("key-move")),
            (&["Enter"], self.t.get("key-open")),
            (&["x"], self.t.get("key-select")),
            (&["e"], self.t.get("key-edit")),
            (&["/"], self.t.get("key-search")),
            (&["g", "l"], self.t.get("key-go-leads")),
            (&["g", "b"], self.t.get("key-go-board")),
            (&["g", "f"], self.t.get("key-go-forms")),
            (&["g", "r"], self.t.get("key-go-reports")),
            (&["Space"], self.t.get("key-lift")),
            (&["←", "↑", "→", "↓"], self.t.get("key-board-move")),
            (&["?"], self.t.get("key-help")),
        ]
    }

    /// Whether what the organization pays is for whoever looks.
    pub fn sees_billing(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.sees_billing)
    }

    /// Whether forms are for whoever looks.
    pub fn sees_forms(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.sees_forms)
    }
}

/// When the organization will be deleted, in words.
pub fn closing(member: &SignedIn, closing: Closing, t: Text) -> String {
    let calendar = calendar(member, closing.closed_at);
    t.with("closing-banner", "day", calendar.moment(closing.purge_due_at()).full)
}

/// Until when it is open to support, and since when somebody is in, in words.
fn support(member: &SignedIn, t: Text) -> String {
    let Some(OpenToSupport { until, since }) = member.support else { return String::new() };
    let calendar = calendar(member, until);
    let until = calendar.moment(until).full;
    if member.actor.is_support() {
        return t.with("support-banner-inside", "until", until);
    }
    let open = t.with("support-banner", "until", until);
    since.map_or(open.clone(), |since| {
        format!("{open} {}", t.with("support-banner-in", "since", calendar.moment(since).full))
    })
}

fn calendar(member: &SignedIn, around: Timestamp) -> Calendar {
    let zone = member.time_zone.or(member.organization_zone).map(Zone::rules);
    Calendar::new(member.language, zone.unwrap_or(jiff::tz::TimeZone::UTC), around)
}

/// Renders a page.
///
/// # Errors
/// A template that cannot be rendered is our fault.
pub fn show(template: &impl Template) -> Result<Response, Problem> {
    let page = template.render().map_err(|error| Problem::from(qualify_usecases::Error::Failed(error.into())))?;
    Ok(Html(page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_has_the_first_and_the_last_initial() {
        assert_eq!(Face::new("Anna Maria Berg").initials, "AB");
        assert_eq!(Face::new("élodie").initials, "É");
        assert_eq!(Face::new("anna@example.com").initials, "A");
        assert_eq!(Face::new("  ").initials, "");
        assert_eq!(Face::new("+33 6 12").initials, "31");
    }

    #[test]
    fn the_same_name_has_the_same_colour() {
        assert_eq!(Face::new("Anna Berg"), Face::new("Anna Berg"));
    }
}
