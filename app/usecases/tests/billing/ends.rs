//! The end of a trial and of a subscription, and the way back.

use jiff::SignedDuration;
use qualify_domain::{
    closing::{Ending, UNDOABLE},
    ledger::LedgerEntry,
    retention::{Outcome, Swept},
    subscription::UNPAID,
};

use super::*;
use crate::world::from;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn purged(swept: &[Swept]) -> u64 {
    let of = swept.iter().find(|swept| swept.rule.code == "organization").unwrap();
    assert_eq!(of.outcome, Outcome::Done);
    of.rows
}

#[tokio::test]
async fn ret_6_ret_7_a_trial_that_nobody_pays_for_ends_with_notices_and_the_data_go_30_days_later() {
    let (world, _) = billed().await;
    let home = world.found("North").await;
    world.work().await;
    let mut subjects = Vec::new();
    for _ in 0..14 {
        world.clock.advance(DAY);
        subjects.extend(world.work().await.into_iter().map(|mail| mail.subject));
    }
    let told: Vec<_> = subjects.iter().map(String::as_str).collect();
    assert_eq!(
        told,
        [
            "The trial of North ends in 7 days",
            "The trial of North ends in 3 days",
            "The trial of North ends tomorrow",
            "North is closed and will be deleted",
        ]
    );
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!(owner.closing.map(|closing| closing.ending), Some(Ending::Trial));
    let refused = world.submit(home.form, from("anna@example.com")).await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::Closed)), "{refused:?}");
    // An owner's word does not bring back what is not paid for.
    let refused = world.app.closings.reopen(&owner.actor).await.unwrap_err();
    assert!(matches!(refused, Error::Stale), "{refused:?}");
    world.clock.advance(UNDOABLE - DAY);
    assert_eq!(purged(&world.sweep().await), 0);
    world.clock.advance(DAY);
    assert_eq!(purged(&world.sweep().await), 0, "nobody asked whether it is paid for");
    world.work().await;
    assert!(purged(&world.sweep().await) > 0);
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 0);
}

#[tokio::test]
async fn ret_8_whoever_pays_at_the_last_hour_loses_nothing_by_a_webhook_that_is_lost() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    world.clock.advance(TRIAL);
    world.work().await;
    world.clock.advance(UNDOABLE - HOUR * 13);
    // Asked half a day before, the provider says that nothing is paid for.
    world.work().await;
    assert_eq!(world.rows("SELECT count(*) FROM organizations WHERE ending = 'trial'").await, 1);
    world.clock.advance(HOUR * 8);
    world.work().await;
    world.clock.advance(HOUR * 4);
    let owner = world.sign_in("owner@north.example").await;
    let home = Home { owner, ..home };
    pay(&world, &provider, &home, PlanCode::Team).await;
    // Of what was paid nothing is heard, and nobody answers.
    provider.open().is_away = true;
    world.clock.advance(HOUR * 2);
    world.work().await;
    assert_eq!(purged(&world.sweep().await), 0, "somebody may have paid");
    provider.open().is_away = false;
    world.clock.advance(HOUR);
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!((owner.closing, owner.standing.access), (None, Access::Full));
    assert_eq!(purged(&world.sweep().await), 0);
}

#[tokio::test]
async fn ret_8_who_begins_to_pay_and_does_not_holds_the_end_up_for_a_day() {
    let (world, _) = billed().await;
    world.found("North").await;
    world.clock.advance(TRIAL);
    world.work().await;
    world.clock.advance(UNDOABLE - HOUR);
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    world.app.billing.check_out(&owner.actor, PlanCode::Team).await.unwrap();
    for (hours, goes) in [(2, false), (21, false), (3, true)] {
        world.clock.advance(HOUR * hours);
        world.work().await;
        assert_eq!(purged(&world.sweep().await) > 0, goes, "{hours}");
    }
}

#[tokio::test]
async fn ret_8_what_nobody_can_be_asked_about_holds_the_end_up_until_it_is_forgotten() {
    for departs in [true, false] {
        let (world, provider) = billed().await;
        let home = world.found("North").await;
        world.work().await;
        world.clock.advance(TRIAL);
        world.work().await;
        world.clock.advance(UNDOABLE - DAY * 2);
        let owner = world.sign_in("owner@north.example").await;
        let home = Home { owner, ..home };
        pay(&world, &provider, &home, PlanCode::Team).await;
        if departs {
            // Nobody knows any more by which address it may have been paid.
            provider.open().sold.clear();
            world.sql("UPDATE checkouts SET user_id = NULL").await;
        } else {
            // Two subscriptions may be what was paid for.
            provider.pay(now(&world));
        }
        for _ in 0..4 {
            world.clock.advance(DAY);
            world.work().await;
            assert_eq!(purged(&world.sweep().await), 0, "{departs}");
        }
        world.clock.advance(DAY * 27);
        world.sweep().await;
        world.work().await;
        assert!(purged(&world.sweep().await) > 0, "{departs}: the checkout is forgotten");
    }
}

#[tokio::test]
async fn bil_4_what_is_given_back_on_an_earlier_subscription_is_found_without_a_word() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let first = subscribed(&world, &provider, &home, PlanCode::Team).await;
    provider.change(&first, now(&world), |sold| {
        sold.is.status = Some(Status::Expired);
        sold.is.ends_at = Some(sold.is.updated_at);
    });
    hear(&world, &told(2, &first, "")).await;
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    let home = Home { owner, ..home };
    world.clock.advance(HOUR);
    let (second, reference) = pay(&world, &provider, &home, PlanCode::Solo).await;
    hear(&world, &told(3, &second, &reference)).await;
    world.work().await;
    provider.change(&first, now(&world), |sold| sold.bills[0].amounts.refunded = 900);
    world.clock.advance(DAY * 2);
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    let bills = world.app.billing.bills(&owner.actor, None).await.unwrap().items;
    let back: Vec<_> = bills.iter().map(LedgerEntry::booked).filter(|booked| *booked < 0).collect();
    assert_eq!(back, [-900]);
    let invoice = provider.open().sold[0].bills[0].id.clone();
    world.app.billing.document(&owner.actor, &invoice).await.unwrap();
}

