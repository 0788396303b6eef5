//! The tabs of a form: one for each part of it that the member may see.

use qualify_domain::id::FormId;
use qualify_usecases::SignedIn;

use crate::{pages::settings::is_for, text::Text};

/// The tabs in their order: the last part of the address, and the key of the name. Each shows where its route lets the
/// member in.
const TABS: [(&str, &str); 9] = [
    ("", "form-overview"),
    ("settings", "form-set-general"),
    ("fields", "fields-title"),
    ("notice", "form-set-notice"),
    ("spam", "form-set-spam"),
    ("after", "form-set-after"),
    ("embed", "form-embed"),
    ("submissions", "form-submissions"),
    ("editions", "editions-title"),
];

/// A part of a form, as the others link to it.
pub(super) struct Tab {
    /// Its address.
    pub(super) at: String,
    /// Its name.
    pub(super) name: String,
    /// Whether it is the one that is shown.
    pub(super) is_current: bool,
}

/// The tabs of a form for a member; `here` is the last part of the address of the one that is shown.
pub(super) fn of(member: &SignedIn, form: FormId, here: &str) -> Vec<Tab> {
    let t = Text::new(member.language);
    let shown = TABS.into_iter().filter(|(part, _)| is_for(member, &address("{id}", part)));
    let tab = |(part, key): (&str, &str)| Tab {
        at: address(&form.to_string(), part),
        name: t.get(key),
        is_current: part == here,
    };
    shown.map(tab).collect()
}

fn address(form: &str, part: &str) -> String {
    if part.is_empty() { format!("/forms/{form}") } else { format!("/forms/{form}/{part}") }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use qualify_domain::language::Language;

    use super::*;
    use crate::{pages::form_settings::Section, routes::ROUTES};

    #[test]
    fn every_tab_has_a_route_and_a_name() {
        for (part, key) in TABS {
            let path = address("{id}", part);
            assert!(ROUTES.iter().any(|spec| spec.path == path && spec.method == Method::GET), "{path}");
            for language in [Language::English, Language::French] {
                assert_ne!(Text::new(language).get(key), key, "{path}");
            }
        }
        for section in Section::ALL {
            assert!(TABS.contains(&(section.word(), section.title())), "{section:?}");
        }
    }
}
