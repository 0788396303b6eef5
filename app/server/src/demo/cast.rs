use qualify_domain::{access::Role, language::Language};

use super::{english::NORTHWIND, french::LUMEN};

/// Everybody and everything of one demo organization. Nobody of it exists: addresses are of domains that are kept for
/// examples, telephone numbers of ranges that are kept for fiction.
pub(super) struct Cast {
    pub organization: &'static str,
    pub language: Language,
    /// Its website, where the forms stand.
    pub site: &'static str,
    /// The names of its stages: two open ones, qualified, won, disqualified.
    pub stages: [&'static str; 5],
    /// The first owns it.
    pub members: &'static [Colleague],
    pub forms: [FormText; 2],
    pub campaigns: &'static [Campaign],
    /// Beginnings of telephone numbers; some digits follow.
    pub phones: &'static [&'static str],
    pub messages: &'static [&'static str],
    pub notes: &'static [&'static str],
}

pub(super) struct Colleague {
    pub first: &'static str,
    pub last: &'static str,
    pub email: &'static str,
    pub roles: &'static [Role],
}

pub(super) struct FormText {
    pub name: &'static str,
    /// The page of the website on which it stands.
    pub page: &'static str,
    /// What the answers are used for.
    pub purpose: &'static str,
    /// The words beside the box; without them the ground is legitimate interest.
    pub consent: Option<&'static str>,
    /// The words beside the box for news by e-mail.
    pub news: Option<&'static str>,
}

pub(super) struct Campaign {
    pub source: &'static str,
    pub medium: &'static str,
    pub name: &'static str,
    pub landing: &'static str,
    pub referrer: Option<&'static str>,
}

/// The two organizations; the public form that the demo prints is the first one's first.
pub(super) const CASTS: [&Cast; 2] = [&LUMEN, &NORTHWIND];
