//! Forms, for members.

use axum::routing::{get, post};
use qualify_domain::access::Permission::{ManageForms, ReadForms, ReleaseSubmission};

use super::{Access::Granted, RouteSpec, change, read};
use crate::pages;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/forms", Granted(ReadForms), || get(pages::forms::list)),
    change("/forms", Granted(ManageForms), || post(pages::forms::create)),
    read("/forms/new", Granted(ManageForms), || get(pages::forms::new)),
    read("/forms/{id}", Granted(ReadForms), || get(pages::form::open)),
    change("/forms/{id}/settings", Granted(ManageForms), || post(pages::form::change)),
    change("/forms/{id}/public-id", Granted(ManageForms), || post(pages::form::rotate)),
    change("/forms/{id}/submissions/{submission}/release", Granted(ReleaseSubmission), || post(pages::form::release)),
];
