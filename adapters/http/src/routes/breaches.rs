//! The log of breaches of personal data.

use axum::routing::{get, post};
use qualify_domain::access::Permission::EraseLead;

use super::{Access::Granted, RouteSpec, change, read};
use crate::pages::breaches;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/privacy/breaches", Granted(EraseLead), || get(breaches::list)),
    change("/privacy/breaches", Granted(EraseLead), || post(breaches::log)),
    read("/privacy/breaches/{id}", Granted(EraseLead), || get(breaches::one::open)),
    change("/privacy/breaches/{id}", Granted(EraseLead), || post(breaches::one::revise)),
    change("/privacy/breaches/{id}/cnil", Granted(EraseLead), || post(breaches::one::tell_cnil)),
    change("/privacy/breaches/{id}/people", Granted(EraseLead), || post(breaches::one::tell_people)),
    change("/privacy/breaches/{id}/closing", Granted(EraseLead), || post(breaches::one::close)),
];
