//! Somebody deletes their account: what keeps them from it, what goes, and what stays without them.

use jiff::{ToSpan, tz::TimeZone};
use qualify_domain::{
    access::Role,
    hold::Held,
    inventory::{Erase, Subject, columns},
    text::Message,
};
use qualify_usecases::{Broken, Error, PlaceHold, SignedIn};
use secrecy::SecretString;

use crate::world::{Home, PASSWORD, World};

const ADDRESS: &str = "mika.canary@north.example";

async fn delete(world: &World, member: &SignedIn) -> Result<(), Error> {
    world.app.accounts.delete(member, &member.email).await
}

async fn signs_in(world: &World, email: &str) -> bool {
    let (password, from) = (SecretString::from(PASSWORD), qualify_domain::circumstances::Circumstances::default());
    let command = qualify_usecases::SignIn { email: email.to_owned(), password, from };
    world.app.accounts.sign_in(command).await.is_ok()
}

#[tokio::test]
async fn dsr_14_a_sole_owner_hands_the_organization_over_or_deletes_it_first() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let olga = world.join(&north, "olga@north.example", &[Role::Agent]).await;
    world.make_member(south.id, north.owner.user, &[Role::Owner]).await;
    let names = async |member: &SignedIn| -> Vec<String> {
        let owned = world.app.accounts.solely_owned(member).await.unwrap();
        owned.into_iter().map(|home| home.name.to_string()).collect()
    };
    assert_eq!(names(&north.owner).await, ["North"], "South has another owner");
    let refused = delete(&world, &north.owner).await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::SoleOwner)), "{refused:?}");
    assert!(signs_in(&world, "owner@north.example").await);
    world.app.members.hand_ownership_over(&north.owner.actor, olga.user).await.unwrap();
    delete(&world, &north.owner).await.unwrap();
    assert!(!signs_in(&world, "owner@north.example").await);
    assert_eq!(names(&south.owner).await, ["South"], "now they are the only one");
    world.app.closings.close(&south.owner.actor, "South").await.unwrap();
    assert!(names(&south.owner).await.is_empty());
    let again = world.sign_in("owner@south.example").await;
    delete(&world, &again).await.unwrap();
    assert!(!signs_in(&world, "owner@south.example").await);
}

#[tokio::test]
async fn only_whoever_types_the_address_deletes_the_account() {
    let world = World::new().await;
    let north = world.found("North").await;
    let mika = world.join(&north, ADDRESS, &[Role::Agent]).await;
    for typed in ["", "mika", "owner@north.example"] {
        let refused = world.app.accounts.delete(&mika, typed).await.unwrap_err();
        assert!(matches!(refused, Error::Rule(Broken::NotConfirmed)), "{typed}: {refused:?}");
    }
    world.app.accounts.delete(&mika, "MIKA.Canary@north.example").await.unwrap();
    assert!(!signs_in(&world, ADDRESS).await);
}

#[tokio::test]
async fn an_account_that_one_organization_holds_stays_in_all_of_them() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let mika = world.join(&north, ADDRESS, &[Role::Agent]).await;
    world.make_member(south.id, mika.user, &[Role::Viewer]).await;
    let reason = Message::parse("A claim before the labour court").unwrap();
    let review_on = TimeZone::UTC.to_datetime(world.ports.clock.now()).date().saturating_add(3.months());
    let hold = PlaceHold { records: [Held::Account(mika.user)].into(), reason, review_on };
    let placed = world.app.holds.place(&south.owner.actor, hold).await.unwrap();
    let refused = delete(&world, &mika).await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::Held)), "{refused:?}");
    let of_mika =
        "SELECT count(*) FROM memberships AS m JOIN users AS u ON u.id = m.user_id WHERE u.email LIKE 'mika%'";
    assert_eq!(world.rows(of_mika).await, 2, "nothing has begun");
    world.app.holds.lift(&south.owner.actor, placed).await.unwrap();
    delete(&world, &mika).await.unwrap();
    assert_eq!(world.rows(of_mika).await, 0);
}

