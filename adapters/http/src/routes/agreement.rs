//! The processing agreement.

use axum::routing::{get, post};
use qualify_domain::access::Permission::{AcceptAgreement, ReadRetention};

use super::{Access::Granted, RouteSpec, change, read};
use crate::pages::agreement;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/privacy/agreement", Granted(ReadRetention), || get(agreement::open)),
    change("/privacy/agreement", Granted(AcceptAgreement), || post(agreement::accept)),
    read("/privacy/agreement/{version}", Granted(ReadRetention), || get(agreement::text)),
];
