use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{id::PropertyId, property::Property, violation::Rule};

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $code:literal: [$($word:literal),+ $(,)?]),+ $(,)?) => {
        /// What a column of a file can mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum ImportField {
            $($(#[$doc])* $name,)+
            /// A property of the organization's own.
            Property(PropertyId),
        }

        impl ImportField {
            /// Every meaning that is the same everywhere, in the order in which they are offered.
            pub const USUAL: &[Self] = &[$(Self::$name),+];

            /// By which words a header says so, in English and French; plain, as [`plain`] leaves them.
            const fn words(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($word),+],)+
                    Self::Property(_) => &[],
                }
            }
        }

        impl fmt::Display for ImportField {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name => f.write_str($code),)+
                    Self::Property(id) => write!(f, "{OWN}{id}"),
                }
            }
        }
    };
}

/// What stands before the id of a property of the organization's own.
const OWN: &str = "property:";

fields! {
    /// The whole name.
    Name = "name": [
        "name", "full name", "fullname", "contact", "contact name", "lead", "lead name", "nom complet", "nom et prenom",
        "prenom et nom", "prenom nom", "nom prenom", "nom du contact",
    ],
    /// The first name.
    FirstName = "first_name": ["first name", "firstname", "first", "given name", "forename", "prenom"],
    /// The last name.
    LastName = "last_name": ["last name", "lastname", "last", "surname", "family name", "nom", "nom de famille"],
    /// The e-mail address.
    Email = "email": [
        "email", "e mail", "mail", "email address", "e mail address", "courriel", "adresse email", "adresse e mail",
        "adresse mail", "adresse electronique", "mel",
    ],
    /// The telephone number.
    Phone = "phone": [
        "phone", "phone number", "telephone", "telephone number", "mobile", "mobile phone", "cell", "cell phone", "tel",
        "numero de telephone", "portable", "telephone portable", "tel portable", "gsm",
    ],
    /// Where they work.
    Company = "company": [
        "company", "company name", "organization", "organisation", "account", "account name", "employer", "societe",
        "entreprise", "nom de la societe", "raison sociale",
    ],
    /// The words by which leads are grouped, with commas or lines between.
    Tags = "tags": ["tags", "tag", "labels", "label", "etiquettes", "etiquette", "mots cles"],
    /// The pipeline of a new lead, by its name.
    Pipeline = "pipeline": ["pipeline", "pipeline name", "nom du pipeline"],
    /// The stage of a new lead, by its name.
    Stage = "stage": ["stage", "status", "lead status", "pipeline stage", "etape", "statut", "phase"],
    /// Why a new lead was given up, by the name of the reason.
    Reason = "reason": [
        "reason", "lost reason", "reason lost", "loss reason", "closed lost reason", "disqualification reason", "motif",
        "reason for giving up", "motif d abandon", "motif de perte", "raison de perte",
    ],
    /// The owner of a new lead, by their e-mail address or their name.
    Owner = "owner": [
        "owner", "lead owner", "owner email", "assigned to", "salesperson", "responsable", "proprietaire", "commercial",
        "attribue a",
    ],
    /// When a new lead was received.
    CreatedAt = "created_at": [
        "created", "created at", "created on", "creation date", "date", "date created", "received", "received on", "recu le",
        "date de creation", "cree le", "date de reception",
    ],
    /// The first note of a new lead.
    Note = "note": [
        "note", "notes", "message", "comment", "comments", "description", "remarque", "remarques", "commentaire",
        "commentaires",
    ],
    /// The campaign's source at the first visit of a new lead.
    UtmSource = "utm_source": ["utm source", "campaign source", "source de campagne"],
    /// The campaign's medium.
    UtmMedium = "utm_medium": ["utm medium", "campaign medium", "support de campagne"],
    /// The campaign's name.
    UtmCampaign = "utm_campaign": ["utm campaign", "campaign", "campagne"],
    /// The campaign's term.
    UtmTerm = "utm_term": ["utm term", "campaign term", "terme de campagne"],
    /// The campaign's content.
    UtmContent = "utm_content": ["utm content", "campaign content", "contenu de campagne"],
    /// The page from which the first visit came.
    Referrer = "referrer": ["referrer", "referer", "page d origine"],
    /// The page at which the first visit began.
    LandingPage = "landing_page": ["landing page", "first page", "premiere page", "page d arrivee"],
    /// Google's click id at the first visit.
    Gclid = "gclid": ["gclid", "google click gclid", "clic google gclid"],
    /// Facebook's click id at the first visit.
    Fbclid = "fbclid": ["fbclid", "facebook click fbclid", "clic facebook fbclid"],
    /// Microsoft's click id at the first visit.
    Msclkid = "msclkid": ["msclkid", "microsoft click msclkid", "clic microsoft msclkid"],
}

impl ImportField {
    /// Whether it says where a first visit came from.
    pub const fn is_of_visit(self) -> bool {
        matches!(
            self,
            Self::UtmSource
                | Self::UtmMedium
                | Self::UtmCampaign
                | Self::UtmTerm
                | Self::UtmContent
                | Self::Referrer
                | Self::LandingPage
                | Self::Gclid
                | Self::Fbclid
                | Self::Msclkid
        )
    }
}

