//! The description of the API (`OpenAPI` 3.1), put together from the table of routes and what stands at the handlers.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{Method, header};
use qualify_domain::api_key::KeyScope;
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::{
    board, body, forms, imports, leads, merges, order, pipelines, properties, reasons, reports, scores, tasks, views,
    wire,
};
use crate::{
    problem::{AlikeBody, Fault, ProblemBody},
    routes::{Access, ROUTES, RouteSpec},
    web::Web,
};

/// Where the API begins.
pub const ROOT: &str = "/api/v1/";

/// The answers that many operations share: name, status, and when it comes.
const SHARED: [(&str, u16, &str); 14] = [
    (
        "BadRequest",
        400,
        "The request cannot be read: a parameter or field that is not known, comes twice or has no such value.",
    ),
    ("Unauthorized", 401, "There is no API key, or it opens nothing: unknown, expired, revoked or at rest."),
    ("Forbidden", 403, "The key's role or scopes do not allow it."),
    ("NotFound", 404, "There is no such thing, or not within the key's reach."),
    (
        "Conflict",
        409,
        "The `Idempotency-Key` was used for something else; the person of a new lead may be known, see `duplicates`; one of \
         the leads has changed or was merged already; the merge cannot be undone; a pipeline in which leads stand, or the \
         last one of a list, would go.",
    ),
    ("Gone", 410, "The lead was merged into another, which `merged_into` names."),
    ("Stale", 412, "It has changed since it was read: read it again."),
    ("TooLarge", 413, "The body has more than 256 KiB; a file, more than 5 MiB."),
    ("Unsupported", 415, "The body is not `application/json` in UTF-8; a file, not `text/csv`."),
    ("Invalid", 422, "Values that cannot be kept, each with its field."),
    ("Unversioned", 428, "`If-Match` is missing."),
    ("TooMany", 429, "More requests than the key may make, or too many keys that open nothing from one address."),
    ("Failed", 500, "It broke here; the `correlation` finds it in our logs."),
    ("Busy", 503, "Too much is being done at once: try again in a moment."),
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Qualify CRM API",
        version = "1",
        description = "Read and write the leads of an organization with one of its API keys.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(
        ProblemBody, Fault, AlikeBody, wire::LikenessCode, wire::Me, wire::LeadBody, wire::ConsentedLead, wire::ConsentBody, wire::AskedBody, wire::LeadPage, wire::Kept, wire::StageList, wire::ReasonList, wire::FormBody, wire::FieldBody, wire::WordsBody, forms::NewFields,
        wire::HeldBody, wire::AuthorBody, wire::EditionFace, wire::EditionList, wire::EditionBody, wire::DifferenceBody,
        wire::UndeclaredBody, wire::UndeclaredList, board::BoardSearch, board::CardSearch,
        wire::MoverBody, wire::MoversPart, wire::RulesVersion, wire::RulesVersionFace, wire::RulesVersionList, wire::RulesChange, wire::RulesChangeCode,
        forms::settings::FormSettingsBody, wire::NoticeBody, wire::PurposeBody, wire::LanguageCode,
        wire::FormList, wire::ScoreBody, wire::RulesBody, wire::OutlookBody, scores::NewRules, scores::NewRule, scores::NewGroup,
        scores::NewCondition, scores::NewTrigger, scores::FrequencyCode, wire::StandingBody,
        wire::MemberList, wire::BasisCode, leads::NewLead, leads::KnownPersonCode, leads::LeadChange, leads::LeadMove,
        leads::LeadAssignment, leads::NewNote, leads::NoteKindCode, leads::NewTask, leads::LeadChanges, leads::ActBody, leads::TagBody,
        leads::ManyMoved, leads::ManyTransferred, leads::LeadTransfer, wire::Made, wire::PropertyBody, wire::PropertyFace, wire::PropertyKindCode, wire::PropertyList,
        leads::FormatCode, leads::FileColumn, leads::LeadExport, wire::JobBody, wire::JobList, wire::LeftOutBody,
        wire::ExportBegun, body::Nothing,
        wire::ImportBody, wire::ImportList, wire::Trial, wire::Begun, wire::EncodingCode, wire::DelimiterCode,
        wire::DateOrderCode, wire::ImportModeCode, imports::ImportChange,
        merges::NewMerge, wire::DuplicateList, wire::MergeBody, wire::SeparatedBody,
        leads::LeadSearch, wire::FilterBody, wire::FilterValue, wire::SettingsBody, wire::SortCode, wire::GroupCode, wire::ColumnCode,
        reports::PeriodCode, reports::ComparisonCode, reports::ReportFormatCode, wire::SpanBody, wire::WhenBody, wire::StepsBody, wire::SourceRow,
        wire::FormRow, wire::FunnelReport, wire::GrainCode, wire::PointBody, wire::LeadsReport, wire::StayBody, wire::StageRow,
        wire::StagesReport, wire::ReasonRow, wire::ReasonsReport, wire::WorkBody, wire::MemberRow, wire::MembersReport,
        wire::PipelineBody, wire::PipelineList, wire::PipelineStage, wire::StageBody, wire::StageKindCode, wire::ReasonBody,
        pipelines::NewPipeline, pipelines::WholePipeline, pipelines::StageWish, pipelines::StageHeir, order::NewOrder,
        reasons::NewReason, properties::NewProperty, properties::PropertyChange,
        wire::BoardBody, wire::ColumnBody, wire::CardBody, wire::LeadSummary, wire::Touch,
        wire::TaskBody, wire::TaskList, wire::TaskPage, wire::ReminderCode, tasks::TaskChange,
        wire::TimelinePart, wire::EntryBody, wire::EntryKindCode, wire::SentBody, wire::AgreedBody, wire::ReceivedBody, wire::ReceivedPage, wire::MovedBody, wire::GradesBody,
        wire::OfMergeBody, wire::AssignedBody, wire::TodoBody,
        wire::WebhookBody, wire::WebhookList, wire::HookKindCode, wire::DetailCode, wire::EndpointStateCode, wire::DeliveryBody, wire::DeliveryPage, wire::DeliveryStateCode, wire::ObstacleCode,
        wire::DensityCode, wire::LayoutCode, wire::ViewBody, wire::ViewsBody, views::NewView, views::ViewChange,
    )),
    tags(
        (name = "Leads", description = "Leads, and what is done with them."),
        (name = "Tasks", description = "What members have to do about leads."),
        (name = "Pipelines", description = "Where leads can stand, and why they are given up."),
        (name = "Properties", description = "What the organization itself wants to know of leads."),
        (name = "Imports", description = "People taken over from files."),
        (name = "Reports", description = "What became of leads, in numbers."),
        (name = "Views", description = "Ways to look at the list of leads, kept for everybody."),
        (name = "Forms", description = "What the organization asks visitors."),
        (name = "Members", description = "Who works on leads."),
        (name = "Webhooks", description = "Where the organization is told of its leads, and what it was told. Members make them."),
        (name = "Jobs", description = "Long work in progress."),
        (name = "Key", description = "The key itself."),
    ),
)]
struct Frame;

