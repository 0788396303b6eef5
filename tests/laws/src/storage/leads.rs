use std::collections::BTreeSet;

use futures::future::join_all;
use qualify_domain::{
    access::{Permission, Role},
    activity::{Activity, Author, Move, What},
    form::LegalBasis,
    id::{ActivityId, LeadId, SubmissionId, UserId},
    language::Language,
    lead::Lead,
    lead_filter::{Condition, LeadFilter, Search, Sought},
    submission::Attribution,
    text::{Email, Phone},
};
use qualify_ports::storage::{LeadQuery, Storage, StorageError};

use super::{
    StorageRig,
    tenant::{Tenant, address, at, eye, id},
};

fn phone(raw: &str) -> Phone {
    Phone::parse(raw, Language::French).expect("a number")
}

async fn find(storage: &dyn Storage, tenant: &Tenant, id: LeadId) -> Option<Lead> {
    tenant.look(storage).await.leads().find(id).await.expect("a lead can be looked for")
}

/// All that is known of a lead comes back as it was kept.
pub async fn a_lead_comes_back_as_it_was_kept(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let touch = |source: &str| Attribution {
        page: Some("https://www.example.com/contact".parse().expect("a page")),
        source: Some(source.parse().expect("a source")),
        ..Attribution::default()
    };
    let lead = Lead {
        phone: Some(phone("06 12 34 56 78")),
        owner: Some(tenant.owner),
        legal_basis: LegalBasis::Consent,
        first_touch: touch("printemps"),
        last_touch: touch("été"),
        last_submission_at: at(60),
        ..tenant.lead(7)
    };
    tenant.keep(storage, std::slice::from_ref(&lead)).await;
    let kept = find(storage, &tenant, lead.id).await.expect("the lead");
    // Personal texts hide themselves when they are shown, so each is compared by itself.
    assert_eq!((kept.name, kept.email, kept.phone), (lead.name, lead.email, lead.phone));
    assert_eq!((kept.stage, kept.owner, kept.form), (lead.stage, lead.owner, lead.form));
    assert_eq!((kept.first_touch, kept.last_touch), (lead.first_touch, lead.last_touch));
    assert_eq!((kept.created_at, kept.last_submission_at), (lead.created_at, lead.last_submission_at));
    assert_eq!((kept.legal_basis, kept.version), (lead.legal_basis, lead.version));
}

/// A change that did not see the latest one is refused, and changes nothing.
pub async fn a_stale_lead_is_refused(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let seen = tenant.lead(0);
    tenant.keep(storage, std::slice::from_ref(&seen)).await;
    let changed = |name: &str| Lead { name: Some(name.parse().expect("a name")), ..seen.clone() };
    let mut tx = tenant.work(storage).await;
    tx.leads().update(&changed("Anna")).await.expect("the first change is kept");
    tx.commit().await.expect("the first change is kept");
    let second = tenant.work(storage).await.leads().update(&changed("Berta")).await;
    assert!(matches!(second, Err(StorageError::Stale)), "{second:?}");
    let kept = find(storage, &tenant, seen.id).await.expect("the lead");
    assert_eq!((kept.name.as_deref(), kept.version), (Some("Anna"), 2));
    let mut tx = tenant.work(storage).await;
    tx.leads().update(&Lead { name: None, ..kept }).await.expect("who saw the latest may change it");
    tx.commit().await.expect("it is kept");
}

/// Of two who change a lead at once, having seen the same, one is refused.
pub async fn one_of_two_changes_at_once_is_refused(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let lead = tenant.lead(0);
    tenant.keep(storage, std::slice::from_ref(&lead)).await;
    let changes = (0..4).map(|_| async {
        let mut tx = tenant.work(storage).await;
        let changed = tx.leads().update(&lead).await;
        if changed.is_ok() {
            tx.commit().await.expect("the change is kept");
        }
        changed
    });
    let results = join_all(changes).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|result| matches!(result, Err(StorageError::Stale))).count(), 3);
}

/// A lead that is there already is not kept again.
pub async fn the_same_lead_is_kept_once(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let lead = tenant.lead(0);
    tenant.keep(storage, std::slice::from_ref(&lead)).await;
    let again = tenant.work(storage).await.leads().insert(&lead).await;
    assert!(matches!(again, Err(StorageError::Conflict)), "{again:?}");
}

/// Page by page each lead is shown once, the newest first, also where many are equally old.
pub async fn pages_every_lead_once_newest_first(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let leads: Vec<Lead> = (0..12).map(|n| tenant.lead([3, 1, 3, 2][n % 4])).collect();
    tenant.keep(storage, &leads).await;
    let mut expected: Vec<_> = leads.iter().map(|lead| (lead.created_at, lead.id)).collect();
    expected.sort_unstable();
    expected.reverse();
    for limit in [1, 4, 5, 12, 50] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let mut tx = tenant.look(storage).await;
            let (filter, from) = (LeadFilter::default(), eye());
            let query = LeadQuery { after: after.as_ref(), ..LeadQuery::newest(&filter, &from, limit) };
            let page = tx.leads().page(&query).await.expect("a page");
            assert!(page.items.len() <= usize::from(limit));
            seen.extend(page.items.iter().map(|row| (row.created_at, row.id)));
            after = page.next;
            if after.is_none() {
                break;
            }
            assert_eq!(page.items.len(), usize::from(limit), "only the last page is short");
        }
        assert_eq!(seen, expected, "by {limit}");
    }
}

