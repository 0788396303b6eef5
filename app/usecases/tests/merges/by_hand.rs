//! Leads that members make, and who may be the same person.

use qualify_domain::{
    access::{Permission, Role},
    form::LegalBasis,
    lead::Source,
    person::WrittenPerson,
};
use qualify_usecases::{AddLead, Added, Error, LeadStart, SignedIn};

use crate::world::World;

fn by_hand(name: &str, email: &str, anyway: bool) -> AddLead {
    let person = WrittenPerson { name: name.to_owned(), email: email.to_owned(), ..WrittenPerson::default() };
    let (message, start) = ("Met at the fair.".to_owned(), LeadStart::default());
    AddLead { person, message, legal_basis: LegalBasis::Consent, start, anyway }
}

#[tokio::test]
async fn a_member_who_makes_a_lead_is_shown_first_who_may_be_the_same_person() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let add = async |who: &SignedIn, command: AddLead| world.app.leads.add(&who.actor, command).await;
    let made = add(&mika, by_hand("Anna Berg", "anna@berg.example", false)).await.unwrap();
    let Added::Made(anna) = made else { panic!("nobody is like her: {made:?}") };
    let file = world.app.leads.open(&mika.actor, anna).await.unwrap();
    assert_eq!((file.lead.owner, file.lead.source), (Some(mika.user), Source::Member));
    assert_eq!((file.lead.legal_basis, file.activities.len()), (LegalBasis::Consent, 2));

    for email in ["a.berg@berg.example", "ANNA@berg.example"] {
        let told = add(&mika, by_hand("anna berg", email, false)).await.unwrap();
        let Added::Alike(alike) = told else { panic!("{email}: {told:?}") };
        assert_eq!(alike.iter().map(|twin| twin.lead.id).collect::<Vec<_>>(), [anna], "{email}");
    }
    assert_eq!(world.leads(&home).await.len(), 1, "nothing was made yet");
    let made = add(&mika, by_hand("anna berg", "a.berg@berg.example", true)).await.unwrap();
    assert!(matches!(made, Added::Made(_)), "{made:?}");
    assert_eq!(world.leads(&home).await.len(), 2);

    let otto = world.join(&home, "otto@north.example", &[Role::Agent]).await;
    let made = add(&otto, by_hand("Anna Berg", "anna@berg.example", false)).await.unwrap();
    assert!(matches!(made, Added::Made(_)), "another's leads are not shown: {made:?}");
    let viewer = world.join(&home, "vera@north.example", &[Role::Viewer]).await;
    let refused = add(&viewer, by_hand("V", "v@x.example", false)).await.unwrap_err();
    assert!(matches!(&refused, Error::Forbidden(missing) if missing.0 == Permission::CreateLead), "{refused:?}");
    let wrong = add(&otto, by_hand("V", "nobody", false)).await.unwrap_err();
    assert!(matches!(wrong, Error::Invalid(_)), "{wrong:?}");

    world.work().await;
    let told =
        async |who: &SignedIn| world.app.notifications.list(&who.actor, None).await.unwrap().notifications.items.len();
    assert_eq!((told(&mika).await, told(&home.owner).await), (0, 3), "whoever made it knows");
}
