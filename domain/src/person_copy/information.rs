//! What goes with a copy: the information of Article 15(1)(a) to (h) and (2) of the GDPR, from the inventory and from the
//! rules of retention.

use super::{french::french, parts};
use crate::{
    inventory::{self, Category, POLICY, Retention, Subject, Tag},
    language::Language,
};

/// One piece of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Information {
    /// Where the GDPR asks for it.
    pub article: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What there is to say.
    pub text: String,
}

/// All of it, in the order of the law.
pub fn information(subject: Subject, language: Language) -> Vec<Information> {
    let words = match (subject, language) {
        (Subject::User, Language::English) => USER_ENGLISH,
        (Subject::User, Language::French) => USER_FRENCH,
        (Subject::Lead | Subject::None, Language::English) => LEAD_ENGLISH,
        (Subject::Lead | Subject::None, Language::French) => LEAD_FRENCH,
    };
    let listed = |article: &str, text: &str| match article {
        "15(1)(b)" => format!("{text}\n{}", lines(&categories(subject, language))),
        "15(1)(d)" => format!("{text}\n{}", lines(&periods(subject, language))),
        _ => text.to_owned(),
    };
    let piece = |(article, title, text): (&'static str, &'static str, &str)| Information {
        article,
        title,
        text: listed(article, text),
    };
    words.into_iter().map(piece).collect()
}

fn lines(each: &[String]) -> String {
    each.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")
}

/// The tags of what somebody gets.
fn tags(subject: Subject) -> impl Iterator<Item = Tag> {
    inventory::columns().map(|column| column.tag).filter(move |tag| tag.is_exported && tag.subject == subject)
}

/// The kinds of data that are in the copy, and what is personal in each, in the policy's words.
fn categories(subject: Subject, language: Language) -> Vec<String> {
    let kinds = Category::ALL.iter().filter(|kind| tags(subject).any(|tag| tag.category == **kind));
    let copied: Vec<String> = parts(subject)
        .iter()
        .flat_map(|part| part.columns.iter().map(move |column| format!("{}.{column}", part.table)))
        .collect();
    let is_in = |columns: &[&str]| columns.iter().any(|column| copied.iter().any(|copied| copied == column));
    let line = |kind: &Category| {
        let held = POLICY.iter().filter(|kept| kept.category == *kind && is_in(kept.columns));
        let held: Vec<&str> = held.map(|kept| said(kept.what, language)).collect();
        let says = said(kind.says(), language);
        if held.is_empty() { says.to_owned() } else { format!("{says}: {}", held.join("; ")) }
    };
    kinds.map(line).collect()
}

/// The rules that end what is in the copy.
fn periods(subject: Subject, language: Language) -> Vec<String> {
    let ends = |rule: &Retention| tags(subject).any(|tag| tag.retention.contains(rule));
    let rules = Retention::ALL.iter().filter(|rule| ends(rule));
    rules.map(|rule| said(unnumbered(rule.says()), language).to_owned()).collect()
}

