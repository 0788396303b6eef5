//! Forms, for members.

use axum::routing::{get, post};
use qualify_domain::access::Permission::{ManageForms, ReadForms, ReadSubmissions, ReleaseSubmission};

use super::{Access::Granted, RouteSpec, change, read};
use crate::pages;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/forms", Granted(ReadForms), || get(pages::forms::list)).for_support(),
    change("/forms", Granted(ManageForms), || post(pages::forms::create)),
    read("/forms/new", Granted(ManageForms), || get(pages::forms::new)),
    read("/forms/{id}", Granted(ReadForms), || get(pages::form::open)).for_support(),
    read("/forms/{id}/settings", Granted(ManageForms), || get(pages::form::settings::general)),
    change("/forms/{id}/settings", Granted(ManageForms), || post(pages::form::settings::change)),
    change("/forms/{id}/settings/preview", Granted(ManageForms), || post(pages::form::settings::look)),
    read("/forms/{id}/notice", Granted(ManageForms), || get(pages::form::settings::notice)),
    read("/forms/{id}/spam", Granted(ManageForms), || get(pages::form::settings::spam)),
    read("/forms/{id}/after", Granted(ManageForms), || get(pages::form::settings::after)),
    read("/forms/{id}/fields", Granted(ManageForms), || get(pages::form::fields::list)),
    change("/forms/{id}/fields", Granted(ManageForms), || post(pages::form::fields::add)),
    read("/forms/{id}/fields/new", Granted(ManageForms), || get(pages::form::field::new)),
    change("/forms/{id}/fields/new", Granted(ManageForms), || post(pages::form::field::add)),
    change("/forms/{id}/fields/new/preview", Granted(ManageForms), || post(pages::form::field::preview_new)),
    read("/forms/{id}/fields/{key}", Granted(ManageForms), || get(pages::form::field::open)),
    change("/forms/{id}/fields/{key}", Granted(ManageForms), || post(pages::form::field::change)),
    change("/forms/{id}/fields/{key}/preview", Granted(ManageForms), || post(pages::form::field::preview_change)),
    change("/forms/{id}/fields/{key}/removal", Granted(ManageForms), || post(pages::form::fields::remove)),
    change("/forms/{id}/fields/{key}/place", Granted(ManageForms), || post(pages::form::fields::place)),
    change("/forms/{id}/publication", Granted(ManageForms), || post(pages::form::fields::publish)),
    change("/forms/{id}/draft/removal", Granted(ManageForms), || post(pages::form::fields::discard)),
    read("/forms/{id}/editions", Granted(ReadForms), || get(pages::form::editions::list)).for_support(),
    read("/forms/{id}/editions/{version}", Granted(ReadForms), || get(pages::form::editions::open)).for_support(),
    change("/forms/{id}/editions/{version}/restoration", Granted(ManageForms), || post(pages::form::restore)),
    read("/forms/{id}/embed", Granted(ReadForms), || get(pages::form::embed::open)).for_support(),
    change("/forms/{id}/public-id", Granted(ManageForms), || post(pages::form::rotate)),
    read("/forms/{id}/submissions", Granted(ReadSubmissions), || get(pages::form::received::open)),
    change("/forms/{id}/submissions/{submission}/release", Granted(ReleaseSubmission), || {
        post(pages::form::received::release)
    }),
    change("/forms/{id}/submissions/{submission}/removal", Granted(ReleaseSubmission), || {
        post(pages::form::received::discard)
    }),
];
