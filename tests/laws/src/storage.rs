//! The laws of [`Storage`] and of the news that come from it.

mod accounts;
mod forms;
mod intake;
mod isolation;
mod leads;
mod news;
mod one_time_tokens;
mod queue;
mod settings;
mod tenant;

use qualify_ports::{live::Live, storage::Storage};

pub use self::{
    accounts::*, forms::*, intake::*, isolation::*, leads::*, news::*, one_time_tokens::*, queue::*, settings::*,
};

/// A storage under test, with its schema in place.
pub trait StorageRig: Send + Sync {
    /// The storage, in the role in which the product uses it.
    fn storage(&self) -> &dyn Storage;

    /// The news of it.
    fn live(&self) -> &dyn Live;
}

/// One test for each law of a storage. Takes an expression that makes a [`StorageRig`], awaited for each test.
///
/// Each law makes organizations of its own, so that all may share one database.
#[macro_export]
macro_rules! storage_laws {
    ($rig:expr) => {
        $crate::laws! { storage, $rig =>
            rls_10_hides_other_tenants,
            rls_10_no_change_reaches_other_tenants,
            rls_5_tenants_do_not_collide,
            rls_5_no_row_refers_to_another_tenants,
            rls_12_reused_connections_remember_no_tenant,
            drops_what_is_not_committed,
            a_sign_up_is_all_or_nothing,
            a_read_scope_cannot_write,
            a_look_up_cannot_write,
            a_lead_comes_back_as_it_was_kept,
            a_stale_lead_is_refused,
            one_of_two_changes_at_once_is_refused,
            the_same_lead_is_kept_once,
            pages_every_lead_once_newest_first,
            shows_what_the_filter_matches,
            reach_own_shows_own_and_unowned_only,
            a_person_is_found_by_address_or_number,
            two_at_once_open_one_lead,
            a_timeline_is_newest_first,
            a_timeline_comes_in_parts_each_entry_once,
            a_submission_comes_back_as_it_was_sent,
            a_mark_counts_once,
            only_what_is_in_quarantine_is_discarded,
            a_submission_belongs_to_its_lead,
            a_lead_tells_how_its_boxes_of_consent_were_left,
            a_form_lists_what_it_received_in_parts,
            web_11_records_one_submission_per_key,
            web_11_another_body_is_told,
            web_11_an_expired_key_is_forgotten,
            web_11_a_key_counts_in_its_form_only,
            one_bad_submission_does_not_fail_its_neighbours,
            a_submission_leaves_quarantine_once,
            undeclared_fields_are_counted_by_name,
            an_address_has_one_account,
            a_user_has_organizations,
            members_are_listed_with_their_names,
            a_member_chooses_notifications,
            a_profile_comes_back_as_it_was_chosen,
            an_organizations_settings_come_back_as_they_were_kept,
            a_holiday_is_kept_once_and_by_its_organization_only,
            ses_5_one_winner_of_a_rotation,
            ses_5_the_oldest_sessions_above_the_limit_end,
            ses_4_a_session_authenticates_in_its_organization_only,
            ses_8_a_revoked_session_authenticates_nobody,
            ses_5_a_session_ends_with_its_time,
            auth_11_a_token_is_found_until_it_expires,
            auth_11_one_winner_of_a_token,
            auth_11_a_used_token_ends_its_siblings_only,
            auth_16_a_session_remembers_its_last_proof,
            an_account_is_found_by_its_user,
            auth_4_a_hash_takes_the_place_of_the_one_it_was_made_for,
            a_form_comes_back_as_it_was_kept,
            a_stale_form_is_refused,
            a_retired_form_address_ends,
            changes_reach_their_own_organization_only,
            what_is_not_committed_is_no_news,
            a_submission_is_news,
            is_ready,
        }
    };
}

/// One test for each law of the outbox, which spans all organizations. Takes an expression that makes a [`StorageRig`]
/// over a database of its own, awaited for each test.
#[macro_export]
macro_rules! queue_laws {
    ($rig:expr) => {
        $crate::laws! { storage, $rig =>
            one_claim_per_event,
            a_lease_that_ends_is_claimed_again,
            an_event_is_not_claimed_before_its_time,
            a_postponed_event_waits,
            an_ended_lease_decides_nothing,
            an_event_is_completed_once_and_by_its_tenant_only,
            a_parked_event_waits_for_its_replay,
            an_event_that_is_not_committed_is_not_claimed,
            quarantined_submission_has_no_event,
            expired_keys_are_swept,
            what_is_held_back_is_forgotten_in_its_time,
            an_event_wakes_the_worker,
            a_pending_sign_up_is_forgotten_with_its_token,
        }
    };
}
