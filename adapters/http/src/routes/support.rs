//! Access for support: what owners open, and the link by which support comes in.

use axum::routing::{get, post};
use qualify_domain::access::Permission::GrantSupport;

use super::{
    Access::{Granted, Public},
    RouteSpec, change, read,
};
use crate::{
    links::hushed,
    pages::{support, support_door},
};

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/privacy/support", Granted(GrantSupport), || get(support::list)),
    change("/privacy/support", Granted(GrantSupport), || post(support::open)).confirmed(),
    change("/privacy/support/end", Granted(GrantSupport), || post(support::end)),
    read("/support/{token}", Public, || hushed(get(support_door::look))),
    change("/support/{token}", Public, || hushed(post(support_door::enter))),
];
