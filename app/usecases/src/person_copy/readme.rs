//! The words that go with a copy, in French and English.

use std::fmt::Write;

use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{inventory::Subject, language::Language, person_copy::information};

/// The text.
pub(super) fn text(subject: Subject, organization: &str, files: &[&str], now: Timestamp) -> String {
    let day = TimeZone::UTC.to_datetime(now).date();
    let french = (
        "Copie de vos données",
        format!("Faite le {day} (UTC). Responsable : {}.", or(organization, "voir organizations.csv")),
        "person.json est complet et fait foi. Les tableaux (CSV) disent la même chose pour un tableur : une cellule qu’il \
         prendrait pour une formule y commence par une apostrophe. contact.vcf est une fiche de contact (vCard 4.0). \
         manifest.json donne l’empreinte SHA-256 et le nombre d’enregistrements de chaque fichier. Les autres personnes sont \
         désignées par leur rôle et leurs initiales.",
        "Fichiers",
    );
    let english = (
        "Copy of your data",
        format!("Made on {day} (UTC). Controller: {}.", or(organization, "see organizations.csv")),
        "person.json is complete and counts where others differ. The tables (CSV) say the same for a spreadsheet: a cell that it \
         would take for a formula begins with an apostrophe there. contact.vcf is a card for contacts (vCard 4.0). manifest.json \
         has the SHA-256 and the number of records of each file. Other people are told by their role and initials.",
        "Files",
    );
    let mut text = String::new();
    for (language, (title, made, about, listed)) in [(Language::French, french), (Language::English, english)] {
        let _ = write!(text, "{title}\n{}\n\n{made}\n\n{about}\n\n{listed}:\n", "=".repeat(title.chars().count()));
        for file in files {
            let _ = writeln!(text, "- {file}");
        }
        for piece in information(subject, language) {
            let _ = write!(text, "\n{} (Art. {})\n{}\n", piece.title, piece.article, piece.text);
        }
        text.push_str("\n\n");
    }
    text.trim_end().replace('\n', "\r\n") + "\r\n"
}

fn or<'a>(name: &'a str, otherwise: &'a str) -> &'a str {
    if name.is_empty() { otherwise } else { name }
}
