//! An organization with a row in every table, for tests that want to see that nothing of it shows elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, tz::TimeZone};
use qualify_domain::{
    access::{Permission, Role},
    activity::{Activity, Author, What},
    agreement::CURRENT,
    api_key::{ApiKey, KeyScope, KeyWish, USUAL_DAYS},
    audit::{SecurityEvent, SecurityKind},
    breach::{Breach, Incident},
    circumstances::Circumstances,
    connection::{ConnectionEvent, ConnectionKind},
    consent::{About, ConsentEvent, ConsentLink, Kind, LinkUse, Matter, Method},
    erasure::{self, Certificate},
    farewell::Farewell,
    hold::{Held, Hold},
    holiday::Holiday,
    hook::{Delivery, Detail, Endpoint, EndpointWish, HookKind, HookUrl},
    id::{
        ActivityId, ApiKeyId, BreachId, ConnectionId, ConsentEventId, ConsentLinkId, DeliveryId, EndpointId, EventId,
        FarewellId, HoldId, InvitationId, LeadId, MergeId, OneTimeTokenId, PropertyId, ReasonId, RightsRequestId,
        SubmissionId, SupportGrantId, SupportVisitId, TaskId, ViewId,
    },
    invitation::Invitation,
    language::Language,
    lead::Lead,
    member_request::MemberRequest,
    merge::Merge,
    notification::{Choice, Wishes},
    operator_request::{OperatorRequest, Sender},
    property::{Property, PropertyKind},
    reason::Reason,
    restriction::{Ground, Restriction},
    retention::LeadMonths,
    rights_request::{Asker, Right, RightsRequest},
    score::{Draft, Edition, Rulebook},
    signing_key::SigningKey,
    step_up::Proof,
    support::{SupportGrant, SupportVisit},
    suppression::{self, AddressHash, Suppression},
    task::{Reminder, Task},
    text::Message,
    view::{View, ViewSettings},
};
use qualify_ports::storage::{
    Concerned, Creation, CreationKey, ImportChange, ImportPart, ImportProblem, InformingWatch, KeptEndpoint,
    KeptRequest, PlatformTask, RightsLink, Storage, Wish,
};
use qualify_ports::{hooks::HookBody, vault::Sealed};
use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, PgConnection};

use crate::{
    billing,
    stores::{digest, sign_in},
    world::{World, after, email, id, name, noon, team},
};

/// An organization with a row in every table of a tenant.
pub async fn filled() -> World {
    let world = World::new().await;
    let submission = world.submission(noon(), "anna@example.com");
    let sent = submission.id;
    let mut intake = world.intake(submission, 1);
    intake.undeclared = vec!["company".into()];
    world.storage.record(&world.may(Permission::CaptureLead), intake).await.unwrap();
    let mut tx = world.begin(Permission::ManageForms).await;
    let settings = world.form.settings.clone();
    let published = qualify_domain::form::Edition { version: 1, settings, at: noon(), author: None };
    tx.forms().publish(world.form.id, &published).await.unwrap();
    tx.commit().await.unwrap();
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    let mut tx = world.begin(Permission::NoteLead).await;
    let task = Task {
        id: TaskId(id()),
        version: 1,
        lead: lead.id,
        title: "Call".parse().unwrap(),
        due_on: None,
        reminder: Reminder::None,
        owner: world.user,
        made_by: None,
        made_at: noon(),
        done_at: None,
    };
    tx.tasks().insert(&task).await.unwrap();
    let what = What::Noted(Message::parse("Called.").unwrap());
    let note =
        Activity { id: ActivityId(id()), lead: lead.id, at: noon(), author: Some(Author::Member(world.user)), what };
    tx.activities().insert(&note).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::CompleteEvent).await;
    tx.notifications().insert(&world.notification(noon(), Some(lead.id)), Choice::AtOnce).await.unwrap();
    tx.notifications().choose(world.user, &Wishes::default()).await.unwrap();
    let view = view(&world);
    tx.views().insert(&view, Some(world.user)).await.unwrap();
    tx.views().choose_default(world.user, Some(view.id)).await.unwrap();
    tx.paces().organization(noon()).await.unwrap();
    tx.commit().await.unwrap();
    said_and_gone(&world, sent).await;
    let mut tx = world.begin(Permission::RunJobs).await;
    let job = world.job(noon());
    tx.jobs().insert(&job).await.unwrap();
    tx.commit().await.unwrap();
    imported(&world, &lead).await;
    merged(&world, &lead).await;
    kept(&world).await;
    let mut tx = world.begin(Permission::ManageOrganization).await;
    let holiday = Holiday { day: Holiday::parse_day("2030-05-01").unwrap(), name: name("May Day") };
    tx.settings().add_holiday(&holiday).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ShapeLeads).await;
    let reason = Reason { id: ReasonId(id()), name: name("No budget"), is_archived: false };
    tx.pipelines().keep_reasons(&[reason], noon()).await.unwrap();
    let property = Property {
        id: PropertyId(id()),
        version: 1,
        key: "budget".parse().unwrap(),
        name: name("Budget"),
        purpose: "To size the offer".parse().unwrap(),
        kind: PropertyKind::Number,
        is_archived: false,
    };
    tx.properties().insert(&property).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageScore).await;
    let book = Rulebook::standard(Language::English);
    let edition = Edition { version: 1, book: book.clone(), made_at: noon(), made_by: None };
    tx.scores().put_into_force(&edition).await.unwrap();
    tx.scores().keep_draft(world.user, &Draft { base: 1, book }).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageTeams).await;
    tx.teams().insert(&team("North", &[world.user]), noon()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageMembers).await;
    tx.invitations().keep(&invitation(&world)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageApiKeys).await;
    let key = api_key(&world);
    tx.api_keys().insert(&key, &digest()).await.unwrap();
    let creation = CreationKey { program: key.id, key: digest(), body: digest(), expires_at: after(60) };
    tx.creations().keep(&creation, &Creation { lead: lead.id, version: 1, is_new: true }).await.unwrap();
    tx.commit().await.unwrap();
    hooked(&world, &lead).await;
    sign_in(&world, 0).await;
    watched(&world).await;
    breached(&world).await;
    accounts(&world).await;
    world
}

