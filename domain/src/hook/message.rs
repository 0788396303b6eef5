use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::Serialize;

use super::HookKind;
use crate::{
    id::{DeliveryId, FormId, LeadId, OrganizationId, StageId, UserId},
    lead::Lead,
    property::{Property, PropertyValue},
};

/// What every signature begins with: its version.
const VERSION: &str = "v1,";
/// What every secret begins with where it is shown.
const SECRET_PREFIX: &str = "whsec_";

/// What an endpoint is told: the body of each attempt.
#[derive(Debug, Serialize)]
pub struct Message {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Data {
    organization_id: OrganizationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<LeadId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<LeadSheet>,
}

/// What is known of a lead, for who is told in full. Neither from which address its person wrote, nor how they came (RET-3).
#[derive(Serialize)]
pub struct LeadSheet {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    company: Option<String>,
    properties: BTreeMap<String, PropertyValue>,
    tags: Vec<String>,
    stage_id: StageId,
    owner_id: Option<UserId>,
    form_id: Option<FormId>,
    source: &'static str,
    legal_basis: &'static str,
    created_at: Timestamp,
    version: i32,
}

/// It tells of somebody.
impl fmt::Debug for LeadSheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeadSheet([redacted])")
    }
}

impl LeadSheet {
    /// The sheet of a lead; `own` are the properties that its organization asks for.
    pub fn of(lead: &Lead, own: &[Property]) -> Self {
        let known = own.iter().filter(|property| !property.is_archived);
        let known = known.filter_map(|one| Some((one.key.to_string(), lead.properties.get(one.id)?.clone())));
        Self {
            name: lead.name.as_ref().map(ToString::to_string),
            email: lead.email.as_ref().map(ToString::to_string),
            phone: lead.phone.as_ref().map(|phone| phone.e164().unwrap_or(phone.written()).to_owned()),
            company: lead.company.as_ref().map(ToString::to_string),
            properties: known.collect(),
            tags: lead.tags.iter().map(ToString::to_string).collect(),
            stage_id: lead.stage,
            owner_id: lead.owner,
            form_id: lead.form,
            source: lead.source.code(),
            legal_basis: lead.legal_basis.code(),
            created_at: lead.created_at,
            version: lead.version,
        }
    }
}

impl Message {
    /// What is told of a lead: its id, and what is known of it if that is given. Recipients of what concerns the rights of its
    /// person get no more than the id, however much else they are told (DSR-12).
    pub fn new(
        kind: HookKind,
        at: Timestamp,
        organization_id: OrganizationId,
        lead_id: Option<LeadId>,
        lead: Option<LeadSheet>,
    ) -> Self {
        let lead = lead.filter(|_| !kind.is_for_recipients());
        Self { kind: kind.code(), timestamp: at, data: Data { organization_id, lead_id, lead } }
    }
}

/// What is signed of an attempt.
pub fn signed_text(id: DeliveryId, at: Timestamp, body: &str) -> String {
    format!("{id}.{}.{body}", at.as_second())
}

/// The header `webhook-signature`: one signature for each secret that is good, in base 64.
pub fn written_signatures(signatures: &[String]) -> String {
    signatures.iter().map(|signature| format!("{VERSION}{signature}")).collect::<Vec<_>>().join(" ")
}

/// A secret as it is shown, of its base 64.
pub fn written_secret(base64: &str) -> String {
    format!("{SECRET_PREFIX}{base64}")
}