impl FromStr for ImportField {
    type Err = Rule;

    fn from_str(word: &str) -> Result<Self, Rule> {
        let own = || word.strip_prefix(OWN)?.parse().ok().map(Self::Property);
        let usual = Self::USUAL.iter().copied().find(|field| field.to_string() == word);
        usual.or_else(own).ok_or(Rule::NotAChoice)
    }
}

impl TryFrom<String> for ImportField {
    type Error = Rule;

    fn try_from(word: String) -> Result<Self, Rule> {
        word.parse()
    }
}

impl From<ImportField> for String {
    fn from(field: ImportField) -> Self {
        field.to_string()
    }
}

/// What the columns mean by their headers: each meaning once, the first column wins. One that says "name" alone is the whole
/// name, unless the first names have a column of their own.
pub fn suggest(header: &[String], own: &[Property]) -> Vec<Option<ImportField>> {
    use ImportField::{FirstName, LastName, Name};
    let mut fields = by_words(header, own);
    let has = |field: ImportField| fields.contains(&Some(field));
    let (from, to) = match (has(FirstName), has(LastName), has(Name)) {
        (false, true, false) => (LastName, Name),
        (true, false, true) => (Name, LastName),
        _ => return fields,
    };
    for field in fields.iter_mut().filter(|field| **field == Some(from)) {
        *field = Some(to);
    }
    fields
}

fn by_words(header: &[String], own: &[Property]) -> Vec<Option<ImportField>> {
    let mut taken = Vec::new();
    let mut meaning = |head: &String| {
        let (written, head) = (head.trim(), plain(head));
        let usual = ImportField::USUAL.iter().copied();
        let mut usual = usual
            .filter(|field| field.words().contains(&head.as_str()) || plain(&field.to_string()) == head)
            .filter(|field| !taken.contains(field));
        let says = |property: &&Property| {
            plain(&property.name) == head
                || plain(property.key.as_str()) == head
                || written == ImportField::Property(property.id).to_string()
        };
        let property = own.iter().filter(|property| !property.is_archived).find(says);
        let found = usual.next().or(property.map(|property| ImportField::Property(property.id)));
        let found = found.filter(|field| !taken.contains(field));
        taken.extend(found);
        found
    };
    header.iter().map(&mut meaning).collect()
}

/// A header without accents, capitals, signs and double blanks.
fn plain(head: &str) -> String {
    let bare = head.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    let words: String = bare.flat_map(char::to_lowercase).map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::PropertyKind;

    fn suggested(header: &[&str]) -> Vec<Option<ImportField>> {
        suggest(&header.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>(), &[])
    }

    #[test]
    fn a_property_is_understood_by_its_name_or_its_word() {
        let property = Property {
            id: PropertyId(uuid::Uuid::from_u128(7)),
            version: 1,
            key: "budget_k".parse().unwrap(),
            name: "Budget (k€)".parse().unwrap(),
            purpose: "Offers".parse().unwrap(),
            kind: PropertyKind::Number,
            is_archived: false,
        };
        let suggest = |head: &str, own: &[Property]| suggest(&[head.to_owned()], own)[0];
        let known = ImportField::Property(property.id);
        for head in ["Budget (k€)", "budget_k", "BUDGET K", &known.to_string()] {
            assert_eq!(suggest(head, std::slice::from_ref(&property)), Some(known), "{head}");
        }
        assert_eq!(known.to_string().parse(), Ok(known));
        assert_eq!(suggest("Budget (k€)", &[Property { is_archived: true, ..property }]), None);
    }

    #[test]
    fn headers_are_understood_in_english_and_french() {
        use ImportField::{CreatedAt, Email, FirstName, LastName, Name, Phone, Stage};
        let english = suggested(&["First Name", "LAST_NAME", "E-Mail", "Phone Number", "Favourite colour"]);
        assert_eq!(english, [Some(FirstName), Some(LastName), Some(Email), Some(Phone), None]);
        let french = suggested(&["Prénom", "Nom", "Courriel", "N° de téléphone", "Téléphone", "Étape", "Reçu le"]);
        let expected = [Some(FirstName), Some(LastName), Some(Email), None, Some(Phone), Some(Stage), Some(CreatedAt)];
        assert_eq!(french, expected);
        assert_eq!(suggested(&["Nom", "E-mail"]), [Some(Name), Some(Email)]);
        assert_eq!(suggested(&["Name", "First name"]), [Some(LastName), Some(FirstName)]);
        assert_eq!(suggested(&["Nom complet", "email", "Email"]), [Some(Name), Some(Email), None], "each once");
    }

    #[test]
    fn every_word_is_plain_and_means_one_thing() {
        let words: Vec<_> = ImportField::USUAL.iter().flat_map(|field| field.words()).collect();
        for (at, word) in words.iter().enumerate() {
            assert_eq!(plain(word), **word);
            assert!(!words[..at].contains(word), "{word}");
        }
        for field in ImportField::USUAL {
            assert_eq!(field.to_string().parse(), Ok(*field));
            assert_eq!(by_words(&[field.to_string()], &[]), [Some(*field)], "what an export says is understood");
        }
    }
}
