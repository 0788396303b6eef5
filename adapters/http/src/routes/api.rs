//! What programs ask for.

use axum::routing::{delete, get, patch, post, put};
use http::Method;
use qualify_domain::access::Permission::{
    AssignLead, ChangeLead, CreateLead, ExportLeads, ImportLeads, ManageForms, ManageScore, ManageViews, MergeLeads,
    NoteLead, QualifyLead, ReadForms, ReadLeads, ReadMembers, ReadSubmissions, ReleaseSubmission, RunJobs, RunWebhooks,
    ShapeLeads,
};
use utoipa::Path as _;

use super::{
    Access::{Keyed, Program, Public},
    RouteSpec, change, changed, read,
};
use crate::{api, pages};

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/api/docs", Public, || get(pages::api_docs::open)),
    read("/api/openapi.json", Public, || get(api::document::show)),
    read("/api/v1/me", Program, || get(api::me::read)).described(api::me::__path_read::operation),
    read("/api/v1/leads", Keyed(ReadLeads), || get(api::leads::list)).described(api::leads::__path_list::operation),
    change("/api/v1/leads", Keyed(CreateLead), || post(api::leads::create))
        .described(api::leads::__path_create::operation),
    read("/api/v1/leads/export", Keyed(ExportLeads), || get(api::leads::export))
        .described(api::leads::__path_export::operation),
    change("/api/v1/leads/export", Keyed(ExportLeads), || post(api::leads::export_found))
        .described(api::leads::__path_export_found::operation),
    change("/api/v1/leads/exports", Keyed(ExportLeads), || post(api::leads::begin_export))
        .described(api::leads::__path_begin_export::operation),
    read("/api/v1/imports", Keyed(ImportLeads), || get(api::imports::list))
        .described(api::imports::__path_list::operation),
    change("/api/v1/imports", Keyed(ImportLeads), || post(api::imports::create))
        .described(api::imports::__path_create::operation),
    read("/api/v1/imports/{id}", Keyed(ImportLeads), || get(api::imports::read))
        .described(api::imports::__path_read::operation),
    changed(Method::PATCH, "/api/v1/imports/{id}", Keyed(ImportLeads), || patch(api::imports::change))
        .described(api::imports::__path_change::operation),
    change("/api/v1/imports/{id}/trial", Keyed(ImportLeads), || post(api::imports::try_out))
        .described(api::imports::__path_try_out::operation),
    change("/api/v1/imports/{id}/run", Keyed(ImportLeads), || post(api::imports::run))
        .described(api::imports::__path_run::operation),
    change("/api/v1/imports/{id}/undo", Keyed(ImportLeads), || post(api::imports::undo))
        .described(api::imports::__path_undo::operation),
    read("/api/v1/imports/{id}/problems", Keyed(ImportLeads), || get(api::imports::problems))
        .described(api::imports::__path_problems::operation),
    read("/api/v1/jobs", Keyed(ReadLeads), || get(api::jobs::list)).described(api::jobs::__path_list::operation),
    read("/api/v1/jobs/{id}", Keyed(ReadLeads), || get(api::jobs::read)).described(api::jobs::__path_read::operation),
    read("/api/v1/jobs/{id}/file", Keyed(ExportLeads), || get(api::jobs::file))
        .described(api::jobs::__path_file::operation),
    change("/api/v1/jobs/{id}/cancellation", Keyed(RunJobs), || post(api::jobs::call_off))
        .described(api::jobs::__path_call_off::operation),
    change("/api/v1/leads/search", Keyed(ReadLeads), || post(api::leads::search))
        .described(api::leads::__path_search::operation),
    read("/api/v1/leads/{id}", Keyed(ReadLeads), || get(api::leads::read))
        .described(api::leads::__path_read::operation),
    changed(Method::PATCH, "/api/v1/leads/{id}", Keyed(ChangeLead), || patch(api::leads::change))
        .described(api::leads::__path_change::operation),
    change("/api/v1/leads/{id}/stage", Keyed(QualifyLead), || post(api::leads::move_to))
        .described(api::leads::__path_move_to::operation),
    read("/api/v1/leads/{id}/score", Keyed(ReadLeads), || get(api::scores::read))
        .described(api::scores::__path_read::operation),
    read("/api/v1/score-rules", Keyed(ReadLeads), || get(api::scores::rules))
        .described(api::scores::__path_rules::operation),
    change("/api/v1/leads/{id}/owner", Keyed(AssignLead), || post(api::leads::assign))
        .described(api::leads::__path_assign::operation),
    change("/api/v1/leads/{id}/notes", Keyed(NoteLead), || post(api::leads::note))
        .described(api::leads::__path_note::operation),
    change("/api/v1/leads/{id}/tasks", Keyed(NoteLead), || post(api::leads::plan))
        .described(api::leads::__path_plan::operation),
    change("/api/v1/leads/changes", Keyed(RunJobs), || post(api::leads::change_many))
        .described(api::leads::__path_change_many::operation),
    read("/api/v1/properties", Keyed(ReadLeads), || get(api::properties::list))
        .described(api::properties::__path_list::operation),
    read("/api/v1/reasons", Keyed(ReadLeads), || get(api::reasons::list))
        .described(api::reasons::__path_list::operation),
    read("/api/v1/leads/{id}/timeline", Keyed(ReadLeads), || get(api::timeline::read))
        .described(api::timeline::__path_read::operation),
    change("/api/v1/leads/{id}/pipeline", Keyed(QualifyLead), || post(api::leads::transfer))
        .described(api::leads::__path_transfer::operation),
    read("/api/v1/leads/{id}/tasks", Keyed(ReadLeads), || get(api::tasks::of_lead))
        .described(api::tasks::__path_of_lead::operation),
    read("/api/v1/tasks", Keyed(ReadLeads), || get(api::tasks::list)).described(api::tasks::__path_list::operation),
    read("/api/v1/tasks/{id}", Keyed(ReadLeads), || get(api::tasks::read))
        .described(api::tasks::__path_read::operation),
    changed(Method::PATCH, "/api/v1/tasks/{id}", Keyed(NoteLead), || patch(api::tasks::change))
        .described(api::tasks::__path_change::operation),
    change("/api/v1/tasks/{id}/completion", Keyed(NoteLead), || post(api::tasks::finish))
        .described(api::tasks::__path_finish::operation),
    change("/api/v1/tasks/{id}/reopening", Keyed(NoteLead), || post(api::tasks::reopen))
        .described(api::tasks::__path_reopen::operation),
    changed(Method::DELETE, "/api/v1/tasks/{id}", Keyed(NoteLead), || delete(api::tasks::remove))
        .described(api::tasks::__path_remove::operation),
    read("/api/v1/pipelines", Keyed(ReadLeads), || get(api::pipelines::list))
        .described(api::pipelines::__path_list::operation),
    change("/api/v1/pipelines", Keyed(ShapeLeads), || post(api::pipelines::create))
        .described(api::pipelines::__path_create::operation),
    changed(Method::PUT, "/api/v1/pipelines/order", Keyed(ShapeLeads), || put(api::pipelines::arrange))
        .described(api::pipelines::__path_arrange::operation),
    read("/api/v1/pipelines/{id}", Keyed(ReadLeads), || get(api::pipelines::read))
        .described(api::pipelines::__path_read::operation),
    changed(Method::PUT, "/api/v1/pipelines/{id}", Keyed(ShapeLeads), || put(api::pipelines::replace))
        .described(api::pipelines::__path_replace::operation),
    read("/api/v1/pipelines/{id}/board", Keyed(ReadLeads), || get(api::board::read))
        .described(api::board::__path_read::operation),
    read("/api/v1/stages/{id}/cards", Keyed(ReadLeads), || get(api::board::cards))
        .described(api::board::__path_cards::operation),
    change("/api/v1/pipelines/{id}/board/search", Keyed(ReadLeads), || post(api::board::search))
        .described(api::board::__path_search::operation),
    change("/api/v1/stages/{id}/cards/search", Keyed(ReadLeads), || post(api::board::search_cards))
        .described(api::board::__path_search_cards::operation),
    changed(Method::DELETE, "/api/v1/pipelines/{id}", Keyed(ShapeLeads), || delete(api::pipelines::remove))
        .described(api::pipelines::__path_remove::operation),
    change("/api/v1/reasons", Keyed(ShapeLeads), || post(api::reasons::create))
        .described(api::reasons::__path_create::operation),
    changed(Method::DELETE, "/api/v1/reasons/{id}", Keyed(ShapeLeads), || delete(api::reasons::remove))
        .described(api::reasons::__path_remove::operation),
    change("/api/v1/properties", Keyed(ShapeLeads), || post(api::properties::create))
        .described(api::properties::__path_create::operation),
    changed(Method::PUT, "/api/v1/properties/order", Keyed(ShapeLeads), || put(api::properties::arrange))
        .described(api::properties::__path_arrange::operation),
    read("/api/v1/properties/{id}", Keyed(ReadLeads), || get(api::properties::read))
        .described(api::properties::__path_read::operation),
    changed(Method::PATCH, "/api/v1/properties/{id}", Keyed(ShapeLeads), || patch(api::properties::change))
        .described(api::properties::__path_change::operation),
    read("/api/v1/leads/{id}/duplicates", Keyed(ReadLeads), || get(api::merges::duplicates))
        .described(api::merges::__path_duplicates::operation),
    change("/api/v1/leads/{id}/merges", Keyed(MergeLeads), || post(api::merges::merge))
        .described(api::merges::__path_merge::operation),
    change("/api/v1/merges/{id}/undo", Keyed(MergeLeads), || post(api::merges::undo))
        .described(api::merges::__path_undo::operation),
    change("/api/v1/score-rules/what-if/movers", Keyed(ManageScore), || post(api::scores::movers))
        .described(api::scores::__path_movers::operation),
    read("/api/v1/score-rules/versions", Keyed(ManageScore), || get(api::scores::versions::list))
        .described(api::scores::versions::__path_list::operation),
    read("/api/v1/score-rules/versions/{version}", Keyed(ManageScore), || get(api::scores::versions::read))
        .described(api::scores::versions::__path_read::operation),
    change("/api/v1/score-rules/versions/{version}/restoration", Keyed(ManageScore), || {
        post(api::scores::versions::restore)
    })
    .described(api::scores::versions::__path_restore::operation),
    changed(Method::PUT, "/api/v1/score-rules", Keyed(ManageScore), || put(api::scores::replace))
        .described(api::scores::__path_replace::operation),
    change("/api/v1/score-rules/what-if", Keyed(ManageScore), || post(api::scores::what_if))
        .described(api::scores::__path_what_if::operation),
    read("/api/v1/stages", Keyed(ReadLeads), || get(api::leads::stages))
        .described(api::leads::__path_stages::operation),
    read("/api/v1/reports/funnel", Keyed(ReadLeads), || get(api::reports::funnel))
        .described(api::reports::__path_funnel::operation),
    read("/api/v1/reports/leads", Keyed(ReadLeads), || get(api::reports::leads))
        .described(api::reports::__path_leads::operation),
    read("/api/v1/reports/stages", Keyed(ReadLeads), || get(api::reports::stages))
        .described(api::reports::__path_stages::operation),
    read("/api/v1/reports/reasons", Keyed(ReadLeads), || get(api::reports::reasons))
        .described(api::reports::__path_reasons::operation),
    read("/api/v1/reports/members", Keyed(ReadLeads), || get(api::reports::members))
        .described(api::reports::__path_members::operation),
    read("/api/v1/views", Keyed(ReadLeads), || get(api::views::list)).described(api::views::__path_list::operation),
    change("/api/v1/views", Keyed(ManageViews), || post(api::views::create))
        .described(api::views::__path_create::operation),
    read("/api/v1/views/{id}", Keyed(ReadLeads), || get(api::views::read))
        .described(api::views::__path_read::operation),
    changed(Method::PATCH, "/api/v1/views/{id}", Keyed(ManageViews), || patch(api::views::change))
        .described(api::views::__path_change::operation),
    changed(Method::DELETE, "/api/v1/views/{id}", Keyed(ManageViews), || delete(api::views::remove))
        .described(api::views::__path_remove::operation),
    change("/api/v1/views/{id}/restoration", Keyed(ManageViews), || post(api::views::restore))
        .described(api::views::__path_restore::operation),
    read("/api/v1/forms", Keyed(ReadForms), || get(api::forms::list)).described(api::forms::__path_list::operation),
    read("/api/v1/forms/{id}", Keyed(ReadForms), || get(api::forms::read))
        .described(api::forms::__path_read::operation),
    change("/api/v1/forms", Keyed(ManageForms), || post(api::forms::settings::create))
        .described(api::forms::settings::__path_create::operation),
    changed(Method::PUT, "/api/v1/forms/{id}/settings", Keyed(ManageForms), || put(api::forms::settings::replace))
        .described(api::forms::settings::__path_replace::operation),
    changed(Method::PUT, "/api/v1/forms/{id}/fields", Keyed(ManageForms), || put(api::forms::replace_fields))
        .described(api::forms::__path_replace_fields::operation),
    read("/api/v1/forms/{id}/editions", Keyed(ReadForms), || get(api::forms::editions::list))
        .described(api::forms::editions::__path_list::operation),
    read("/api/v1/forms/{id}/editions/{version}", Keyed(ReadForms), || get(api::forms::editions::read))
        .described(api::forms::editions::__path_read::operation),
    change("/api/v1/forms/{id}/editions/{version}/restoration", Keyed(ManageForms), || {
        post(api::forms::editions::restore)
    })
    .described(api::forms::editions::__path_restore::operation),
    change("/api/v1/forms/{id}/public-id", Keyed(ManageForms), || post(api::forms::editions::rotate))
        .described(api::forms::editions::__path_rotate::operation),
    read("/api/v1/forms/{id}/undeclared", Keyed(ReadForms), || get(api::forms::editions::undeclared))
        .described(api::forms::editions::__path_undeclared::operation),
    read("/api/v1/forms/{id}/submissions", Keyed(ReadSubmissions), || get(api::submissions::list))
        .described(api::submissions::__path_list::operation),
    change("/api/v1/submissions/{id}/release", Keyed(ReleaseSubmission), || post(api::submissions::release))
        .described(api::submissions::__path_release::operation),
    changed(Method::DELETE, "/api/v1/submissions/{id}", Keyed(ReleaseSubmission), || delete(api::submissions::remove))
        .described(api::submissions::__path_remove::operation),
    read("/api/v1/webhooks", Keyed(RunWebhooks), || get(api::webhooks::list))
        .described(api::webhooks::__path_list::operation),
    read("/api/v1/webhooks/{id}", Keyed(RunWebhooks), || get(api::webhooks::read))
        .described(api::webhooks::__path_read::operation),
    change("/api/v1/webhooks/{id}/pause", Keyed(RunWebhooks), || post(api::webhooks::pause))
        .described(api::webhooks::__path_pause::operation),
    change("/api/v1/webhooks/{id}/resumption", Keyed(RunWebhooks), || post(api::webhooks::resume))
        .described(api::webhooks::__path_resume::operation),
    change("/api/v1/webhooks/{id}/test", Keyed(RunWebhooks), || post(api::webhooks::test))
        .described(api::webhooks::__path_test::operation),
    read("/api/v1/webhooks/{id}/deliveries", Keyed(RunWebhooks), || get(api::webhooks::deliveries))
        .described(api::webhooks::__path_deliveries::operation),
    change("/api/v1/webhooks/{id}/deliveries/{delivery}/replay", Keyed(RunWebhooks), || post(api::webhooks::replay))
        .described(api::webhooks::__path_replay::operation),
    changed(Method::DELETE, "/api/v1/webhooks/{id}", Keyed(RunWebhooks), || delete(api::webhooks::remove))
        .described(api::webhooks::__path_remove::operation),
    read("/api/v1/members", Keyed(ReadMembers), || get(api::members::list))
        .described(api::members::__path_list::operation),
];