/// What somebody said about their consent, and what is left of those who are gone.
async fn said_and_gone(world: &World, sent: SubmissionId) {
    let mut tx = world.begin(Permission::CompleteEvent).await;
    let suppression =
        Suppression { address: AddressHash(digest()), ground: suppression::Ground::Objection, since: noon() };
    tx.suppressions().keep(&suppression).await.unwrap();
    let certificate =
        Certificate { lead: LeadId(id()), at: noon(), ground: erasure::Ground::Asked, counts: BTreeMap::new() };
    tx.erasures().keep(&certificate).await.unwrap();
    tx.tombstones().keep(certificate.tombstone()).await.unwrap();
    let about = About::Submission(sent);
    let event = ConsentEvent {
        id: ConsentEventId(id()),
        about,
        matter: Matter::Request,
        kind: Kind::Objected,
        awaits_confirmation: false,
        wording: Some(digest()),
        notice: Some(digest()),
        method: Method::Member,
        at: noon(),
    };
    tx.consents().append(&event).await.unwrap();
    let link = ConsentLink::issue(ConsentLinkId(id()), sent, Matter::Request, LinkUse::Confirm, noon());
    tx.consents().insert_link(&link, &digest()).await.unwrap();
    let (gone, language) = (email("gone@example.com"), Language::English);
    tx.farewells().insert(&Farewell { id: FarewellId(id()), email: gone, language, at: noon() }).await.unwrap();
    let asker = Asker::Person(email("anna@example.com"));
    let (request, _) = RightsRequest::receive(RightsRequestId(id()), Right::Access, asker, noon());
    let link = RightsLink { request: request.id, digest: digest(), ends_at: after(60) };
    let (words, wish, told) = (Some("All of it.".parse().unwrap()), Wish::default(), BTreeSet::new());
    let kept =
        KeptRequest { request, language, words, wish, told, passed_on_at: Some(noon()), next_at: None, version: 1 };
    tx.rights().insert(&kept).await.unwrap();
    tx.rights().insert_link(&link).await.unwrap();
    let watch = InformingWatch { told: None, next_at: noon() };
    tx.informings().keep_watch(&watch, None).await.unwrap();
    tx.commit().await.unwrap();
}

