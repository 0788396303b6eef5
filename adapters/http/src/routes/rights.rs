//! What people ask by right: at the public address of an organization, and in the register that its members keep.

use axum::routing::{get, post};
use qualify_domain::access::Permission::EraseLead;

use super::{
    Access::{Granted, Public},
    RouteSpec, change, read,
};
use crate::{
    links::hushed,
    pages::privacy_requests as register,
    public::rights::{self, held, link},
};

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/o/{slug}/privacy", Public, || get(rights::open)),
    change("/o/{slug}/privacy", Public, || post(rights::ask)),
    change("/o/{slug}/privacy/held", Public, || hushed(post(held::look))),
    change("/o/{slug}/privacy/copy", Public, || hushed(post(held::copy))),
    change("/o/{slug}/privacy/requests", Public, || hushed(post(held::ask))),
    read("/o/{slug}/privacy/{token}", Public, || hushed(get(link::look))),
    change("/o/{slug}/privacy/{token}", Public, || hushed(post(link::confirm))),
    read("/privacy-requests", Granted(EraseLead), || get(register::list)),
    change("/privacy-requests", Granted(EraseLead), || post(register::settings::take_in)),
    read("/privacy-requests/new", Granted(EraseLead), || get(register::settings::new)),
    read("/privacy-requests/settings", Granted(EraseLead), || get(register::settings::open)),
    change("/privacy-requests/settings", Granted(EraseLead), || post(register::settings::change)),
    read("/privacy-requests/{id}", Granted(EraseLead), || get(register::open)),
    change("/privacy-requests/{id}/extension", Granted(EraseLead), || post(register::extend)),
    change("/privacy-requests/{id}/answer", Granted(EraseLead), || post(register::answer)),
    change("/privacy-requests/{id}/refusal", Granted(EraseLead), || post(register::refuse)),
];