/// The whole description, for an installation at `origin`.
pub fn document(origin: &str) -> Value {
    let mut document = serde_json::to_value(Frame::openapi()).unwrap_or_default();
    document["servers"] = json!([{ "url": origin }]);
    document["security"] = json!([{ "key": [] }]);
    document["components"]["securitySchemes"] = json!({ "key": {
        "type": "http", "scheme": "bearer", "bearerFormat": "qck_…", "description": "An API key of the organization.",
    } });
    document["components"]["headers"] = headers();
    for (name, status, when) in SHARED {
        document["components"]["responses"][name] = shared(status, when);
    }
    for spec in api_routes() {
        let method = spec.method.as_str().to_ascii_lowercase();
        document["paths"][spec.path][method] = operation(spec);
    }
    document
}

/// The routes of the API.
pub fn api_routes() -> impl Iterator<Item = &'static RouteSpec> {
    ROUTES.iter().filter(|spec| matches!(spec.access, Access::Program | Access::Keyed(_)))
}

fn operation(spec: &RouteSpec) -> Value {
    let mut operation =
        spec.describe.map(|describe| serde_json::to_value(describe()).unwrap_or_default()).unwrap_or_default();
    operation["tags"] = json!([group(spec.path)]);
    let scope = spec.access.permission().and_then(KeyScope::of);
    if let Some(scope) = scope {
        let about = operation["description"].as_str().unwrap_or_default();
        operation["description"] = format!("{about}\n\nNeeds the scope `{scope}`.").trim_start().into();
        operation["x-scope"] = scope.code().into();
    }
    if let Some(given) = operation["responses"].as_object_mut() {
        for response in given.values_mut() {
            for name in ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"] {
                response["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
            }
        }
    }
    for status in shared_by(spec, &operation) {
        let name = SHARED.iter().find(|(_, code, _)| *code == status).map_or("Failed", |(name, ..)| name);
        operation["responses"][status.to_string()] = json!({ "$ref": format!("#/components/responses/{name}") });
    }
    operation
}

