//! Letters about requests for rights: to whoever asks, in the language in which they asked, and to the members who answer.

use jiff::civil::Date;
use qualify_domain::{
    event::RightsNews,
    language::Language::{self, English, French},
    organization::Member,
    rights_request::{Refusal, Right, RightsRequest},
    text::{Message, Name},
};

use super::{Letter, greeting};

/// What every letter about a request needs.
pub(crate) struct RightsPost<'a> {
    /// The request.
    pub request: &'a RightsRequest,
    /// The language in which whoever asks is written to.
    pub language: Language,
    /// Whom it was asked.
    pub home: &'a str,
    /// The address of the page of rights.
    pub page: String,
}

/// Subject, body, and what the link is called.
type Words = (String, String, &'static str);

impl RightsPost<'_> {
    /// "Prove that this mailbox is yours." What is kept, and whether anything is, is told behind the link only (DSR-2).
    pub(crate) fn link(&self, secret: &str) -> Letter {
        let (home, right) = (self.home, self.right());
        let words = match self.language {
            English => (
                format!("Your request to {home}: please confirm it"),
                format!(
                    "Somebody asked {home} about the data kept under this address ({right}). Open the link to confirm that it \
                     was you. It works once, in the browser in which you open it; behind it you see what is kept, and what you \
                     can ask."
                ),
                "Confirm the request",
            ),
            French => (
                format!("Votre demande à {home} : merci de la confirmer"),
                format!(
                    "Quelqu’un a interrogé {home} au sujet des données conservées sous cette adresse ({right}). Ouvrez le lien \
                     pour confirmer que c’était vous. Il fonctionne une fois, dans le navigateur où vous l’ouvrez ; vous y \
                     verrez ce qui est conservé et ce que vous pouvez demander."
                ),
                "Confirmer la demande",
            ),
        };
        let reason = match self.language {
            English => "If you did not ask for this, you need not do anything: nothing is told to anybody else.",
            French => {
                "Si vous n’avez rien demandé, vous n’avez rien à faire : rien n’est communiqué à personne d’autre."
            }
        };
        self.letter(words, format!("{}/{secret}", self.page), reason)
    }

    /// "We know that it is you, and answer by then."
    pub(crate) fn acknowledgement(&self) -> Letter {
        let (home, right, day) = (self.home, self.right(), self.last_day());
        let words = match self.language {
            English => (
                format!("{home} has received your request"),
                format!("Your request ({right}) is confirmed. {home} answers it by {day} at the latest."),
                "Your rights",
            ),
            French => (
                format!("{home} a reçu votre demande"),
                format!("Votre demande ({right}) est confirmée. {home} y répondra au plus tard le {day}."),
                "Vos droits",
            ),
        };
        self.to_page(words)
    }

    /// "It takes longer, until then and because of that" (DSR-4).
    pub(crate) fn extension(&self, reasons: &Message) -> Letter {
        let (home, right, day) = (self.home, self.right(), self.last_day());
        let words = match self.language {
            English => (
                format!("{home} needs more time for your request"),
                format!(
                    "{home} needs more time to answer your request ({right}): until {day} at the latest. The reasons:\n\n{reasons}\
                     \n\n{}",
                    remedies(English)
                ),
                "Your rights",
            ),
            French => (
                format!("{home} a besoin de plus de temps pour votre demande"),
                format!(
                    "{home} a besoin de plus de temps pour répondre à votre demande ({right}) : au plus tard le {day}. Les \
                     raisons :\n\n{reasons}\n\n{}",
                    remedies(French)
                ),
                "Vos droits",
            ),
        };
        self.to_page(words)
    }

    /// "It is done."
    pub(crate) fn answer(&self, said: Option<&Message>) -> Letter {
        let (home, right) = (self.home, self.right());
        let said = said.map(|said| format!("\n\n{said}")).unwrap_or_default();
        let words = match self.language {
            English => (
                format!("{home} has answered your request"),
                format!("Your request ({right}) is answered.{said}"),
                "Your rights",
            ),
            French => (
                format!("{home} a répondu à votre demande"),
                format!("Votre demande ({right}) a reçu sa réponse.{said}"),
                "Vos droits",
            ),
        };
        self.to_page(words)
    }

    /// "It is not done, for that reason; and this is what you can do about it" (DSR-7).
    pub(crate) fn refusal(&self, reason: Refusal, said: Option<&Message>) -> Letter {
        let (home, right, language) = (self.home, self.right(), self.language);
        let (why, said) = (because(language, reason), said.map(|said| format!("\n\n{said}")).unwrap_or_default());
        let words = match language {
            English => (
                format!("{home} cannot follow your request"),
                format!(
                    "{home} does not follow your request ({right}). The reason: {why}.{said}\n\n{}",
                    remedies(English)
                ),
                "Your rights",
            ),
            French => (
                format!("{home} ne peut pas donner suite à votre demande"),
                format!(
                    "{home} ne donne pas suite à votre demande ({right}). Le motif : {why}.{said}\n\n{}",
                    remedies(French)
                ),
                "Vos droits",
            ),
        };
        self.to_page(words)
    }

    pub(super) fn right(&self) -> &'static str {
        right(self.language, self.request.right)
    }

    fn last_day(&self) -> String {
        last_day(self.language, self.request)
    }

    fn to_page(&self, words: Words) -> Letter {
        let reason = match self.language {
            English => "You get this mail because you asked what is yours by right.",
            French => "Vous recevez ce message car vous avez fait valoir vos droits.",
        };
        self.letter(words, self.page.clone(), reason)
    }

    pub(super) fn letter(&self, (subject, body, action): Words, link: String, reason: &str) -> Letter {
        let language = self.language;
        let greeting = match language {
            English => "Hello,",
            French => "Bonjour,",
        };
        Letter {
            language,
            subject,
            greeting: greeting.to_owned(),
            body,
            action: action.to_owned(),
            link,
            reason: reason.to_owned(),
        }
    }
}

