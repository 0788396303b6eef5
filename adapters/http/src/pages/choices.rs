//! What can be chosen from, with its words.

use qualify_domain::{access::Role, form::LegalBasis, language::Language, theme::Theme};

use crate::text::Text;

/// The languages, each in its own.
pub fn languages() -> [(&'static str, &'static str); 2] {
    Language::ALL.map(|language| (language.code(), language_name(language)))
}

/// A language in itself.
pub fn language_name(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::French => "Français",
    }
}

/// The themes.
pub fn themes(t: Text) -> [(&'static str, String); 3] {
    let name = |theme| match theme {
        Theme::System => t.get("theme-system"),
        Theme::Light => t.get("theme-light"),
        Theme::Dark => t.get("theme-dark"),
    };
    Theme::ALL.map(|theme| (theme.code(), name(theme)))
}

/// The grounds on which a form may collect.
pub fn legal_bases(t: &Text) -> [(&'static str, String); 2] {
    [LegalBasis::LegitimateInterest, LegalBasis::Consent].map(|basis| (basis.code(), legal_basis(*t, basis)))
}

/// A ground in words.
pub fn legal_basis(t: Text, basis: LegalBasis) -> String {
    match basis {
        LegalBasis::Consent => t.get("legal-basis-consent"),
        LegalBasis::LegitimateInterest => t.get("legal-basis-legitimate-interest"),
    }
}

/// A role in words.
pub fn role(t: Text, role: Role) -> String {
    match role {
        Role::Owner => t.get("role-owner"),
        Role::Admin => t.get("role-admin"),
        Role::Manager => t.get("role-manager"),
        Role::Agent => t.get("role-agent"),
        Role::Viewer => t.get("role-viewer"),
        Role::PrivacyOfficer => t.get("role-privacy-officer"),
        Role::Billing => t.get("role-billing"),
    }
}
