//! Signing up and in, and everything else that comes before a member works.

use axum::routing::{get, post};
use qualify_domain::access::Permission::LeaveOrganization;

use super::{
    Access::{Granted, Member, Public},
    RouteSpec, change, read,
};
use crate::{links::hushed, pages};

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/", Member, || get(pages::home)).for_support(),
    read("/locked", Member, || get(pages::locked::open)),
    read("/sign-up", Public, || get(pages::sign_up::open)),
    change("/sign-up", Public, || post(pages::sign_up::sign_up)),
    read("/sign-up/sent", Public, || get(pages::sign_up::show_sent)),
    change("/sign-up/again", Public, || post(pages::sign_up::again)),
    read("/sign-up/{token}", Public, || hushed(get(pages::sign_up::show_waiting))),
    change("/sign-up/{token}", Public, || hushed(post(pages::sign_up::confirm))),
    read("/password-reset", Public, || get(pages::password_reset::open)),
    change("/password-reset", Public, || post(pages::password_reset::ask)),
    read("/password-reset/sent", Public, || get(pages::password_reset::show_sent)),
    read("/password-reset/{token}", Public, || hushed(get(pages::password_reset::show_choice))),
    change("/password-reset/{token}", Public, || hushed(post(pages::password_reset::reset))),
    read("/sign-in", Public, || get(pages::accounts::show_sign_in)),
    change("/sign-in", Public, || post(pages::accounts::sign_in)),
    read("/sign-in/second", Public, || get(pages::second_step::show_beginning)),
    change("/sign-in/second", Public, || post(pages::second_step::answer)),
    change("/sign-in/passkey/question", Public, || post(pages::passkey::ask)),
    change("/sign-in/passkey", Public, || post(pages::passkey::sign_in)),
    read("/confirm", Member, || get(pages::confirm::open)),
    change("/confirm", Member, || post(pages::confirm::answer)),
    change("/confirm/passkey/question", Member, || post(pages::confirm::ask_passkey)),
    change("/confirm/passkey", Member, || post(pages::confirm::answer_passkey)),
    change("/sign-out", Member, || post(pages::accounts::sign_out)).for_support().in_any_tab(),
    read("/organizations", Member, || get(pages::organizations::list)).in_any_tab(),
    change("/organizations/{id}/entry", Member, || post(pages::organizations::enter)).in_any_tab(),
    read("/email-change/{token}", Public, || hushed(get(pages::email_change::open))),
    change("/email-change/{token}", Public, || hushed(post(pages::email_change::change))),
    read("/invitations/{token}", Public, || hushed(get(pages::invitation::open))),
    change("/invitations/{token}", Public, || hushed(post(pages::invitation::accept))),
    read("/departure", Granted(LeaveOrganization), || get(pages::departure::show_departure)),
    change("/departure", Granted(LeaveOrganization), || post(pages::departure::leave)).confirmed(),
];