impl Letter {
    /// "Nothing is kept of you any more." The page is the organization's, on which rights are asked for.
    pub(crate) fn person_erased(language: Language, organization: &Name, page: String) -> Self {
        let (subject, greeting, body, action, reason) = match language {
            English => (
                format!("{organization} has erased what it kept of you"),
                "Hello,",
                format!(
                    "{organization} has erased what it kept of you, as you asked. What stays is that it was done, without your \
                     name or address, and a code by which your address is known again, so that nobody adds you by mistake. \
                     {}",
                    remedies(English)
                ),
                "Your rights",
                "This is the last mail: your address is forgotten with it.",
            ),
            French => (
                format!("{organization} a effacé ce qui vous concernait"),
                "Bonjour,",
                format!(
                    "{organization} a effacé ce qui vous concernait, comme vous l’avez demandé. Il reste la trace que cela a été \
                     fait, sans votre nom ni votre adresse, et un code qui permet de reconnaître votre adresse, pour que personne \
                     ne vous ajoute par erreur. {}",
                    remedies(French)
                ),
                "Vos droits",
                "Ceci est le dernier message : votre adresse est oubliée avec lui.",
            ),
        };
        Self {
            language,
            subject,
            greeting: greeting.to_owned(),
            body,
            action: action.to_owned(),
            link: page,
            reason: reason.to_owned(),
        }
    }

    /// "A request waits for your answer."
    pub(crate) fn rights_news(request: &RightsRequest, news: RightsNews, member: &Member, base_url: &str) -> Self {
        let language = member.language;
        let (right, day) = (right(language, request.right), last_day(language, request));
        let (subject, body) = match (news, language) {
            (RightsNews::New, English) => (
                "A request about rights".to_owned(),
                format!("Somebody proved who they are and asks for their right: {right}. The answer is due by {day}."),
            ),
            (RightsNews::New, French) => (
                "Une demande d’exercice de droits".to_owned(),
                format!(
                    "Une personne a prouvé son identité et fait valoir son droit : {right}. La réponse est attendue au plus \
                     tard le {day}."
                ),
            ),
            (RightsNews::Due(1), English) => {
                ("A request about rights is due tomorrow".to_owned(), due(language, right, &day))
            }
            (RightsNews::Due(days), English) => {
                (format!("A request about rights is due in {days} days"), due(language, right, &day))
            }
            (RightsNews::Due(1), French) => {
                ("Une demande d’exercice de droits arrive à échéance demain".to_owned(), due(language, right, &day))
            }
            (RightsNews::Due(days), French) => (
                format!("Une demande d’exercice de droits arrive à échéance dans {days} jours"),
                due(language, right, &day),
            ),
            (RightsNews::Overdue, English) => (
                "A request about rights is overdue".to_owned(),
                format!("The request ({right}) should have been answered by {day}. Please answer it at once."),
            ),
            (RightsNews::Overdue, French) => (
                "Une demande d’exercice de droits est en retard".to_owned(),
                format!(
                    "La demande ({right}) aurait dû recevoir sa réponse le {day}. Merci d’y répondre sans attendre."
                ),
            ),
        };
        let (action, reason) = match language {
            English => ("Open the request", "You get this mail because you keep the register of your organization."),
            French => {
                ("Ouvrir la demande", "Vous recevez ce message car vous tenez le registre de votre organisation.")
            }
        };
        Self {
            language,
            subject,
            greeting: greeting(language, &member.first_name),
            body,
            action: action.to_owned(),
            link: format!("{base_url}/privacy-requests/{}", request.id),
            reason: reason.to_owned(),
        }
    }
}

