use std::{net::IpAddr, time::Duration};

use futures::future::join_all;
use qualify_domain::{
    access::{Permission, Role},
    consent::{Asked, Matter},
    form::{Form, Purpose},
    id::SubmissionId,
    language::Language,
    lead::Lead,
    spam::{SpamReason, Verdict},
    submission::{Answers, Attribution, PurposeAnswer, Submission},
    text::Phone,
};
use qualify_ports::storage::{Intake, Received, Recorded, Storage, UndeclaredField};

use super::{
    StorageRig,
    tenant::{Tenant, at, form, id},
};

async fn find(storage: &dyn Storage, tenant: &Tenant, id: SubmissionId) -> Option<Submission> {
    tenant.look(storage).await.submissions().find(id).await.expect("a submission can be looked for")
}

/// Another try of the same submission: the same key and answers, received at that second.
fn another_try(tenant: &Tenant, first: &Intake, second: i64) -> Intake {
    let mut again = tenant.intake(second);
    (again.key.key, again.key.body) = (first.key.key, first.key.body);
    again
}

/// The evidence comes back as it was sent.
pub async fn a_submission_comes_back_as_it_was_sent(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let tag = |text: &str| Some(text.parse().expect("a tag"));
    let page = |text: &str| Some(text.parse().expect("a page"));
    let mut intake = tenant.intake(5);
    intake.submission.answers = Answers {
        name: Some("Zoë \u{1F600}".parse().expect("a name")),
        phone: Some(Phone::parse("06 12 34 56 78", Language::French).expect("a number")),
        message: Some("Bonjour,\n\t\"ça\" \\ va ?".parse().expect("a message")),
        consented: true,
        purposes: vec![PurposeAnswer {
            purpose: Purpose::Sharing,
            wording: "Oui".parse().expect("a wording"),
            agreed: true,
            is_confirmed: true,
        }],
        ..intake.submission.answers
    };
    intake.submission.attribution = Attribution {
        page: page("https://www.example.com/contact"),
        landing_page: page("https://www.example.com/"),
        referrer: page("https://search.example.org/"),
        source: tag("été"),
        medium: tag("m"),
        campaign: tag("c"),
        term: tag("t"),
        content: tag("o"),
        gclid: tag("g"),
        fbclid: tag("f"),
        msclkid: tag("s"),
    };
    intake.submission.ip = Some(IpAddr::from([192, 0, 2, 7]));
    intake.submission.consent_wording.clone_from(&tenant.form.settings.consent_wording);
    let sent = intake.submission.clone();
    tenant.record(storage, intake).await;
    let kept = find(storage, &tenant, sent.id).await.expect("the submission");
    assert_eq!((kept.form, kept.form_version, kept.received_at), (sent.form, sent.form_version, sent.received_at));
    assert_eq!((kept.answers, kept.attribution, kept.ip), (sent.answers, sent.attribution, sent.ip));
    assert_eq!((kept.consent_wording, kept.notice), (sent.consent_wording, sent.notice));
    assert_eq!((kept.verdict, kept.lead), (Verdict::Accepted, None));
}

/// What counts once only is known again: the second submission with it is quarantined and tells nobody, unless it is the
/// first one sent again.
pub async fn a_mark_counts_once(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let mark = Some([7; 32]);
    let first = Intake { mark, ..tenant.intake(1) };
    let receipt = tenant.record(storage, first.clone()).await;
    let again = Intake { mark, ..another_try(&tenant, &first, 2) };
    let known = storage.record(&tenant.visiting(), again).await.expect("it is known");
    assert_eq!(known, Recorded::Known(receipt));
    let other = tenant.record(storage, Intake { mark, ..tenant.intake(3) }).await;
    let verdict = |found: Option<Submission>| found.expect("the submission").verdict;
    assert_eq!(verdict(find(storage, &tenant, receipt).await), Verdict::Accepted);
    assert_eq!(
        verdict(find(storage, &tenant, other).await),
        Verdict::Quarantined(vec![SpamReason::WorkReused]),
        "somebody else's work"
    );
    let strange = Tenant::found(storage).await;
    let elsewhere = strange.record(storage, Intake { mark, ..strange.intake(4) }).await;
    assert_eq!(verdict(find(storage, &strange, elsewhere).await), Verdict::Accepted, "another form's mark");
}

