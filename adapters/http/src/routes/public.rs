//! What visitors, browsers and operators ask for.

use axum::routing::{get, options, post};
use http::Method;

use super::{
    Access::{Public, Visitor},
    RouteSpec, change, read,
};
use crate::{assets, health, hooks, links::hushed, metrics, pages, public, tab::Tabs};

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/f/{public_id}", Visitor, || get(public::hosted::show_form)),
    change("/f/{public_id}", Visitor, || post(public::submit::submit)),
    RouteSpec {
        method: Method::OPTIONS,
        path: "/f/{public_id}",
        access: Visitor,
        confirmed: false,
        tabs: Tabs::Any,
        for_support: false,
        handler: || options(public::door::preflight),
        describe: None,
    },
    read("/f/{public_id}/token", Visitor, || get(public::token::show)),
    read("/f/{public_id}/thanks", Visitor, || get(public::thanks::open)),
    read("/c/{token}", Public, || hushed(get(public::consent::open))),
    change("/c/{token}", Public, || hushed(post(public::consent::answer))),
    read("/privacy", Public, || get(pages::privacy::open)),
    read("/privacy/versions", Public, || get(pages::privacy::versions)),
    read("/privacy/versions/{language}/{version}", Public, || get(pages::privacy::version)),
    change("/webhooks/billing", Public, || post(hooks::hear)),
    read("/demo/mail", Public, || get(pages::demo_mails::list)),
    read("/demo/mail/{file}", Public, || get(pages::demo_mails::open)),
    read("/demo/mail/{file}/html", Public, || get(pages::demo_mails::html)),
    read("/healthz", Public, || get(health::alive)),
    read("/readyz", Public, || get(health::ready)),
    read("/metrics", Public, || get(metrics::show)),
    read("/embed.js", Public, || get(assets::embed)),
    read("/assets/{file}", Public, || get(assets::show)),
];