/// The list shows what the filter matches, and nothing else.
pub async fn shows_what_the_filter_matches(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let mut leads: Vec<Lead> = (0..4).map(|second| tenant.lead(second)).collect();
    leads[0].name = Some("ÉMILE 100%_\\".parse().expect("a name"));
    (leads[1].stage, leads[1].name) = (tenant.pipeline.stages[1].id, Some("émilie".parse().expect("a name")));
    (leads[2].form, leads[2].email) = (None, Some("Emil@Example.com".parse().expect("an address")));
    (leads[3].name, leads[3].phone) = (None, Some(phone("06 12 34 56 78")));
    tenant.keep(storage, &leads).await;
    let texts = ["émil", "EMIL", "émile 100%", "100%", "emil_", "%%", "anna.", "+33 6 12", "0612", "example"];
    let sought = |text: &&str| Some(Sought::by_prefix(Search::parse(text).expect("a search")));
    let mut cases: Vec<_> = texts.iter().map(|text| (LeadFilter::default(), sought(text))).collect();
    let stage = |n: usize| LeadFilter::only(Condition::Stage(vec![tenant.pipeline.stages[n].id]));
    cases.push((stage(1), None));
    cases.push((LeadFilter::only(Condition::Form(vec![Some(tenant.form.id)])), None));
    cases.push((LeadFilter::only(Condition::Form(vec![None])), None));
    cases.push((stage(0), sought(&texts[0])));
    let from = eye();
    for (filter, sought) in cases {
        let query = LeadQuery { sought: sought.as_ref(), ..LeadQuery::newest(&filter, &from, 50) };
        let page = tenant.look(storage).await.leads().page(&query).await.expect("a page");
        let shown: BTreeSet<LeadId> = page.items.iter().map(|row| row.id).collect();
        let found = |lead: &&Lead| filter.matches(lead, &from) && sought.as_ref().is_none_or(|it| it.finds(lead));
        assert_eq!(shown, leads.iter().filter(found).map(|lead| lead.id).collect(), "{filter:?} {sought:?}");
    }
}

/// Who reaches their own leads sees those and the ones nobody owns; the others are not there.
pub async fn reach_own_shows_own_and_unowned_only(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let agent = tenant.join(storage, Role::Agent).await;
    let of = |owner: Option<UserId>, second| Lead { owner, ..tenant.lead(second) };
    let (own, unowned, other) = (of(Some(agent), 0), of(None, 1), of(Some(tenant.owner), 2));
    tenant.keep(storage, &[own.clone(), unowned.clone(), other.clone()]).await;
    let submission = tenant.record(storage, tenant.intake(3)).await;
    let mut tx = tenant.work(storage).await;
    tx.submissions().assign(submission, other.id).await.expect("it belongs to the lead");
    tx.activities().insert(&submitted(&other, submission)).await.expect("an entry is kept");
    tx.commit().await.expect("all is kept");

    let scope = tenant.member(agent, Role::Agent, Permission::ReadLeads);
    let mut tx = storage.tenant(&scope).await.expect("a look begins");
    let page = tx.leads().page(&LeadQuery::newest(&LeadFilter::default(), &eye(), 50)).await.expect("a page");
    assert_eq!(page.items.iter().map(|row| row.id).collect::<Vec<_>>(), [unowned.id, own.id]);
    assert!(tx.leads().find(own.id).await.expect("no error").is_some());
    assert!(tx.leads().find(unowned.id).await.expect("no error").is_some());
    assert!(tx.leads().find(other.id).await.expect("no error").is_none());
    assert!(tx.activities().of_lead(other.id, 50).await.expect("no error").is_empty());
    assert!(tx.submissions().of_lead(other.id, 50).await.expect("no error").is_empty());
    drop(tx);

    let scope = tenant.member(agent, Role::Agent, Permission::QualifyLead);
    let mut tx = storage.tenant(&scope).await.expect("work begins");
    tx.leads().update(&own).await.expect("one's own may change");
    assert!(matches!(tx.leads().update(&other).await, Err(StorageError::Stale)));
    assert_eq!(find(storage, &tenant, other.id).await.expect("the owner sees it").version, 1);
}

