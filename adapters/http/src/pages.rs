//! Pages for members, and the few for anybody. One file per page.

pub mod accounts;
pub mod agreement;
pub mod api_docs;
pub mod board;
pub mod breaches;
pub mod choices;
pub mod confirm;
pub mod demo_mails;
pub mod departure;
pub mod email_change;
pub mod facts;
pub mod form;
pub mod form_settings;
pub mod forms;
pub mod holds;
pub mod import;
pub mod imports;
pub mod informing;
pub mod invitation;
pub mod jobs;
pub mod lead;
pub mod lead_changes;
pub mod lead_erasures;
pub mod lead_export;
pub mod lead_new;
pub mod leads;
pub mod live;
pub mod locked;
pub mod notifications;
pub mod organizations;
pub mod other_tab;
pub mod palette;
pub mod passkey;
pub mod password_reset;
pub mod privacy;
pub mod privacy_requests;
pub mod records;
pub mod reports;
pub mod restrictions;
pub mod retention;
pub mod score_card;
pub mod score_property;
pub mod score_words;
pub mod second_step;
pub mod settings;
pub mod sign_up;
pub mod support;
pub mod support_door;
pub mod tasks;
pub mod views;

use axum::response::Redirect;
use qualify_domain::{access::Permission, subscription::Access};

use crate::actor::Member;

/// `GET /`: the first page that is for the member.
pub async fn home(Member(member): Member) -> Redirect {
    if member.standing.access == Access::Locked {
        Redirect::to("/locked")
    } else if member.actor.may(Permission::ReadLeads) {
        Redirect::to("/leads")
    } else if member.actor.may(Permission::ReadForms) {
        Redirect::to("/forms")
    } else {
        Redirect::to("/settings")
    }
}
