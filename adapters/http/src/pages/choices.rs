//! What can be chosen from, with its words.

use qualify_domain::{
    access::Role,
    form::{KnownPerson, LegalBasis, Purpose},
    language::Language,
    pipeline::StageKind,
    property::PropertyKind,
    theme::Theme,
};

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

/// What an organization asks consent for.
pub fn purpose(t: Text, purpose: Purpose) -> String {
    t.get(&format!("purpose-{}", purpose.code().replace('_', "-")))
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

/// What becomes of a submission by somebody who is known.
pub fn known_persons(t: &Text) -> [(&'static str, String); 3] {
    let words = |policy| match policy {
        KnownPerson::Append => t.get("known-person-append"),
        KnownPerson::AlwaysNew => t.get("known-person-always-new"),
        KnownPerson::NewIfClosed => t.get("known-person-new-if-closed"),
    };
    KnownPerson::ALL.map(|policy| (policy.code(), words(policy)))
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

/// What a stage can mean.
pub fn stage_kinds(t: Text) -> Vec<(&'static str, String)> {
    StageKind::ALL.into_iter().map(|kind| (kind.code(), stage_kind(t, kind))).collect()
}

/// What a stage means, in words.
pub fn stage_kind(t: Text, kind: StageKind) -> String {
    match kind {
        StageKind::Open => t.get("stage-meaning-open"),
        StageKind::Qualified => t.get("stage-meaning-qualified"),
        StageKind::Won => t.get("stage-meaning-won"),
        StageKind::Disqualified => t.get("stage-meaning-disqualified"),
    }
}

/// What a property can hold.
pub fn property_kinds(t: Text) -> Vec<(&'static str, String)> {
    PropertyKind::CODES.into_iter().map(|code| (code, property_kind(t, code))).collect()
}

/// What a property holds, in words.
pub fn property_kind(t: Text, code: &str) -> String {
    t.get(&format!("property-kind-{}", code.replace('_', "-")))
}
