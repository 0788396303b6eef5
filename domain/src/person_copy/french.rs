//! What the inventory says, in French.

/// The same in French, as far as a copy says it.
pub(super) fn french(english: &str) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known == english).map(|(_, french)| *french)
}

const WORDS: &[(&str, &str)] = &[
    // Kinds of data.
    ("who somebody with a login is", "l’identité d’une personne qui a un compte"),
    ("when and from where an account was used", "quand et d’où un compte a été utilisé"),
    (
        "what is known of a person in whom an organization sees a customer",
        "ce qui est connu d’une personne en qui une organisation voit un client",
    ),
    (
        "ids, states and settings by which the product works; some of them lead to a person",
        "identifiants, états et réglages par lesquels le produit fonctionne, dont certains mènent à une personne",
    ),
    // What may be kept.
    ("first name", "prénom"),
    ("last name", "nom de famille"),
    ("e-mail", "e-mail"),
    ("organization", "organisation"),
    ("IP", "adresse IP"),
    ("user agent", "navigateur"),
    ("date and time", "date et heure"),
    ("name", "nom"),
    ("phone", "téléphone"),
    ("what they asked about their own data", "ce qu’elle a demandé au sujet de ses propres données"),
    ("what they asked about their own account", "ce qu’elle a demandé au sujet de son propre compte"),
    ("e-mail and phone, of merged leads", "e-mail et téléphone, des leads fusionnés"),
    ("message", "message"),
    ("UTMs", "paramètres de campagne (UTM)"),
    ("referral URL", "adresse de la page d’origine"),
    (
        "UTMs and referral URL, of the first and the latest visit",
        "paramètres de campagne (UTM) et adresse de la page d’origine, de la première et de la dernière visite",
    ),
    ("further fields that the organization declares", "autres champs que l’organisation déclare"),
    ("what members write about the person", "ce que les membres écrivent de la personne"),
    ("what the organization's rules make of it", "ce que les règles de l’organisation en tirent"),
    ("copies of all this, to undo or to take away", "copies de tout cela, pour annuler ou emporter"),
    // When it has to be gone.
    ("30 days after it was received", "30 jours après la réception (adresse IP)"),
    (
        "30 days after it came, if nobody let it out",
        "30 jours après l’arrivée, si personne ne l’a sorti de la quarantaine",
    ),
    (
        "30 days after it came, if the organization could not receive it by then",
        "30 jours après l’arrivée, si l’organisation n’a pas pu le recevoir d’ici là",
    ),
    (
        "36 months after the last contact that came from the person, with all that hangs on the lead",
        "36 mois après le dernier contact venu de la personne, avec tout ce qui tient au lead",
    ),
    ("5 years after it was received", "5 ans après la réception"),
    ("90 days after it happened", "90 jours après l’événement"),
    (
        "30 days after the sign-in, when the session ends at the latest",
        "30 jours après la connexion, quand la session se termine au plus tard",
    ),
    (
        "when it was used, else 30 minutes to 7 days after it was issued",
        "à l’utilisation, sinon 30 minutes à 7 jours après l’émission",
    ),
    (
        "7 days after it was sent, or when it was accepted or withdrawn",
        "7 jours après l’envoi, ou dès qu’elle est acceptée ou retirée",
    ),
    ("when the member leaves the organization", "quand le membre quitte l’organisation"),
    (
        "30 days after the entitlement ended or the deletion was asked for",
        "30 jours après la fin des droits ou la demande de suppression",
    ),
    ("30 days after it was told", "30 jours après la notification"),
    ("30 days after it ended", "30 jours après la fin"),
    (
        "7 days after the import was done, or begun if nothing was done with it",
        "7 jours après l’import, ou après son début si rien n’en a été fait",
    ),
    ("30 days after the merge", "30 jours après la fusion"),
    ("12 months after it happened", "12 mois après les faits"),
    (
        "12 months after the access for support ended at the latest",
        "12 mois après la fin, au plus tard, de l’accès de l’assistance",
    ),
];
