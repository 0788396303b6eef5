//! What is kept whatever else is asked: restricted leads, and legal holds.

use axum::routing::{get, post};
use qualify_domain::access::Permission::EraseLead;

use super::{Access::Granted, RouteSpec, change, read};
use crate::pages;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/leads/{id}/restriction", Granted(EraseLead), || get(pages::restrictions::ask)),
    change("/leads/{id}/restriction", Granted(EraseLead), || post(pages::restrictions::restrict)),
    read("/privacy/restrictions", Granted(EraseLead), || get(pages::restrictions::list)),
    change("/privacy/restrictions/{id}/lift", Granted(EraseLead), || post(pages::restrictions::lift)),
    read("/privacy/holds", Granted(EraseLead), || get(pages::holds::list)),
    change("/privacy/holds", Granted(EraseLead), || post(pages::holds::place)),
    change("/privacy/holds/{id}/review", Granted(EraseLead), || post(pages::holds::confirm)),
    change("/privacy/holds/{id}/lift", Granted(EraseLead), || post(pages::holds::lift)),
];
