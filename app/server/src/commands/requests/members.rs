//! What members asked about their own accounts, as the operator reads it.

use qualify_domain::{
    member_request::MemberRequest,
    rights_request::{By, Step, What},
    user::User,
};

/// One line of the list.
pub(super) fn brief(asked: &MemberRequest) -> String {
    let request = &asked.request;
    let told = if asked.is_untold() { "not mailed" } else { "mailed" };
    format!(
        "{}  {}  received {}  due {}  {told}  {}, of a member",
        request.id,
        request.right.code(),
        request.received_at,
        request.due().day(),
        request.state().code()
    )
}

/// All of it.
pub(super) fn lines(asked: &MemberRequest, user: Option<&User>) -> Vec<String> {
    let who = user.map_or_else(
        || "nobody any more: the account is gone".to_owned(),
        |user| format!("{} {} <{}>", user.first_name, user.last_name, &*user.email),
    );
    let mut lines = vec![brief(asked), format!("from {who}")];
    lines.extend(asked.words.as_ref().map(|words| format!("says: {words}")));
    lines.extend(asked.request.steps.iter().map(line));
    lines
}

fn line(step: &Step) -> String {
    let by = match step.by {
        By::Asker => "the member",
        By::Operator => "the operator",
        By::Member(_) => "a member",
        By::Product => "the product",
    };
    let (what, words) = match &step.what {
        What::IdentityAsked { .. } => ("asked for a proof of identity".to_owned(), None),
        What::IdentityProven(_) => ("asked, and proved who they are".to_owned(), None),
        What::Extended { reasons } => ("took more time".to_owned(), reasons.as_ref()),
        What::Answered { words } => ("answered".to_owned(), words.as_ref()),
        What::Refused { reason, words } => (format!("refused: {}", reason.code()), words.as_ref()),
        What::Lapsed => ("laid it aside".to_owned(), None),
        What::Withdrawn => ("took it back".to_owned(), None),
    };
    let said = words.map(|words| format!(": {words}")).unwrap_or_default();
    format!("{}  {by} {what}{said}", step.at)
}
