//! What is not gone through field by field.

/// Forms whose fields another test goes through, and why they are not here.
pub(crate) const ELSEWHERE: &[&str] = &[
    "/f/{public_id}",          // visitors', in `bad_input`
    "/settings/api-keys",      // the answer is a key, and its boxes are scopes
    "/settings/webhooks",      // the answer is a secret; its fields are those of one that is there
    "/settings/notifications", // boxes and choices only
    "/leads/erasure",          // names the leads that it is about, in `erasures`
    "/imports",                // a file, in `imports`
    // What can be told of a breach hangs on how far it is, in `breaches`.
    "/privacy/breaches/{id}/cnil",
    "/privacy/breaches/{id}/people",
    "/privacy/breaches/{id}/closing",
    // What can be done with a request hangs on how far it is, in `privacy_requests`.
    "/privacy-requests/{id}/answer",
    "/privacy-requests/{id}/extension",
    "/privacy-requests/{id}/refusal",
    // One of each waits at a time, in `member_requests`.
    "/settings/privacy/objection",
    "/settings/privacy/restriction",
    "/o/{slug}/privacy/held",
    "/o/{slug}/privacy/copy",
    "/o/{slug}/privacy/requests",
];