fn due(language: Language, right: &str, day: &str) -> String {
    match language {
        English => format!("The request ({right}) waits for its answer until {day}."),
        French => format!("La demande ({right}) attend sa réponse jusqu’au {day}."),
    }
}

/// The last day that the law leaves, or while nobody has proven who they are the one by which alarms go.
fn last_day(language: Language, request: &RightsRequest) -> String {
    day(language, request.legal_due().unwrap_or_else(|| request.due()).day())
}

/// "28 November 2026"
pub(super) fn day(language: Language, day: Date) -> String {
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const FRENCH: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let months = match language {
        English => ENGLISH,
        French => FRENCH,
    };
    let month = usize::try_from(day.month() - 1).ok().and_then(|month| months.get(month)).unwrap_or(&"");
    format!("{} {month} {}", day.day(), day.year())
}

pub(super) fn right(language: Language, right: Right) -> &'static str {
    match (right, language) {
        (Right::Access, English) => "access",
        (Right::Access, French) => "accès",
        (Right::Rectification, _) => "rectification",
        (Right::Erasure, English) => "erasure",
        (Right::Erasure, French) => "effacement",
        (Right::Restriction, English) => "restriction",
        (Right::Restriction, French) => "limitation",
        (Right::Portability, English) => "portability",
        (Right::Portability, French) => "portabilité",
        (Right::Objection, English) => "objection",
        (Right::Objection, French) => "opposition",
        (Right::Withdrawal, English) => "withdrawal of consent",
        (Right::Withdrawal, French) => "retrait du consentement",
    }
}

fn because(language: Language, reason: Refusal) -> &'static str {
    match (reason, language) {
        (Refusal::IdentityNotProven, English) => {
            "nothing shows that the request comes from the person it is about (Art. 12(2))"
        }
        (Refusal::IdentityNotProven, French) => {
            "rien ne montre que la demande vient de la personne concernée (art. 12(2))"
        }
        (Refusal::Unfounded, English) => "the request is manifestly unfounded (Art. 12(5))",
        (Refusal::Unfounded, French) => "la demande est manifestement infondée (art. 12(5))",
        (Refusal::Excessive, English) => "the request is excessive, above all because it is repeated (Art. 12(5))",
        (Refusal::Excessive, French) => "la demande est excessive, notamment par son caractère répétitif (art. 12(5))",
        (Refusal::ConditionsNotMet, English) => "the conditions under which the law gives this right are not met",
        (Refusal::ConditionsNotMet, French) => "les conditions auxquelles la loi soumet ce droit ne sont pas réunies",
        (Refusal::RightsOfOthers, English) => "the rights of others would be harmed (Art. 15(4), 20(4))",
        (Refusal::RightsOfOthers, French) => "il serait porté atteinte aux droits d’autrui (art. 15(4), 20(4))",
        (Refusal::LegalDuty, English) => "a law requires the data to be kept (Art. 17(3)(b))",
        (Refusal::LegalDuty, French) => "une loi impose de conserver les données (art. 17(3)(b))",
        (Refusal::LegalClaims, English) => "the data are needed for legal claims (Art. 17(3)(e), 21(1))",
        (Refusal::LegalClaims, French) => {
            "les données sont nécessaires à la constatation, à l’exercice ou à la défense de droits en justice (art. 17(3)(e), 21(1))"
        }
        (Refusal::CompellingGrounds, English) => {
            "there are compelling legitimate grounds that outweigh yours (Art. 21(1))"
        }
        (Refusal::CompellingGrounds, French) => "des motifs légitimes et impérieux prévalent (art. 21(1))",
    }
}

/// What can be done against it (Art. 12(4)).
fn remedies(language: Language) -> &'static str {
    match language {
        English => {
            "You can complain to the supervisory authority: the CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, \
             www.cnil.fr. You can also go to court."
        }
        French => {
            "Vous pouvez introduire une réclamation auprès de l’autorité de contrôle : la CNIL, 3 place de Fontenoy, TSA 80715, \
             75334 Paris Cedex 07, www.cnil.fr. Vous pouvez aussi former un recours juridictionnel."
        }
    }
}
