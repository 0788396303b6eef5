//! For how long data are kept.

use axum::routing::{get, post};
use qualify_domain::access::Permission::{ManageRetention, ReadRetention};

use super::{Access::Granted, RouteSpec, change, read};
use crate::pages;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/privacy/retention", Granted(ReadRetention), || get(pages::retention::open)),
    change("/privacy/retention", Granted(ManageRetention), || post(pages::retention::change)),
];