/// The same without the number of the rule of ours at its end.
fn unnumbered(says: &'static str) -> &'static str {
    says.rsplit_once(" (").map_or(says, |(says, _)| says)
}

fn said(english: &'static str, language: Language) -> &'static str {
    match language {
        Language::English => english,
        Language::French => french(english).unwrap_or(english),
    }
}

type Words = [(&'static str, &'static str, &'static str); 9];

const LEAD_ENGLISH: Words = [
    (
        "15(1)(a)",
        "Purposes",
        "To answer what you asked for, to follow it up, and for the further purposes you agreed to. The notice that stood \
         beside each form, with its purposes and its legal basis, is in person.json, at `notice` of each submission.",
    ),
    ("15(1)(b)", "Categories of data", "What this copy contains:"),
    (
        "15(1)(c)",
        "Recipients",
        "The members of the organization whose role lets them see your data, and its processors: the host, in the \
         European Union, and the relay that sends its e-mail. Other programs to which it was told, with the times, are in \
         person.json, at `hook_disclosures`.",
    ),
    ("15(1)(d)", "How long it is kept", "Data is deleted, or made anonymous, whichever of these comes first for it:"),
    (
        "15(1)(e)",
        "Your rights",
        "You may ask the organization for rectification, erasure or restriction, take your data elsewhere, object, and \
         withdraw your consent at any time. It answers within one month.",
    ),
    (
        "15(1)(f)",
        "Complaint",
        "You may complain to a supervisory authority; in France: CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris \
         Cedex 07, www.cnil.fr.",
    ),
    (
        "15(1)(g)",
        "Source",
        "Where your data came from is in person.json, at `source` of each lead: a form you filled, a member who wrote it \
         down, a program, or a file that was imported, with what was said of its origin.",
    ),
    (
        "15(1)(h)",
        "Scoring and automated decisions",
        "No decision with legal or similar effect is taken by a machine alone. Two scores, fit and engagement, help to \
         choose whom to call first: each is the sum of the points of rules, between 0 and 100. A rule gives or takes points \
         if something known of you holds, or when something happens; points for what happened fade with time. The grade \
         is a letter for fit, from A to D, and a number for engagement, from 1 to 4. The points you got are in \
         person.json, at `breakdown`, and the rules themselves at `score_rules`.",
    ),
    (
        "15(2)",
        "Transfers",
        "Data leaves the European Union under the standard contractual clauses of the European Commission only.",
    ),
];

const LEAD_FRENCH: Words = [
    (
        "15(1)(a)",
        "Finalités",
        "Répondre à votre demande, y donner suite, et les autres finalités auxquelles vous avez consenti. La notice affichée \
         avec chaque formulaire, avec ses finalités et sa base légale, figure dans person.json, sous `notice` de chaque envoi.",
    ),
    ("15(1)(b)", "Catégories de données", "Ce que contient cette copie :"),
    (
        "15(1)(c)",
        "Destinataires",
        "Les membres de l’organisation que leur rôle autorise à voir vos données, et ses sous-traitants : l’hébergeur, \
         dans l’Union européenne, et le relais qui envoie ses e-mails. Les autres programmes qui les ont reçues, avec les \
         dates, sont dans person.json, à `hook_disclosures`.",
    ),
    (
        "15(1)(d)",
        "Durées de conservation",
        "Chaque donnée est supprimée, ou rendue anonyme, à la première de ces échéances qui la concerne :",
    ),
    (
        "15(1)(e)",
        "Vos droits",
        "Vous pouvez demander à l’organisation la rectification, l’effacement ou la limitation, emporter vos données \
         ailleurs, vous opposer, et retirer votre consentement à tout moment. Elle répond dans un délai d’un mois.",
    ),
    (
        "15(1)(f)",
        "Réclamation",
        "Vous pouvez introduire une réclamation auprès de la CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, \
         www.cnil.fr.",
    ),
    (
        "15(1)(g)",
        "Source",
        "L’origine de vos données figure dans person.json, sous `source` de chaque lead : un formulaire que vous avez \
         rempli, un membre qui les a saisies, un programme, ou un fichier importé, avec ce qui a été dit de sa provenance.",
    ),
    (
        "15(1)(h)",
        "Score et décisions automatisées",
        "Aucune décision produisant des effets juridiques ou similaires n’est prise par une machine seule. Deux scores, \
         adéquation et engagement, aident à choisir qui appeler en premier : chacun est la somme des points de règles, \
         entre 0 et 100. Une règle donne ou retire des points si ce que l’on sait de vous y répond, ou quand quelque chose \
         se produit ; les points de ce qui s’est produit s’estompent avec le temps. La note est une lettre pour \
         l’adéquation, de A à D, et un chiffre pour l’engagement, de 1 à 4. Vos points figurent dans person.json, sous \
         `breakdown`, et les règles elles-mêmes sous `score_rules`.",
    ),
    (
        "15(2)",
        "Transferts",
        "Les données ne quittent l’Union européenne que sous les clauses contractuelles types de la Commission européenne.",
    ),
];

const USER_ENGLISH: Words = [
    (
        "15(1)(a)",
        "Purposes",
        "To give you the service your organization subscribed to (contract), and to keep accounts secure (legitimate \
         interest).",
    ),
    ("15(1)(b)", "Categories of data", "What this copy contains:"),
    (
        "15(1)(c)",
        "Recipients",
        "The members of your organizations, as far as their roles let them see it, and the processors of the service: \
         the host, in the European Union, payments, and the relay that sends its e-mail.",
    ),
    ("15(1)(d)", "How long it is kept", "Data is deleted, or made anonymous, whichever of these comes first for it:"),
    (
        "15(1)(e)",
        "Your rights",
        "You may correct your data, delete your account, ask for restriction, take your data elsewhere, and object. The \
         answer comes within one month.",
    ),
    (
        "15(1)(f)",
        "Complaint",
        "You may complain to a supervisory authority; in France: CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris \
         Cedex 07, www.cnil.fr.",
    ),
    (
        "15(1)(g)",
        "Source",
        "You, when you signed up and since; whoever invited you, for your address and role; your browser, for the log of \
         connections.",
    ),
    (
        "15(1)(h)",
        "Automated decisions",
        "None with legal or similar effect. Tries to sign in are limited by a count; it lets you in again by itself.",
    ),
    (
        "15(2)",
        "Transfers",
        "Data leaves the European Union under the standard contractual clauses of the European Commission only.",
    ),
];

const USER_FRENCH: Words = [
    (
        "15(1)(a)",
        "Finalités",
        "Vous fournir le service auquel votre organisation est abonnée (contrat), et protéger les comptes (intérêt \
         légitime).",
    ),
    ("15(1)(b)", "Catégories de données", "Ce que contient cette copie :"),
    (
        "15(1)(c)",
        "Destinataires",
        "Les membres de vos organisations, selon leurs rôles, et les sous-traitants du service : l’hébergeur, dans l’Union \
         européenne, les paiements, et le relais qui envoie ses e-mails.",
    ),
    (
        "15(1)(d)",
        "Durées de conservation",
        "Chaque donnée est supprimée, ou rendue anonyme, à la première de ces échéances qui la concerne :",
    ),
    (
        "15(1)(e)",
        "Vos droits",
        "Vous pouvez corriger vos données, supprimer votre compte, demander la limitation, emporter vos données ailleurs, et \
         vous opposer. La réponse vient dans un délai d’un mois.",
    ),
    (
        "15(1)(f)",
        "Réclamation",
        "Vous pouvez introduire une réclamation auprès de la CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, \
         www.cnil.fr.",
    ),
    (
        "15(1)(g)",
        "Source",
        "Vous, à votre inscription et depuis ; la personne qui vous a invité, pour votre adresse et votre rôle ; votre \
         navigateur, pour le journal des connexions.",
    ),
    (
        "15(1)(h)",
        "Décisions automatisées",
        "Aucune produisant des effets juridiques ou similaires. Les essais de connexion sont limités par un compteur, qui \
         vous laisse revenir de lui-même.",
    ),
    (
        "15(2)",
        "Transferts",
        "Les données ne quittent l’Union européenne que sous les clauses contractuelles types de la Commission européenne.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Subject; 2] = [Subject::Lead, Subject::User];

    #[test]
    fn dsr_8_what_the_inventory_says_is_said_in_french_too() {
        for subject in BOTH {
            let kept = POLICY.iter().map(|kept| kept.what);
            let kinds = Category::ALL.iter().filter(|kind| tags(subject).any(|tag| tag.category == **kind));
            let rules = Retention::ALL.iter().filter(|rule| tags(subject).any(|tag| tag.retention.contains(rule)));
            let english = kinds.map(|kind| kind.says()).chain(rules.map(|rule| unnumbered(rule.says())));
            let shown = categories(subject, Language::English).join("\n");
            let missing: Vec<&str> =
                english.chain(kept.filter(|what| shown.contains(what))).filter(|says| french(says).is_none()).collect();
            assert_eq!(missing, Vec::<&str>::new());
        }
    }

    #[test]
    fn dsr_8_every_piece_the_law_asks_for_is_there_in_both_languages() {
        for subject in BOTH {
            let articles = |language| -> Vec<&str> {
                information(subject, language)
                    .iter()
                    .filter(|piece| piece.text.len() > 40)
                    .map(|piece| piece.article)
                    .collect()
            };
            let mut all: Vec<String> = ('a'..='h').map(|letter| format!("15(1)({letter})")).collect();
            all.push("15(2)".to_owned());
            assert_eq!(articles(Language::English), all);
            assert_eq!(articles(Language::French), all);
        }
    }

    #[test]
    fn dsr_8_the_periods_are_those_of_the_inventory() {
        let english = periods(Subject::Lead, Language::English).join("\n");
        assert!(english.contains("30 days after it was received\n"), "{english}");
        assert!(english.contains("36 months after the last contact"), "{english}");
        assert!(!english.contains("90 days"), "that is of accounts: {english}");
        assert!(periods(Subject::User, Language::French).join("\n").contains("90 jours"));
        let kinds = categories(Subject::Lead, Language::English).join("\n");
        assert!(kinds.contains("message") && !kinds.contains("password"), "{kinds}");
        let kinds = categories(Subject::User, Language::English).join("\n");
        assert!(kinds.contains("user agent") && !kinds.contains("password hash"), "{kinds}");
    }
}
