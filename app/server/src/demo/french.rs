//! Atelier Lumen: luminaires sur mesure, in French.

use qualify_domain::access::Role;

use super::cast::{Campaign, Cast, Colleague, FormText};

pub(super) const LUMEN: Cast = Cast {
    organization: "Atelier Lumen",
    language: qualify_domain::language::Language::French,
    site: "https://lumen.example.org",
    stages: ["Nouveau", "En discussion", "Qualifié", "Gagné", "Sans suite"],
    members: &[
        Colleague { first: "Camille", last: "Roussel", email: "camille@lumen.example.org", roles: &[Role::Owner] },
        Colleague { first: "Hugo", last: "Marchand", email: "hugo@lumen.example.org", roles: &[Role::Manager] },
        Colleague { first: "Inès", last: "Benali", email: "ines@lumen.example.org", roles: &[Role::Agent] },
        Colleague {
            first: "Claire",
            last: "Fontanel",
            email: "claire@lumen.example.org",
            roles: &[Role::PrivacyOfficer, Role::Billing],
        },
    ],
    forms: [
        FormText {
            name: "Contact",
            page: "/contact",
            notice: "Atelier Lumen utilise vos réponses pour répondre à votre demande et en assurer le suivi, au titre \
                     de son intérêt légitime à vous répondre. Votre adresse réseau est supprimée après 30 jours. Vous \
                     pouvez à tout moment demander à consulter, corriger ou effacer vos données.",
            consent: None,
        },
        FormText {
            name: "Demande de catalogue",
            page: "/catalogue",
            notice: "Atelier Lumen utilise votre adresse pour vous envoyer son catalogue et, si vous y consentez, ses \
                     nouveautés. Vous pouvez retirer votre consentement à tout moment. Votre adresse réseau est \
                     supprimée après 30 jours.",
            consent: Some("Oui, tenez-moi au courant des nouveautés de l'atelier."),
        },
    ],
    campaigns: &[
        Campaign {
            source: "google",
            medium: "cpc",
            name: "suspensions-automne",
            landing: "/suspensions",
            referrer: Some("https://www.google.example/"),
        },
        Campaign { source: "infolettre", medium: "email", name: "novembre", landing: "/nouveautes", referrer: None },
        Campaign {
            source: "pinterest",
            medium: "social",
            name: "salles-a-manger",
            landing: "/inspirations",
            referrer: Some("https://social.example/"),
        },
        Campaign {
            source: "deco-magazine",
            medium: "referral",
            name: "reportage",
            landing: "/atelier",
            referrer: Some("https://deco.example.com/ateliers"),
        },
    ],
    phones: &["06 39 98 ", "01 99 00 ", "04 65 71 ", "+33 5 36 49 "],
    messages: &[
        "Bonjour, nous refaisons notre salle à manger et cherchons une suspension en laiton d'environ 90 cm. Est-ce possible en sur-mesure ?",
        "Pouvez-vous me donner un ordre de prix pour six appliques identiques, finition noire mate ?",
        "Nous ouvrons un restaurant à Lyon en mars, 45 couverts, et aimerions vous confier l'éclairage de la salle.",
        "Ma lampe « Aube » clignote depuis une semaine. Réparez-vous les anciens modèles ?",
        "Quel est le délai actuel pour une commande ? C'est pour un mariage le 14 février.",
        "Vos luminaires sont-ils compatibles avec un variateur du commerce ?",
        "Bonjour, je suis architecte d'intérieur et j'aimerais recevoir vos fiches techniques en DWG.",
        "Livrez-vous en Belgique ? Je suis à Namur.",
        "Est-il possible de visiter l'atelier un samedi ? Nous serions quatre.",
        "Je cherche un lustre pour une cage d'escalier de sept mètres de haut. Avez-vous déjà fait cela ?",
        "Proposez-vous des ampoules qui ne jaunissent pas les tableaux ? C'est pour une petite galerie.",
        "Nous souhaiterions un devis pour l'éclairage de 22 chambres d'hôtel, avec pose.",
        "La lampe reçue est superbe mais l'abat-jour est fendu. Comment procéder ?",
        "Faites-vous des remises pour les associations ? Nous équipons une bibliothèque de quartier.",
        "Bonjour, pourriez-vous me rappeler en fin de journée au sujet d'une applique de salle de bain (volume 2) ?",
        "J'ai hérité d'une suspension des années 50. Pourriez-vous la remettre aux normes ?",
        "Quelle hauteur conseillez-vous au-dessus d'une table ronde de 120 cm ?",
        "Je voudrais offrir un bon d'achat à mes parents. Est-ce que cela existe chez vous ?",
        "Vos cordons textiles existent-ils en vert sauge ? Je ne les vois pas sur le site.",
        "Notre agence rénove une maison à Annecy, nous aurions besoin d'échantillons de patine.",
        "Est-ce que la « Petite Ourse » tient sur un plafond en placo ? Elle paraît lourde.",
        "Pouvez-vous travailler à partir d'un croquis ? J'ai une idée assez précise mais je ne sais pas dessiner.",
        "Nous aimerions éclairer une terrasse couverte. Avez-vous quelque chose qui résiste au sel ? Nous sommes au bord de la mer.",
        "Bonjour, je n'ai pas reçu de confirmation pour ma commande de jeudi. Tout va bien ?",
        "Travaillez-vous avec des collectivités ? Nous préparons un marché pour une salle des fêtes.",
        "Combien consomme la version LED du modèle « Équinoxe » ?",
        "Je suis photographe et je cherche une lumière de studio qui ne ressemble pas à un studio.",
        "Acceptez-vous le paiement en trois fois ?",
        "Nous avons vu votre reportage dans le magazine : bravo ! Avez-vous encore la lampe de la page 42 ?",
        "Pourriez-vous me conseiller pour une chambre d'enfant, quelque chose de doux, sans verre ?",
        "Je relance ma demande du mois dernier concernant quatre suspensions pour un cabinet dentaire.",
        "Avez-vous une solution pour un couloir sans fenêtre de huit mètres ?",
    ],
    notes: &[
        "Rappelée, message laissé sur le répondeur.",
        "Très intéressée, décide avec son architecte en fin de semaine.",
        "Devis envoyé, valable 30 jours.",
        "Budget plus serré que prévu, proposé la finition brute.",
        "Veut voir un échantillon de laiton patiné.",
        "Chantier repoussé au printemps, recontacter en février.",
        "Préfère être contacté par e-mail.",
        "A déjà deux de nos appliques.",
        "Prévoir la pose par notre électricien.",
        "Accord de principe au téléphone, acompte à suivre.",
        "A trouvé moins cher ailleurs. Sans rancune.",
        "Bon prescripteur, à inviter à la porte ouverte.",
    ],
};