/// What is spam is deleted, and nothing else.
pub async fn only_what_is_in_quarantine_is_discarded(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let mut spam = tenant.intake(1);
    spam.submission.verdict = Verdict::Quarantined(vec![SpamReason::Honeypot]);
    let spam = tenant.record(storage, Intake { event: None, ..spam }).await;
    let kept = tenant.record(storage, tenant.intake(2)).await;
    let mut tx = tenant.work(storage).await;
    assert!(!tx.submissions().discard(kept).await.expect("no error"));
    assert!(tx.submissions().discard(spam).await.expect("no error"));
    assert!(!tx.submissions().discard(spam).await.expect("no error"), "it is gone");
    tx.commit().await.expect("it is gone");
    assert!(find(storage, &tenant, spam).await.is_none() && find(storage, &tenant, kept).await.is_some());
}

/// A submission is given to its lead; both lists begin with the newest.
pub async fn a_submission_belongs_to_its_lead(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let lead = tenant.lead(0);
    tenant.keep(storage, std::slice::from_ref(&lead)).await;
    let mut ids = Vec::new();
    for second in [1, 3, 2] {
        ids.push(tenant.record(storage, tenant.intake(second)).await);
    }
    let mut tx = tenant.work(storage).await;
    for id in &ids[..2] {
        tx.submissions().assign(*id, lead.id).await.expect("it belongs to the lead");
    }
    tx.commit().await.expect("they belong to the lead");
    let mut tx = tenant.look(storage).await;
    let of_lead = tx.submissions().of_lead(lead.id, 50).await.expect("the list");
    assert_eq!(of_lead.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[1], ids[0]]);
    assert!(of_lead.iter().all(|one| one.lead == Some(lead.id)));
    let of_form = tx.submissions().of_form(tenant.form.id, Received::All, None, 50).await.expect("the list").items;
    assert_eq!(of_form.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[1], ids[2], ids[0]]);
    assert_eq!(
        tx.submissions().of_form(tenant.form.id, Received::All, None, 2).await.expect("the list").items.len(),
        2
    );
}

/// Of each box of consent, a lead tells when it was ticked last and when it was left empty last, in whatever number of
/// submissions; to whoever reaches the lead.
pub async fn a_lead_tells_how_its_boxes_of_consent_were_left(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let agent = tenant.join(storage, Role::Agent).await;
    let lead = Lead { owner: Some(tenant.owner), ..tenant.lead(0) };
    tenant.keep(storage, std::slice::from_ref(&lead)).await;
    let (news, sharing) = (Purpose::EmailMarketing, Purpose::Sharing);
    let left = |purpose, agreed| PurposeAnswer {
        purpose,
        wording: "Oui".parse().expect("a wording"),
        agreed,
        is_confirmed: false,
    };
    let sent = [
        (1, true, vec![left(news, true), left(sharing, false)]),
        (2, false, vec![left(news, true)]),
        (3, false, vec![left(news, false)]),
        (4, false, vec![]),
        (5, true, vec![left(news, true), left(sharing, true)]),
    ];
    let mut ids = Vec::new();
    for (second, consented, purposes) in sent {
        let mut intake = tenant.intake(second);
        intake.submission.consent_wording.clone_from(&tenant.form.settings.consent_wording);
        intake.submission.answers = Answers { consented, purposes, ..intake.submission.answers };
        ids.push(tenant.record(storage, intake).await);
    }
    let mut tx = tenant.work(storage).await;
    for id in &ids[..4] {
        tx.submissions().assign(*id, lead.id).await.expect("it belongs to the lead");
    }
    tx.commit().await.expect("they belong to the lead");
    let asked = |place: usize, matter, wording: &str, agreed| Asked {
        matter,
        wording: wording.parse().expect("a wording"),
        agreed,
        form: tenant.form.id,
        submission: ids[place],
        at: at([1, 2, 3][place]),
    };
    let expected = [
        asked(0, Matter::Request, "Oui, écrivez-moi.", true),
        asked(2, Matter::Further(news), "Oui", false),
        asked(1, Matter::Further(news), "Oui", true),
        asked(0, Matter::Further(sharing), "Oui", false),
    ];
    let mut told = tenant.look(storage).await.submissions().asked_of(lead.id).await.expect("the boxes");
    told.sort_by_key(|asked| (asked.matter, asked.agreed));
    assert_eq!(told, expected);
    let scope = tenant.member(agent, Role::Agent, Permission::ReadLeads);
    let mut tx = storage.tenant(&scope).await.expect("a look begins");
    assert!(tx.submissions().asked_of(lead.id).await.expect("no error").is_empty(), "the lead is not theirs");
}