/// A lead that is restricted, and a hold on it.
async fn kept(world: &World) {
    let lead = world.lead(noon(), "restricted@example.com");
    world.keep_lead(&lead).await;
    let (restriction, _) = Restriction::place(lead.id, Ground::Claims, false, None, noon());
    let reason = Message::parse("A claim").unwrap();
    let review_on = TimeZone::UTC.to_datetime(noon()).date().saturating_add(1.month());
    let records = [Held::Lead(lead.id)].into();
    let hold = Hold::place(HoldId(id()), records, reason, world.user, review_on, noon()).unwrap();
    let mut tx = world.begin(Permission::EraseLead).await;
    tx.restrictions().insert(&restriction).await.unwrap();
    tx.holds().insert(&hold).await.unwrap();
    tx.commit().await.unwrap();
    let (reason, now) = (Message::parse("The list stays empty").unwrap(), noon());
    let grant = SupportGrant::open(SupportGrantId(id()), 2, reason, world.user, now).unwrap();
    let mut tx = world.begin(Permission::GrantSupport).await;
    tx.support().insert(&grant).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ServeSupport).await;
    let visit = SupportVisit::invite(SupportVisitId(id()), grant.id, now);
    let (link, inside) = (digest(), digest());
    tx.support().invite(&visit, &link).await.unwrap();
    assert!(tx.support().use_link(&link, &inside, now).await.unwrap());
    tx.commit().await.unwrap();
    billing::paid(world).await;
}

/// Another lead of the same person, merged into this one.
async fn merged(world: &World, lead: &Lead) {
    let twin = world.lead(noon(), "a.berg@example.com");
    world.keep_lead(&twin).await;
    let (survivor, merged) = (lead.id, twin.id);
    let merge = Merge {
        id: MergeId(id()),
        holder: survivor,
        survivor,
        merged,
        at: noon(),
        author: None,
        undone_at: None,
        images: None,
    };
    let mut tx = world.begin(Permission::ChangeLead).await;
    let lead = tx.leads().find(survivor).await.unwrap().unwrap();
    tx.merges().keep(&merge, &lead).await.unwrap();
    tx.commit().await.unwrap();
}

fn view(world: &World) -> View {
    let (id, private_of) = (ViewId(id()), Some(world.user));
    View { id, version: 1, name: name("Mine"), private_of, settings: ViewSettings::default(), created_at: noon() }
}

/// A file of people, and what it did to a lead.
async fn imported(world: &World, lead: &Lead) {
    let mut tx = world.begin(Permission::ImportLeads).await;
    let import = world.import(noon());
    tx.imports().insert(&import, b"E-mail").await.unwrap();
    let part = ImportPart { line: 1, text: "anna@example.com".to_owned() };
    tx.imports().keep_parts(import.id, &[part]).await.unwrap();
    let problem = ImportProblem { line: 1, raw: "x".to_owned(), faults: vec![] };
    tx.imports().keep_problems(import.id, &[problem]).await.unwrap();
    let change = ImportChange { lead: lead.clone(), before: None };
    tx.imports().keep_changes(import.id, &[change], noon()).await.unwrap();
    tx.commit().await.unwrap();
}

fn invitation(world: &World) -> Invitation {
    let (email, roles, by) = (email("guest@example.com"), vec![Role::Viewer], world.user);
    let (invited_at, expires_at) = (noon(), noon());
    Invitation {
        id: InvitationId(id()),
        token: OneTimeTokenId(id()),
        email,
        roles,
        by,
        invited_at,
        expires_at,
        mail_refused_at: None,
    }
}

fn api_key(world: &World) -> ApiKey {
    let wish = KeyWish { name: name("Website"), role: Role::Agent, scopes: KeyScope::ALL.to_vec(), days: USUAL_DAYS };
    ApiKey::make(ApiKeyId(id()), wish, &world.member(Role::Owner), noon()).unwrap()
}

/// A row in each table about accounts that nothing above writes into: an empty table has nothing to refuse.
async fn accounts(world: &World) {
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    let from = Circumstances::of("192.0.2.7".parse().ok(), "Firefox");
    let (id_of, user, kind) = (ConnectionId(id()), world.user, ConnectionKind::Failure);
    tx.connections().append(&ConnectionEvent { id: id_of, user, session: None, kind, at: noon(), from }).await.unwrap();
    tx.throttles().hold(&[digest()], noon()).await.unwrap();
    let key = SigningKey { kid: id().to_string(), ring_key: "ring".into(), created_at: noon(), signs_from: noon() };
    tx.signing_keys().insert(&key).await.unwrap();
    tx.commit().await.unwrap();
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    let statements = [
        "INSERT INTO totp_secrets (user_id, key_id, sealed, created_at, last_step, failures)
        VALUES ($1, 'k', '', to_timestamp(0), 0, 0)",
        "INSERT INTO recovery_codes (user_id, digest) VALUES ($1, decode(repeat('00', 32), 'hex'))",
        "INSERT INTO sign_in_challenges (digest, user_id, expires_at, tries)
        VALUES (sha256(convert_to($1::text, 'UTF8')), $1, to_timestamp(0), 0)",
    ];
    for statement in statements {
        sqlx::query(statement).bind(world.user.0).execute(&mut connection).await.unwrap();
    }
}