#[tokio::test]
async fn ret_7_who_subscribes_again_is_as_before() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    world.work().await;
    world.clock.advance(TRIAL + DAY);
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    let home = Home { owner, ..home };
    subscribed(&world, &provider, &home, PlanCode::Team).await;
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!((owner.closing, owner.standing.access), (None, Access::Full));
    world.clock.advance(UNDOABLE * 2);
    assert_eq!(purged(&world.sweep().await), 0);
}

#[tokio::test]
async fn ret_8_data_of_a_subscription_that_ended_go_only_on_a_fresh_word_of_the_provider() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    let end = now(&world) + DAY;
    provider.change(&id, now(&world), |sold| {
        sold.is.status = Some(Status::Expired);
        sold.is.ends_at = Some(end);
    });
    world.clock.advance(DAY + HOUR);
    hear(&world, &told(2, &id, "")).await;
    let mails = world.work().await;
    assert!(mails.iter().any(|mail| mail.subject == "North is closed and will be deleted"));
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!(owner.standing.access, Access::Locked);
    assert!(!owner.actor.may(Permission::ReadLeads) && owner.actor.may(Permission::ExportLeads));
    let closing = owner.closing.unwrap();
    assert_eq!((closing.ending, closing.closed_at), (Ending::Subscription, owner.standing.ended_at.unwrap()));
    provider.open().is_away = true;
    world.clock.advance(UNDOABLE);
    world.work().await;
    assert_eq!(purged(&world.sweep().await), 0, "nobody confirmed it");
    let due: i64 = world.rows("SELECT count(*) FROM organizations WHERE purge_due_at IS NOT NULL").await;
    assert_eq!(due, 1);
    provider.open().is_away = false;
    world.work().await;
    let ledger = world.rows("SELECT count(*) FROM ledger").await;
    assert!(purged(&world.sweep().await) > 0);
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM billing_records").await, 0, "nothing links the ledger to it");
    assert_eq!(world.rows("SELECT count(*) FROM ledger").await, ledger, "the ledger stays (RET-11)");
}

#[tokio::test]
async fn ret_8_a_word_of_a_day_ago_is_too_old() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::Expired));
    hear(&world, &told(2, &id, "")).await;
    world.work().await;
    world.clock.advance(UNDOABLE - HOUR);
    world.work().await;
    world.clock.advance(DAY);
    assert_eq!(purged(&world.sweep().await), 0);
    // To the second: confirmed now, and swept 24 hours later.
    world.work().await;
    world.clock.advance(DAY + SECOND);
    assert_eq!(purged(&world.sweep().await), 0);
    world.work().await;
    assert!(purged(&world.sweep().await) > 0);
}

#[tokio::test]
async fn ret_10_what_is_unpaid_for_60_days_is_cancelled_and_ends() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::Unpaid));
    hear(&world, &told(2, &id, "")).await;
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!(owner.standing.access, Access::ReadOnly);
    world.clock.advance(UNPAID - HOUR);
    world.work().await;
    assert_eq!(provider.open().cancelled.len(), 0);
    world.clock.advance(HOUR + SECOND);
    world.clock.advance(HOUR);
    world.work().await;
    assert_eq!(provider.open().cancelled, [id]);
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!(owner.closing.map(|closing| closing.ending), Some(Ending::Subscription));
}

#[tokio::test]
async fn what_its_owner_asked_to_end_is_not_brought_back_by_a_payment() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let (id, reference) = pay(&world, &provider, &home, PlanCode::Team).await;
    world.app.closings.close(&home.owner.actor, "North").await.unwrap();
    hear(&world, &told(1, &id, &reference)).await;
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!(owner.closing.map(|closing| closing.ending), Some(Ending::Asked));
    world.app.closings.reopen(&owner.actor).await.unwrap();
}

#[tokio::test]
async fn those_who_pay_hear_of_each_step_and_of_a_failed_payment_only_while_it_is_one() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    world.join(&home, "bo@north.example", &[Role::Billing]).await;
    world.join(&home, "ada@north.example", &[Role::Agent]).await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    let mut number = 1;
    for (status, subject) in [
        (Status::PastDue, "A payment for North failed"),
        (Status::Active, "The payment for North came in"),
        (Status::Unpaid, "North is not paid for: it can only be read"),
        (Status::Active, "The payment for North came in"),
        (Status::Cancelled, "The subscription of North was cancelled"),
        (Status::Active, "The subscription of North goes on"),
    ] {
        number += 1;
        world.clock.advance(HOUR);
        provider.change(&id, now(&world), |sold| sold.is.status = Some(status));
        hear(&world, &told(number, &id, "")).await;
        let mails = world.work().await;
        let mut told: Vec<_> = mails.iter().map(|mail| mail.to.to_string()).collect();
        told.sort();
        assert_eq!(told, ["bo@north.example", "owner@north.example"]);
        let of_owner = mails.iter().find(|mail| mail.to.to_string() == "owner@north.example");
        assert_eq!(of_owner.map(|mail| mail.subject.as_str()), Some(subject));
        assert!(mails.iter().all(|mail| mail.text.contains("https://crm.example.com/settings/billing")));
    }
}
