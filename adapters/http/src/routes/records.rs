//! The register of what an organization does with personal data.

use axum::routing::get;
use qualify_domain::access::Permission::EraseLead;

use super::{Access::Granted, RouteSpec, read};
use crate::pages;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/privacy/records", Granted(EraseLead), || get(pages::records::open)),
    read("/privacy/records/csv", Granted(EraseLead), || get(pages::records::as_csv)),
    read("/privacy/records/json", Granted(EraseLead), || get(pages::records::as_json)),
];
