use futures::future::join_all;
use qualify_domain::{
    access::{Permission, Role},
    id::{OrganizationId, RefreshId, SessionId, UserId},
    language::Language,
    notification::{Choice, NotificationKind, Wishes},
    profile::Profile,
    session::{LIVE_SESSIONS, RefreshToken, SESSION_LIFE, Session},
    step_up::Proof,
    text::{Email, Name},
    theme::Theme,
    zone::Zone,
};
use qualify_ports::passwords::PasswordHash;
use qualify_ports::storage::{Account, Authenticated, PlatformTask, PlatformTx, Storage, StorageError};

use super::{
    StorageRig,
    tenant::{Tenant, account, at, digest, id},
};

async fn platform(storage: &dyn Storage, task: PlatformTask) -> Box<dyn PlatformTx> {
    storage.platform(task).await.expect("work begins")
}

fn token(second: i64) -> RefreshToken {
    RefreshToken {
        id: RefreshId(id()),
        digest: digest(),
        issued_at: at(second),
        expires_at: at(second + 1_000),
        rotated_at: None,
        successor: None,
        revoked_at: None,
    }
}

/// Signs a user in at that second.
async fn sign_in(storage: &dyn Storage, tenant: &Tenant, user: UserId, second: i64) -> (Session, RefreshToken) {
    let session = Session::begin(SessionId(id()), user, tenant.organization, at(second));
    let first = token(second);
    let mut tx = platform(storage, PlatformTask::SignIn).await;
    tx.sessions().insert(&session, &first).await.expect("the session is kept");
    tx.commit().await.expect("the session is kept");
    (session, first)
}

async fn authenticated(storage: &dyn Storage, session: &Session, second: i64) -> Option<Authenticated> {
    authenticate(storage, session.user, session.id, session.organization, second).await
}

async fn authenticate(
    storage: &dyn Storage,
    user: UserId,
    session: SessionId,
    organization: OrganizationId,
    second: i64,
) -> Option<Authenticated> {
    storage.authenticate(user, session, organization, at(second)).await.expect("an answer")
}

async fn presented(storage: &dyn Storage, token: &RefreshToken, second: i64) -> Option<(Session, RefreshToken)> {
    let mut tx = platform(storage, PlatformTask::RefreshSession).await;
    tx.sessions().find(&token.digest, at(second)).await.expect("an answer")
}

/// An address has one account, however it is written.
pub async fn an_address_has_one_account(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let first = account();
    let mut tx = platform(storage, PlatformTask::SignUp).await;
    tx.accounts().insert(&first).await.expect("the account is kept");
    tx.commit().await.expect("the account is kept");
    let shouted: Email = first.user.email.to_uppercase().parse().expect("an address");
    let mut second: Account = account();
    second.user.email = shouted.clone();
    let refused = platform(storage, PlatformTask::SignUp).await.accounts().insert(&second).await;
    assert!(matches!(refused, Err(StorageError::Conflict)), "{refused:?}");

    let mut tx = platform(storage, PlatformTask::SignIn).await;
    let found = tx.accounts().find(&shouted).await.expect("no error").expect("the account");
    assert_eq!((found.user.id, &found.user.email), (first.user.id, &first.user.email));
    assert_eq!(found.user.language, first.user.language);
    assert!(found.password == first.password, "the hash as it was kept");
    assert!(tx.accounts().find(&account().user.email).await.expect("no error").is_none());
    assert!(tx.accounts().user(first.user.id).await.expect("no error").is_some());
    assert!(tx.accounts().user(UserId(id())).await.expect("no error").is_none());
}

/// A user's organizations are told, and nobody else's.
pub async fn a_user_has_organizations(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (tenant, _other) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let mut tx = platform(storage, PlatformTask::SignIn).await;
    assert_eq!(tx.accounts().organizations(tenant.owner).await.expect("a list"), [tenant.organization]);
    assert_eq!(tx.accounts().organizations(UserId(id())).await.expect("a list"), []);
}

/// Members are listed with their names, the longest first.
pub async fn members_are_listed_with_their_names(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let agent = tenant.join(storage, Role::Agent).await;
    let mut tx = tenant.look(storage).await;
    let members = tx.members().list().await.expect("the list");
    let told: Vec<_> = members.iter().map(|member| (member.membership.user, &member.membership.roles[..])).collect();
    assert_eq!(told, [(tenant.owner, &[Role::Owner][..]), (agent, &[Role::Agent][..])]);
    let found = tx.members().find(agent).await.expect("no error").expect("the agent");
    assert_eq!((&*found.first_name, &*found.last_name), ("Zoë", "Čech"));
    assert_eq!(found.email, members[1].email);
}