/// Something that matters to security, in the trail and beside it, and an anchor as the deletion of old entries leaves one.
async fn watched(world: &World) {
    let mut tx = world.begin(Permission::ManageRetention).await;
    let months = LeadMonths::default().change(12, None, world.user, noon()).unwrap();
    tx.lead_months().keep(&months).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::NoteSecurity).await;
    let refused = SecurityEvent::by(SecurityKind::PermissionRefused, world.user, None);
    tx.audit().note(&refused, noon()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    tx.security().count(SecurityKind::SignInFailed, noon()).await.unwrap();
    tx.commit().await.unwrap();
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    sqlx::query("INSERT INTO audit_anchors VALUES ($1, 0, decode(repeat('00', 32), 'hex'), to_timestamp(0))")
        .bind(world.organization.0)
        .execute(&mut connection)
        .await
        .unwrap();
}

/// A breach of its own, one of the service that concerns it, and the processing agreement.
async fn breached(world: &World) {
    let text = || Message::parse("A backup lay open.").unwrap();
    let incident =
        || Incident { happened: text(), categories: text(), people: None, effects: text(), measures: text() };
    let mut tx = world.begin(Permission::EraseLead).await;
    let own = Breach::log(BreachId(id()), incident(), Some(world.user), noon(), noon()).unwrap();
    tx.breaches().insert(&own).await.unwrap();
    tx.agreements().insert(&CURRENT.accept(Language::French, world.user, noon())).await.unwrap();
    tx.commit().await.unwrap();
    ask_operator(world).await;
    let mut tx = world.storage.platform(PlatformTask::TendBreaches).await.unwrap();
    let of_service = Breach::log(BreachId(id()), incident(), None, noon(), noon()).unwrap();
    tx.service_breaches().insert(&of_service).await.unwrap();
    let concerned = Concerned::These(vec![world.organization]);
    tx.service_breaches().concern(of_service.id, &concerned, noon()).await.unwrap();
    tx.commit().await.unwrap();
}

/// What somebody asked of the operator, who waits with it and who passed it on.
async fn ask_operator(world: &World) {
    let mut tx = world.storage.platform(PlatformTask::TendRequests).await.unwrap();
    let (words, who) = ("No statistics.".parse().unwrap(), (world.user, Proof(noon())));
    let own = MemberRequest::ask(RightsRequestId(id()), Right::Objection, who, words, noon()).unwrap();
    tx.member_requests().insert(&own, Language::French).await.unwrap();
    for passes_on in [false, true] {
        let sender = Sender { address: email("anna@example.com"), words: Some("All of it.".parse().unwrap()) };
        let asked = (Right::Access, Language::French);
        let request = OperatorRequest::register(RightsRequestId(id()), asked, sender, noon(), noon()).unwrap();
        tx.operator_requests().insert(&request, noon()).await.unwrap();
        tx.operator_requests().acknowledge(request.id, noon()).await.unwrap();
        if passes_on {
            assert!(tx.operator_requests().pass_on(request.id, world.organization, noon()).await.unwrap());
        }
    }
    tx.commit().await.unwrap();
}

/// An endpoint that was told of the lead.
async fn hooked(world: &World, lead: &Lead) {
    let mut tx = world.begin(Permission::ManageWebhooks).await;
    let wish = EndpointWish {
        url: HookUrl::parse("https://hooks.example.com/").unwrap(),
        kinds: vec![HookKind::Created],
        detail: Detail::Full,
    };
    let endpoint = Endpoint::new(EndpointId(id()), wish, world.user, noon());
    let (told, secret) = (endpoint.id, Sealed { key: "ring".to_owned(), bytes: vec![0] });
    tx.hooks().insert(&KeptEndpoint { endpoint, secret, old_secret: None }).await.unwrap();
    let delivery = Delivery::new(DeliveryId(id()), told, HookKind::Created, Some(lead.id), noon());
    let body = HookBody("{}".to_owned());
    tx.hooks().tell(&delivery, Some(lead.id), EventId(id()), &body).await.unwrap();
    tx.hooks().disclose(lead.id, told, "hooks.example.com", noon()).await.unwrap();
    tx.commit().await.unwrap();
}