/// What a form received comes in parts, newest first, and so does what is held back of it.
pub async fn a_form_lists_what_it_received_in_parts(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let (mut all, mut held) = (Vec::new(), Vec::new());
    // Two each in one second: the place must tell them apart.
    for n in 0..20 {
        let mut intake = tenant.intake(n / 2);
        if n % 3 == 0 {
            (intake.submission.verdict, intake.event) = (Verdict::Quarantined(vec![SpamReason::Honeypot]), None);
        }
        let place = (intake.submission.received_at, intake.submission.id);
        all.push(place);
        if n % 3 == 0 {
            held.push(place);
        }
        tenant.record(storage, intake).await;
    }
    for (which, mut expected) in [(Received::All, all), (Received::Quarantined, held)] {
        expected.sort_unstable_by(|one, other| other.cmp(one));
        for limit in [1, 3, 7, 100] {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let mut tx = tenant.look(storage).await;
                let part = tx.submissions().of_form(tenant.form.id, which, after, limit).await.expect("a part");
                assert!(part.items.len() <= usize::from(limit), "{limit}");
                found.extend(part.items.iter().map(|one| (one.received_at, one.id)));
                after = part.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{which:?}, {limit} at once");
        }
    }
}

/// A hundred tries of one submission at once, and one later, are one submission with one receipt.
pub async fn web_11_records_one_submission_per_key(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let first = tenant.intake(0);
    let visiting = tenant.visiting();
    let tries = (0..100).map(|_| storage.record(&visiting, another_try(&tenant, &first, 0)));
    let mut receipts = Vec::new();
    let mut kept = 0;
    for result in join_all(tries).await {
        match result.expect("a receipt") {
            Recorded::Kept(id) => {
                kept += 1;
                receipts.push(id);
            }
            Recorded::Known(id) => receipts.push(id),
            Recorded::OtherBody => panic!("the answers are the same"),
        }
    }
    assert_eq!(kept, 1);
    assert_eq!(receipts.len(), 100);
    assert!(receipts.iter().all(|id| *id == receipts[0]));
    let later = storage.record(&visiting, another_try(&tenant, &first, 3_599)).await.expect("a receipt");
    assert_eq!(later, Recorded::Known(receipts[0]));
    let list = tenant
        .look(storage)
        .await
        .submissions()
        .of_form(tenant.form.id, Received::All, None, 200)
        .await
        .expect("the list")
        .items;
    assert_eq!(list.iter().map(|one| one.id).collect::<Vec<_>>(), [receipts[0]]);
}

/// Who uses a key again for other answers is told, and nothing more is kept.
pub async fn web_11_another_body_is_told(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let first = tenant.intake(0);
    let mut other = another_try(&tenant, &first, 1);
    other.key.body = [2; 32];
    let (same, other_id) = (another_try(&tenant, &first, 2), other.submission.id);
    let receipt = tenant.record(storage, first).await;
    let visiting = tenant.visiting();
    assert_eq!(storage.record(&visiting, other).await.expect("an answer"), Recorded::OtherBody);
    assert_eq!(storage.record(&visiting, same).await.expect("an answer"), Recorded::Known(receipt));
    assert!(find(storage, &tenant, other_id).await.is_none());
}