/// A member's wish for mails is kept, and is theirs alone.
pub async fn a_member_chooses_notifications(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let agent = tenant.join(storage, Role::Agent).await;
    let scope = tenant.member(agent, Role::Agent, Permission::ChooseNotifications);
    let mut tx = storage.tenant(&scope).await.expect("work begins");
    let wishes = Wishes::default().with(NotificationKind::NewLead, Choice::Digest);
    tx.notifications().choose(agent, &wishes).await.expect("the wish is kept");
    tx.commit().await.expect("the wish is kept");
    let scope = tenant.member(agent, Role::Agent, Permission::ReadOrganization);
    let mut tx = storage.tenant(&scope).await.expect("work begins");
    let kept = tx.notifications().wishes(agent).await.expect("no error");
    assert_eq!(kept.of(NotificationKind::NewLead), Choice::Digest);
    assert_eq!(kept.of(NotificationKind::Answer), Choice::AtOnce);
    assert_eq!(tx.notifications().wishes(tenant.owner).await.expect("no error"), Wishes::default());
}

/// Of a hundred requests that rotate one refresh token at once, one wins.
pub async fn ses_5_one_winner_of_a_rotation(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let (session, first) = sign_in(storage, &tenant, tenant.owner, 0).await;
    let successors: Vec<RefreshToken> = (0..100).map(|_| token(5)).collect();
    let rotations = successors.iter().map(|successor| async {
        let mut tx = platform(storage, PlatformTask::RefreshSession).await;
        let won = tx.sessions().rotate(session.id, first.id, successor, at(5)).await.expect("an answer");
        tx.commit().await.expect("the work ends");
        won
    });
    let won = join_all(rotations).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    for (successor, won) in successors.iter().zip(won) {
        let found = presented(storage, successor, 6).await;
        assert_eq!(found.map(|(_, token)| (token.id, token.rotated_at)), won.then_some((successor.id, None)));
    }
    let (_, old) = presented(storage, &first, 6).await.expect("the old token is still known");
    assert_eq!(old.rotated_at, Some(at(5)));
}

/// A user's oldest sessions end when there are too many; another user's stay.
pub async fn ses_5_the_oldest_sessions_above_the_limit_end(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let agent = tenant.join(storage, Role::Agent).await;
    let (other, _) = sign_in(storage, &tenant, agent, 0).await;
    let mut sessions = Vec::new();
    for n in 0..i64::from(LIVE_SESSIONS) + 2 {
        sessions.push(sign_in(storage, &tenant, tenant.owner, n).await);
    }
    for (n, (session, token)) in sessions.iter().enumerate() {
        assert_eq!(authenticated(storage, session, 100).await.is_some(), n >= 2, "session {n}");
        assert_eq!(presented(storage, token, 100).await.is_some(), n >= 2, "token {n}");
    }
    assert!(authenticated(storage, &other, 100).await.is_some());
}

/// A session speaks for its own user in its own organization, with the roles that are stored now.
pub async fn ses_4_a_session_authenticates_in_its_organization_only(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (tenant, other) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let (session, first) = sign_in(storage, &tenant, tenant.owner, 0).await;
    let member = authenticated(storage, &session, 1).await.expect("the member");
    assert_eq!(
        (&member.roles[..], &*member.profile.first_name, &*member.organization),
        (&[Role::Owner][..], "Zoë", "Chez Zoë")
    );
    let found = presented(storage, &first, 1).await.expect("the session");
    assert_eq!((found.0.id, found.0.user, found.0.organization), (session.id, session.user, session.organization));
    assert!(authenticate(storage, tenant.owner, session.id, other.organization, 1).await.is_none());
    assert!(authenticate(storage, other.owner, session.id, tenant.organization, 1).await.is_none());
    assert!(authenticate(storage, tenant.owner, SessionId(id()), tenant.organization, 1).await.is_none());
    let (stranger, _) = sign_in(storage, &other, tenant.owner, 0).await;
    assert!(authenticated(storage, &stranger, 1).await.is_none(), "a session where the user is no member");
}

/// What a user chose is there at their next request, and nobody else's is touched.
pub async fn a_profile_comes_back_as_it_was_chosen(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let agent = tenant.join(storage, Role::Agent).await;
    let (session, _) = sign_in(storage, &tenant, tenant.owner, 0).await;
    let (bystander, _) = sign_in(storage, &tenant, agent, 0).await;
    let before = authenticated(storage, &bystander, 1).await.expect("the bystander").profile;
    assert_eq!((before.theme, before.time_zone), (Theme::System, None));
    let name = |raw| Name::parse(raw).expect("a name");
    let profile = Profile {
        first_name: name("Zoé"),
        last_name: name("Nouvelle"),
        language: Language::French,
        theme: Theme::Dark,
        time_zone: Some(Zone::parse("Asia/Kolkata").expect("a zone")),
    };
    for chosen in [&profile, &Profile { time_zone: None, theme: Theme::Light, ..profile.clone() }] {
        let mut tx = platform(storage, PlatformTask::ChangeProfile).await;
        tx.accounts().change_profile(tenant.owner, chosen).await.expect("a change");
        tx.commit().await.expect("a change");
        assert_eq!(&authenticated(storage, &session, 2).await.expect("the member").profile, chosen);
    }
    assert_eq!(authenticated(storage, &bystander, 3).await.expect("the bystander").profile, before);
}

