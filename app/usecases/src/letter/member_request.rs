//! Letters about what members ask of the operator about their own accounts: to them, and to whoever answers.

use qualify_domain::{
    event::RightsNews,
    language::Language::{self, English, French},
    rights_request::{RightsRequest, What},
};

use super::{
    Letter,
    rights::{RightsPost, day, right},
};
use crate::Options;

impl Letter {
    /// What a member is told of the last step of their request; nothing of one that they took themselves.
    pub(crate) fn member_request(request: &RightsRequest, language: Language, options: &Options) -> Option<Self> {
        let page = format!("{}/settings/privacy", options.base_url);
        let post = RightsPost { request, language, home: &options.operator, page };
        match &request.steps.last()?.what {
            What::IdentityProven(_) => Some(post.acknowledgement()),
            What::Extended { reasons } => reasons.as_ref().map(|reasons| post.extension(reasons)),
            What::Answered { words } => Some(post.answer(words.as_ref())),
            What::Refused { reason, words } => Some(post.refusal(*reason, words.as_ref())),
            What::IdentityAsked { .. } | What::Lapsed | What::Withdrawn => None,
        }
    }

    /// "A member asks, and waits for your answer until then." Nobody knows which language the operator reads: it is in both.
    pub(crate) fn operator_news(request: &RightsRequest, news: RightsNews, options: &Options) -> Self {
        let subject = match news {
            RightsNews::New => "A request of a member / Une demande d’un membre".to_owned(),
            RightsNews::Due(days) => {
                format!("A request of a member is due in {days} d / Une demande d’un membre échoit dans {days} j")
            }
            RightsNews::Overdue => {
                "A request of a member is overdue / Une demande d’un membre est en retard".to_owned()
            }
        };
        let said = |language| {
            let (asked, due) = (right(language, request.right), day(language, request.due().day()));
            let id = request.id;
            match language {
                English => format!(
                    "A member makes use of a right about their own account: {asked}. It is yours to answer, by {due}.\n\n\
                     qualify admin requests show {id}"
                ),
                French => format!(
                    "Un membre fait valoir un droit au sujet de son propre compte : {asked}. C’est à vous d’y répondre, au plus \
                     tard le {due}.\n\nqualify admin requests show {id}"
                ),
            }
        };
        Self {
            language: English,
            subject,
            greeting: "Hello, bonjour,".to_owned(),
            body: format!("{}\n\n{}", said(English), said(French)),
            action: "Privacy policy / Politique de confidentialité".to_owned(),
            link: format!("{}/privacy", options.base_url),
            reason: "You get this mail because you run this installation. / Vous recevez ce message car vous exploitez cette \
                     installation."
                .to_owned(),
        }
    }
}