/// Once a key has expired it may be used again, for anything.
pub async fn web_11_an_expired_key_is_forgotten(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let first = tenant.intake(0);
    let mut again = another_try(&tenant, &first, 3_600);
    again.key.body = [2; 32];
    let (third, id) = (another_try(&tenant, &again, 3_601), again.submission.id);
    tenant.record(storage, first).await;
    let visiting = tenant.visiting();
    assert_eq!(storage.record(&visiting, again).await.expect("an answer"), Recorded::Kept(id));
    assert_eq!(storage.record(&visiting, third).await.expect("an answer"), Recorded::Known(id));
}

/// The same key is another one in another form of the organization.
pub async fn web_11_a_key_counts_in_its_form_only(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let other: Form = form();
    let mut tx = storage.tenant(&tenant.owner(Permission::ManageForms)).await.expect("work begins");
    tx.forms().insert(&other).await.expect("the form is kept");
    tx.commit().await.expect("the form is kept");
    let first = tenant.intake(0);
    let mut elsewhere = another_try(&tenant, &first, 0);
    (elsewhere.submission.form, elsewhere.event) = (other.id, None);
    let id = elsewhere.submission.id;
    tenant.record(storage, first).await;
    let recorded = storage.record(&tenant.visiting(), elsewhere).await.expect("an answer");
    assert_eq!(recorded, Recorded::Kept(id));
}

/// Submissions that share a commit do not share a fault.
pub async fn one_bad_submission_does_not_fail_its_neighbours(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let visiting = tenant.visiting();
    let sent: Vec<Intake> = (0..40)
        .map(|n| {
            let mut intake = tenant.intake(n);
            if n % 8 == 3 {
                intake.submission.form = qualify_domain::id::FormId(id());
            }
            intake
        })
        .collect();
    let good = |intake: &Intake| intake.submission.form == tenant.form.id;
    let results = join_all(sent.iter().map(|intake| storage.record(&visiting, intake.clone()))).await;
    for (intake, result) in sent.iter().zip(&results) {
        let id = intake.submission.id;
        assert_eq!(result.as_ref().ok(), good(intake).then_some(&Recorded::Kept(id)), "{result:?}");
    }
    let list = tenant
        .look(storage)
        .await
        .submissions()
        .of_form(tenant.form.id, Received::All, None, 100)
        .await
        .expect("the list")
        .items;
    assert_eq!(list.len(), sent.iter().filter(|intake| good(intake)).count());
}

/// A quarantined submission keeps its reasons, and is let out once.
pub async fn a_submission_leaves_quarantine_once(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let reasons = vec![SpamReason::Honeypot, SpamReason::TooFast];
    let mut spam = tenant.intake(0);
    (spam.submission.verdict, spam.event) = (Verdict::Quarantined(reasons.clone()), None);
    let id = tenant.record(storage, spam).await;
    let accepted = tenant.record(storage, tenant.intake(0)).await;
    let held = find(storage, &tenant, id).await.expect("the submission");
    assert_eq!(held.verdict, Verdict::Quarantined(reasons));
    let mut told = Vec::new();
    for one in [id, id, accepted, SubmissionId(super::tenant::id())] {
        let scope = tenant.owner(Permission::ReleaseSubmission);
        let mut tx = storage.tenant(&scope).await.expect("work begins");
        told.push(tx.submissions().release(one).await.expect("an answer"));
        tx.commit().await.expect("the work ends");
    }
    assert_eq!(told, [true, false, false, false]);
    assert_eq!(find(storage, &tenant, id).await.expect("the submission").verdict, Verdict::Accepted);
}

/// Of fields that are not declared, the names are counted; they show soon after.
pub async fn undeclared_fields_are_counted_by_name(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    for (second, names) in [(1, vec!["company"]), (2, vec!["company", "budget €"]), (3, vec![])] {
        let undeclared = names.into_iter().map(str::to_owned).collect();
        tenant.record(storage, Intake { undeclared, ..tenant.intake(second) }).await;
    }
    let field = |name: &str, times| UndeclaredField { name: name.to_owned(), times, last_seen_at: at(2) };
    let mut expected = vec![field("company", 2), field("budget €", 1)];
    expected.sort_by(|a, b| a.name.cmp(&b.name));
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen = tenant.look(storage).await.forms().undeclared(tenant.form.id).await.expect("the names");
        seen.sort_by(|a, b| a.name.cmp(&b.name));
        if seen == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(seen, expected);
}