/// A person is found by their address or their number, however they are written; the oldest lead wins.
pub async fn a_person_is_found_by_address_or_number(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let email = address();
    let (young, old) = (Lead { email: Some(email.clone()), ..tenant.lead(9) }, tenant.lead(1));
    let old = Lead { email: Some(email.clone()), phone: Some(phone("06 12 34 56 78")), ..old };
    let local = Lead { phone: Some(Phone::restore("612 345 678".into(), None)), ..tenant.lead(0) };
    tenant.keep(storage, &[young.clone(), old.clone(), local.clone()]).await;
    let find = |email: Option<Email>, phone: Option<Phone>| {
        let tenant = &tenant;
        async move {
            let mut tx = tenant.work(storage).await;
            tx.leads().find_person(email.as_ref(), phone.as_ref()).await.expect("no error").map(|lead| lead.id)
        }
    };
    let shouted: Email = email.to_uppercase().parse().expect("an address");
    assert_eq!(find(Some(shouted), None).await, Some(old.id));
    assert_eq!(find(None, Some(phone("+33 (0)6.12.34.56.78"))).await, Some(old.id));
    assert_eq!(find(Some(address()), Some(phone("0612345678"))).await, Some(old.id), "either is enough");
    assert_eq!(find(Some(address()), None).await, None);
    assert_eq!(find(None, None).await, None);
    assert_eq!(find(None, local.phone).await, None, "a number without its country could be anybody's");
}

/// Two submissions of one person at once open one lead.
pub async fn two_at_once_open_one_lead(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let email = address();
    let opened = join_all((0..6).map(|n| {
        let (lead, tenant) = (Lead { email: Some(email.clone()), ..tenant.lead(n) }, &tenant);
        async move {
            let mut tx = tenant.work(storage).await;
            let known = tx.leads().find_person(lead.email.as_ref(), None).await.expect("no error");
            if known.is_none() {
                tx.leads().insert(&lead).await.expect("the lead is kept");
            }
            tx.commit().await.expect("the work ends");
            known.is_none()
        }
    }));
    assert_eq!(opened.await.into_iter().filter(|opened| *opened).count(), 1);
}

/// A timeline begins with what happened last, and is cut there.
pub async fn a_timeline_is_newest_first(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let (lead, other) = (tenant.lead(0), tenant.lead(0));
    tenant.keep(storage, &[lead.clone(), other.clone()]).await;
    let submission = tenant.record(storage, tenant.intake(0)).await;
    let moved = What::Moved(Move {
        from: tenant.pipeline.stages[0].id,
        to: tenant.pipeline.stages[1].id,
        spent_seconds: Some(60),
        reason: None,
        note: Some("Budget confirmé".parse().expect("a note")),
    });
    let noted = What::Noted("Rappeler\nlundi".parse().expect("a note"));
    let entry = |second, author, what| Activity { id: ActivityId(id()), lead: lead.id, at: at(second), author, what };
    let entries = [
        entry(2, Some(Author::Member(tenant.owner)), noted.clone()),
        entry(3, Some(Author::Member(tenant.owner)), moved.clone()),
        submitted(&lead, submission),
        submitted(&other, submission),
    ];
    let mut tx = tenant.work(storage).await;
    for entry in &entries {
        tx.activities().insert(entry).await.expect("the entry is kept");
    }
    tx.commit().await.expect("the entries are kept");
    let mut tx = tenant.look(storage).await;
    let timeline = tx.activities().of_lead(lead.id, 50).await.expect("the timeline");
    let told: Vec<_> = timeline.into_iter().map(|entry| (entry.at, entry.author, entry.what)).collect();
    let owner = Some(Author::Member(tenant.owner));
    assert_eq!(told, [(at(3), owner, moved), (at(2), owner, noted), (at(1), None, What::Submitted(submission))]);
    assert_eq!(tx.activities().of_lead(lead.id, 1).await.expect("the timeline").len(), 1);
}

/// A timeline that is read part by part has each entry once, however many are of one moment.
pub async fn a_timeline_comes_in_parts_each_entry_once(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let (lead, other) = (tenant.lead(0), tenant.lead(0));
    tenant.keep(storage, &[lead.clone(), other.clone()]).await;
    let mut tx = tenant.work(storage).await;
    for (lead, second) in [(&lead, 1), (&lead, 2), (&lead, 2), (&lead, 2), (&other, 2), (&lead, 3), (&lead, 3)] {
        let what = What::Noted("Rappeler".parse().expect("a note"));
        let entry = Activity { id: ActivityId(id()), lead: lead.id, at: at(second), author: None, what };
        tx.activities().insert(&entry).await.expect("the entry is kept");
    }
    tx.commit().await.expect("the entries are kept");
    let mut tx = tenant.look(storage).await;
    let whole = tx.activities().page(lead.id, None, 50).await.expect("the timeline");
    assert_eq!((whole.items.len(), whole.next), (6, None));
    for limit in 1..=6 {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let part = tx.activities().page(lead.id, after, limit).await.expect("a part");
            assert!(part.items.len() <= usize::from(limit));
            seen.extend(part.items.into_iter().map(|entry| entry.id));
            after = part.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, whole.items.iter().map(|entry| entry.id).collect::<Vec<_>>(), "{limit}");
    }
}

fn submitted(lead: &Lead, submission: SubmissionId) -> Activity {
    Activity { id: ActivityId(id()), lead: lead.id, at: at(1), author: None, what: What::Submitted(submission) }
}