/// The group under which an operation is shown.
fn group(path: &str) -> &'static str {
    match path.trim_start_matches(ROOT).split('/').next() {
        Some("leads" | "score-rules" | "merges") => "Leads",
        Some("tasks") => "Tasks",
        Some("pipelines" | "stages" | "reasons") => "Pipelines",
        Some("properties") => "Properties",
        Some("reports") => "Reports",
        Some("imports") => "Imports",
        Some("views") => "Views",
        Some("forms") => "Forms",
        Some("members") => "Members",
        Some("jobs") => "Jobs",
        Some("webhooks") => "Webhooks",
        _ => "Key",
    }
}

/// Which of the shared answers an operation can give.
fn shared_by(spec: &RouteSpec, operation: &Value) -> Vec<u16> {
    let named =
        |name: &str| operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == name));
    let mut found = vec![400, 401, 429, 500, 503];
    let lists = ["/api/v1/pipelines/{id}", "/api/v1/reasons/{id}"];
    let cases: [(bool, &[u16]); 9] = [
        (spec.access.permission().is_some(), &[403]),
        (spec.path.contains('{'), &[404]),
        (operation["requestBody"].is_object(), &[413, 415, 422]),
        (named("If-Match"), &[412, 428]),
        (spec.path.starts_with("/api/v1/leads/{id}"), &[410]),
        (named("Idempotency-Key"), &[409]),
        (spec.path.contains("/merges"), &[409]),
        (spec.method == Method::DELETE && lists.contains(&spec.path), &[409]),
        (spec.path.contains("/reports") || spec.path == "/api/v1/leads/export", &[422]),
    ];
    for (_, statuses) in cases.iter().filter(|(holds, _)| *holds) {
        found.extend(*statuses);
    }
    found
}

fn shared(status: u16, when: &str) -> Value {
    let mut response = json!({
        "description": when,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemBody" } } },
    });
    match status {
        401 => response["headers"]["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/WWW-Authenticate" }),
        429 | 503 => response["headers"]["Retry-After"] = json!({ "$ref": "#/components/headers/Retry-After" }),
        _ => {}
    }
    response
}

fn headers() -> Value {
    let number = |about: &str| json!({ "description": about, "schema": { "type": "integer", "minimum": 0 } });
    json!({
        "RateLimit-Limit": number("How many requests a minute the key may make."),
        "RateLimit-Remaining": number("How many it may make now."),
        "RateLimit-Reset": number("Seconds until nothing is used up any more."),
        "Retry-After": number("Seconds until another try makes sense."),
        "WWW-Authenticate": { "description": "How to show a key.", "schema": { "type": "string" } },
    })
}

/// `GET /api/openapi.json`
pub async fn show(State(web): State<Web>) -> Response {
    let body = serde_json::to_vec(&document(web.origin())).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| match value.as_str() {
                Some(to) if name == "$ref" => drop(found.insert(to.to_owned())),
                _ => references(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn the_document_and_the_table_of_routes_have_the_same_operations() {
        let document = document("https://crm.example.com");
        let told: BTreeSet<_> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().unwrap().keys().map(move |method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        let routes = ROUTES.iter().filter(|spec| spec.path.starts_with(ROOT));
        let routes: BTreeSet<_> = routes.map(|spec| (spec.path.to_owned(), spec.method.to_string())).collect();
        assert_eq!(told, routes);
        assert!(routes.len() >= 9);
        for spec in ROUTES.iter() {
            let is_api = matches!(spec.access, Access::Program | Access::Keyed(_));
            assert_eq!(is_api, spec.path.starts_with(ROOT), "{}", spec.path);
            assert_eq!(is_api, spec.describe.is_some(), "{}", spec.path);
        }
    }

    #[test]
    fn each_operation_has_an_id_of_its_own_words_and_a_scope() {
        let mut ids = BTreeSet::new();
        for spec in api_routes() {
            let operation = operation(spec);
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{}", spec.path);
            assert!(!operation["summary"].as_str().unwrap().is_empty());
            assert_eq!(spec.access == Access::Program, operation["x-scope"].is_null(), "{}", spec.path);
            if let Some(permission) = spec.access.permission() {
                assert!(KeyScope::of(permission).is_some(), "{}: no key can have {permission:?}", spec.path);
            }
        }
    }

    #[test]
    fn what_the_document_refers_to_is_in_it() {
        let document = document("https://crm.example.com");
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 20, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        assert_eq!(document["openapi"], "3.1.0");
    }
}
