//! Leads, and what members are told of them.

use axum::routing::{get, post};
use qualify_domain::access::Permission::{
    AssignLead, ChangeLead, ExportLeads, ImportLeads, KeepViews, MarkNotifications, NoteLead, QualifyLead, ReadLeads,
    RunJobs,
};

use super::{Access::Granted, RouteSpec, change, read};
use crate::pages;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/leads", Granted(ReadLeads), || get(pages::leads::list)),
    read("/board", Granted(ReadLeads), || get(pages::board::open)),
    read("/leads/changes", Granted(RunJobs), || get(pages::lead_changes::open)),
    change("/leads/changes", Granted(RunJobs), || post(pages::lead_changes::begin)),
    read("/leads/export", Granted(ExportLeads), || get(pages::lead_export::open)),
    change("/leads/export", Granted(ExportLeads), || post(pages::lead_export::export)).confirmed(),
    read("/imports", Granted(ImportLeads), || get(pages::imports::list)),
    change("/imports", Granted(ImportLeads), || post(pages::imports::upload)),
    read("/imports/{id}", Granted(ImportLeads), || get(pages::import::open)),
    change("/imports/{id}", Granted(ImportLeads), || post(pages::import::go_on)),
    read("/imports/{id}/problems", Granted(ImportLeads), || get(pages::import::problems)),
    change("/imports/{id}/undo", Granted(ImportLeads), || post(pages::import::undo)),
    read("/jobs", Granted(ReadLeads), || get(pages::jobs::list)),
    read("/jobs/{id}", Granted(ReadLeads), || get(pages::jobs::open)),
    read("/jobs/{id}/file", Granted(ReadLeads), || get(pages::jobs::download)).confirmed(),
    change("/jobs/{id}/cancellation", Granted(RunJobs), || post(pages::jobs::call_off)),
    read("/leads/count", Granted(ReadLeads), || get(pages::leads::count)),
    read("/leads/filter", Granted(ReadLeads), || get(pages::leads::editor::edit)),
    read("/palette", Granted(ReadLeads), || get(pages::palette::find)),
    change("/views", Granted(KeepViews), || post(pages::views::make)),
    change("/views/default", Granted(KeepViews), || post(pages::views::choose)),
    read("/views/{id}", Granted(KeepViews), || get(pages::views::open)),
    change("/views/{id}", Granted(KeepViews), || post(pages::views::save)),
    change("/views/{id}/name", Granted(KeepViews), || post(pages::views::rename)),
    change("/views/{id}/removal", Granted(KeepViews), || post(pages::views::remove)),
    change("/views/{id}/restoration", Granted(KeepViews), || post(pages::views::restore)),
    read("/leads/{id}", Granted(ReadLeads), || get(pages::lead::open)),
    change("/leads/{id}/notes", Granted(NoteLead), || post(pages::lead::note)),
    change("/leads/{id}/owner", Granted(AssignLead), || post(pages::lead::assign)),
    change("/leads/{id}/properties", Granted(ChangeLead), || post(pages::lead::change)),
    change("/leads/{id}/tasks", Granted(NoteLead), || post(pages::lead::make_task)),
    change("/leads/{id}/pipeline", Granted(QualifyLead), || post(pages::lead::transfer)),
    change("/leads/{id}/stage", Granted(QualifyLead), || post(pages::lead::move_to)),
    read("/tasks", Granted(ReadLeads), || get(pages::tasks::list)),
    read("/tasks/count", Granted(ReadLeads), || get(pages::tasks::count)),
    read("/tasks/{id}", Granted(NoteLead), || get(pages::tasks::open)),
    change("/tasks/{id}", Granted(NoteLead), || post(pages::tasks::change)),
    change("/tasks/{id}/completion", Granted(NoteLead), || post(pages::tasks::finish)),
    change("/tasks/{id}/reopening", Granted(NoteLead), || post(pages::tasks::reopen)),
    change("/tasks/{id}/removal", Granted(NoteLead), || post(pages::tasks::remove)),
    read("/notifications", Granted(ReadLeads), || get(pages::notifications::list)),
    read("/notifications/count", Granted(ReadLeads), || get(pages::notifications::count)),
    change("/notifications/read", Granted(MarkNotifications), || post(pages::notifications::read_all)),
    change("/notifications/{id}/open", Granted(MarkNotifications), || post(pages::notifications::open)),
    read("/live", Granted(ReadLeads), || get(pages::live::stream)),
];