/// A session that was ended authenticates nobody, and its token is worth nothing.
pub async fn ses_8_a_revoked_session_authenticates_nobody(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let (session, first) = sign_in(storage, &tenant, tenant.owner, 0).await;
    let (other, _) = sign_in(storage, &tenant, tenant.owner, 0).await;
    let mut tx = platform(storage, PlatformTask::SignOut).await;
    tx.sessions().revoke(session.id, at(1)).await.expect("the session ends");
    tx.commit().await.expect("the session ends");
    assert!(authenticated(storage, &session, 2).await.is_none());
    assert!(presented(storage, &first, 2).await.is_none());
    assert!(authenticated(storage, &other, 2).await.is_some(), "another device stays signed in");
}

/// A session knows when its user last proved who they are: as they signed in, or later, in that very session.
pub async fn auth_16_a_session_remembers_its_last_proof(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let agent = tenant.join(storage, Role::Agent).await;
    let (session, _) = sign_in(storage, &tenant, tenant.owner, 0).await;
    let (other, _) = sign_in(storage, &tenant, tenant.owner, 5).await;
    let proof = async |session: &Session| authenticated(storage, session, 100).await.map(|member| member.proof);
    assert_eq!(proof(&session).await, Some(Proof(at(0))), "signing in is a proof");
    let mut tx = platform(storage, PlatformTask::ConfirmIdentity).await;
    tx.sessions().prove(tenant.owner, session.id, at(50)).await.expect("the proof is kept");
    tx.sessions().prove(agent, other.id, at(60)).await.expect("nothing is kept");
    tx.commit().await.expect("the proof is kept");
    assert_eq!(proof(&session).await, Some(Proof(at(50))));
    assert_eq!(proof(&other).await, Some(Proof(at(5))), "neither of another session nor of another's user");
}

/// An account is found by its user, with the hash of its password.
pub async fn an_account_is_found_by_its_user(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let kept = account();
    let mut tx = platform(storage, PlatformTask::SignUp).await;
    tx.accounts().insert(&kept).await.expect("the account is kept");
    let found = tx.accounts().account(kept.user.id).await.expect("no error").expect("the account");
    assert_eq!((&found.user.email, found.user.id), (&kept.user.email, kept.user.id));
    assert!(found.password == kept.password, "the hash as it was kept");
    assert!(tx.accounts().account(UserId(id())).await.expect("no error").is_none());
}

/// A hash takes the place of another only where that one still stands, and one that is held stays.
pub async fn auth_4_a_hash_takes_the_place_of_the_one_it_was_made_for(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (kept, other) = (account(), account());
    let mut tx = platform(storage, PlatformTask::SignUp).await;
    tx.accounts().insert(&kept).await.expect("the account is kept");
    tx.accounts().insert(&other).await.expect("the account is kept");
    let user = kept.user.id;
    let hash = |hash: &str, pepper: &str| PasswordHash { hash: hash.to_owned(), pepper: pepper.to_owned() };
    let (old, new) = (kept.password, hash("new", "pepper"));
    for wrong in [hash("hash", "another"), hash("another", "pepper"), new.clone()] {
        assert!(!tx.accounts().replace_password(user, &wrong, &new).await.expect("an answer"));
        assert!(!tx.accounts().holds_password(user, &wrong).await.expect("an answer"));
    }
    assert!(tx.accounts().holds_password(user, &old).await.expect("an answer"));
    assert!(tx.accounts().replace_password(user, &old, &new).await.expect("an answer"));
    assert!(!tx.accounts().replace_password(user, &old, &old).await.expect("an answer"), "it is another now");
    assert!(tx.accounts().holds_password(user, &new).await.expect("an answer"));
    assert!(tx.accounts().holds_password(other.user.id, &old).await.expect("an answer"), "nobody else's has changed");
}

/// A session ends with its time, whatever its tokens say.
pub async fn ses_5_a_session_ends_with_its_time(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let (session, first) = sign_in(storage, &tenant, tenant.owner, 0).await;
    let end = SESSION_LIFE.as_secs();
    for (second, alive) in [(end - 1, true), (end, false)] {
        assert_eq!(authenticated(storage, &session, second).await.is_some(), alive, "at {second}");
        assert_eq!(presented(storage, &first, second).await.is_some(), alive, "at {second}");
    }
}
