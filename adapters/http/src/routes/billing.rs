//! What the organization pays for. What only the provider can do is asked for by a form and reached by a link: nobody is
//! redirected to another site (WEB-8).

use axum::routing::{get, post};
use qualify_domain::access::Permission::{ManageBilling, ReadBilling};

use super::{Access::Granted, RouteSpec, change, read};
use crate::pages::settings::billing;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/settings/billing", Granted(ReadBilling), || get(billing::open)),
    change("/settings/billing/checkout", Granted(ManageBilling), || post(billing::links::check_out)).confirmed(),
    change("/settings/billing/card", Granted(ManageBilling), || post(billing::links::card)).confirmed(),
    change("/settings/billing/portal", Granted(ManageBilling), || post(billing::links::portal)).confirmed(),
    read("/settings/billing/return", Granted(ReadBilling), || get(billing::waiting::open)),
    read("/settings/billing/plan", Granted(ManageBilling), || get(billing::changes::ask_plan)),
    change("/settings/billing/plan", Granted(ManageBilling), || post(billing::changes::change_plan)).confirmed(),
    read("/settings/billing/cancellation", Granted(ManageBilling), || get(billing::changes::ask_cancellation)),
    change("/settings/billing/cancellation", Granted(ManageBilling), || post(billing::changes::cancel)).confirmed(),
    change("/settings/billing/resumption", Granted(ManageBilling), || post(billing::changes::resume)).confirmed(),
    read("/settings/billing/bills", Granted(ReadBilling), || get(billing::bills::list)),
    read("/settings/billing/bills.csv", Granted(ReadBilling), || get(billing::bills::download)),
    change("/settings/billing/bills/{id}/document", Granted(ManageBilling), || post(billing::links::document))
        .confirmed(),
];