/// Mika, in two organizations, with a lead, a note and whatever else a member leaves.
async fn busy(world: &World, north: &Home, south: &Home) -> SignedIn {
    let mika = world.join(north, ADDRESS, &[Role::Admin]).await;
    world.make_member(south.id, mika.user, &[Role::Viewer]).await;
    let lead = world.lead(north, "anna@example.com").await;
    world.give(north, lead.id, mika.user).await;
    let wish = qualify_domain::api_key::KeyWish {
        name: "Website".parse().unwrap(),
        role: Role::Agent,
        scopes: qualify_domain::api_key::KeyScope::ALL.to_vec(),
        days: qualify_domain::api_key::USUAL_DAYS,
    };
    world.app.api_keys.make(&mika.actor, wish).await.unwrap();
    world
        .sql(
            "UPDATE forms SET notice = replace(notice, 'owner@north.example', 'mika.canary@north.example'),
        notice_parts = replace(notice_parts::text, 'owner@north.example', 'mika.canary@north.example')::jsonb",
        )
        .await;
    world
        .sql(
            "UPDATE form_editions SET settings =
        replace(settings::text, 'owner@north.example', 'mika.canary@north.example')::jsonb",
        )
        .await;
    world.sql("UPDATE submissions SET notice = 'Ask mika.canary@north.example or xmika.canary@north.example'").await;
    mika
}

#[tokio::test]
async fn an_account_goes_with_all_that_tells_of_its_user_and_one_last_mail() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let mika = busy(&world, &north, &south).await;
    let id = mika.user.to_string();
    assert!(world.dump().await.contains(ADDRESS));
    delete(&world, &mika).await.unwrap();
    let mails = world.work().await;
    let last: Vec<_> = mails.iter().filter(|mail| mail.to.to_string() == ADDRESS).collect();
    assert_eq!(last.len(), 1);
    assert_eq!(last[0].subject, "Votre compte a été supprimé");
    let dump = world.dump().await.replace("xmika.canary@north.example", "");
    for canary in [ADDRESS, "Mika", "mika.canary"] {
        assert!(!dump.contains(canary), "{canary}");
    }
    assert!(dump.contains("owner@north.example"), "the others stay");
    assert!(world.dump().await.contains("Ask owner@north.example or xmika"), "another owner answers for the data");
    // What stays of the user is an id that leads to nobody, where the inventory says so and nowhere else.
    let told = columns().filter(|column| column.tag.subject == Subject::User);
    let mut looked = 0;
    for column in told.filter(|column| column.tag.erase != Erase::Pseudonymise) {
        let query = format!("SELECT count(*) FROM {} WHERE \"{}\"::text LIKE '%{id}%'", column.table, column.name);
        assert_eq!(world.rows(query.leak()).await, 0, "{column}");
        looked += 1;
    }
    assert!(looked > 50);
    let queue = "SELECT count(*) FROM leads WHERE owner_id IS NULL";
    assert_eq!(world.rows(queue).await, 1, "the lead is in the queue");
    assert!(world.rows("SELECT count(*) FROM audit_entries WHERE action = 'leave_organization'").await >= 2);
}

#[tokio::test]
async fn an_account_goes_at_once_and_its_address_out_of_a_great_many_notices_piece_by_piece() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let mika = busy(&world, &north, &south).await;
    world
        .sql(
            "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, consented, notice, verdict,
                spam_reasons)
            SELECT organization_id, gen_random_uuid(), id, 1, to_timestamp(n), false, 'Ask mika.canary@north.example',
                'accepted', '{}'
            FROM forms, generate_series(1, 2500) AS n",
        )
        .await;
    let naming = "SELECT count(*) FROM submissions WHERE position('Ask mika.canary' IN notice) > 0";
    assert_eq!(world.rows(naming).await, 5_001, "two organizations with a form each");
    delete(&world, &mika).await.unwrap();
    assert!(!signs_in(&world, ADDRESS).await);
    assert_eq!(world.rows(naming).await, 5_001, "it did not wait for them");
    world.work().await;
    assert_eq!(world.rows(naming).await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM farewells").await, 0, "and the address is forgotten");
}
