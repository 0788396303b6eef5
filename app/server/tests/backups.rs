//! Backups, as a shell sees them: whoever was erased since does not come back with one (RET-17).
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Actor, Role},
    circumstances::Circumstances,
    erasure::Ground,
    form::LegalBasis,
    id::{LeadId, OrganizationId, SessionId, UserId},
    language::Language,
    one_time::OneTimeKind,
    person::WrittenPerson,
    team::Colleagues,
    text::{Email, Name},
};
use qualify_ports::{
    files::FileKey,
    time::{Clock, Id},
};
use qualify_postgres::testing::TestDatabase;
use qualify_server::{
    config::{Config, Purpose, Sources},
    wire::{self, System},
};
use qualify_system::SystemClock;
use qualify_usecases::{AddLead, Added, App, LeadStart, SignUp};
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEY: &str = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const CANARY: &str = "canarella";

/// A folder in which the program runs, with its backups.
struct Stand {
    folder: TempDir,
}

/// What a command said: its code, its results and all else.
type Said = (Option<i32>, String, String);

impl Stand {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn environment(&self, database: &TestDatabase) -> Vec<(String, String)> {
        let below = |name: &str| self.folder.path().join(name).display().to_string();
        let settings = [
            ("HTTP_BASE_URL", "http://127.0.0.1:8080".to_owned()),
            ("HTTP_LISTEN", "127.0.0.1:0".to_owned()),
            ("DATABASE_URL", database.app_url()),
            ("SECURITY_KEYS", KEY.to_owned()),
            ("SECURITY_PASSWORD_COST", "10".to_owned()),
            ("CONTROLLER_NAME", "Example SAS".to_owned()),
            ("CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris".to_owned()),
            ("CONTROLLER_PRIVACY_CONTACT", "privacy@example.com".to_owned()),
            ("MAILER_ADAPTER", "maildir".to_owned()),
            ("MAILDIR_PATH", below("mail")),
            ("FOLDER_PATH", below("files")),
            ("BACKUPS_PATH", below("backups")),
            ("BACKUPS_URL", database.backup_url()),
        ];
        settings.into_iter().map(|(name, value)| (format!("QUALIFY_{name}"), value)).collect()
    }

    fn qualify_with(&self, database: &TestDatabase, arguments: &[&str], more: &[(&str, &str)]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap()).envs(self.environment(database));
        let output = command.envs(more.iter().copied()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    fn qualify(&self, database: &TestDatabase, arguments: &[&str]) -> Said {
        self.qualify_with(database, arguments, &[])
    }

    /// Into that database, as who changes its schema.
    fn restore(&self, database: &TestDatabase, more: &[&str]) -> Said {
        let migrator = [("QUALIFY_DATABASE_MIGRATOR_URL", &*database.migrator_url())];
        self.qualify_with(database, &[&["admin", "restore"], more].concat(), &migrator)
    }

    fn backup(&self, database: &TestDatabase) -> String {
        let (code, out, err) = self.qualify(database, &["admin", "backup"]);
        assert_eq!(code, Some(0), "{err}");
        out.trim().to_owned()
    }

    fn files(&self, place: &str) -> Vec<PathBuf> {
        let folder = self.folder.path().join("backups").join(place);
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn system(&self, database: &TestDatabase) -> System {
        let sources = Sources { environment: self.environment(database).into_iter().collect(), ..Sources::default() };
        let config = Config::load(&sources, Purpose::Run).unwrap();
        System::build(&config, &wire::database(&config).unwrap()).unwrap()
    }
}

fn holds(file: &Path, word: &[u8]) -> bool {
    fs::read(file).unwrap().windows(word.len()).any(|window| window == word)
}

async fn id(database: &TestDatabase, query: &'static str) -> uuid::Uuid {
    let mut sql = PgConnection::connect_with(&database.superuser()).await.unwrap();
    sqlx::query_scalar(query).fetch_one(&mut sql).await.unwrap()
}

/// Somebody signs up.
async fn founded(database: &TestDatabase, system: &System, app: &App) -> Actor {
    let command = SignUp {
        first_name: Name::parse("Odile").unwrap(),
        last_name: Name::parse("Owner").unwrap(),
        email: Email::parse("odile@example.org").unwrap(),
        organization: Name::parse("North").unwrap(),
        language: Language::English,
        from: Circumstances::default(),
    };
    let token = app.accounts.sign_up(command).await.unwrap();
    let link = system.ports.tokens.derive(&OneTimeKind::SignUp.seed(token)).expose_secret().to_owned();
    app.accounts.confirm_sign_up(&link, "a long walk along the river".to_owned()).await.unwrap();
    let home = OrganizationId(id(database, "SELECT organization_id FROM organizations").await);
    let owner = UserId(id(database, "SELECT id FROM users").await);
    #[expect(clippy::disallowed_methods, reason = "the owner at work, without a browser")]
    let actor = Actor::member(home, owner, SessionId::from_bits(1), &[Role::Owner], Colleagues::default());
    actor
}

async fn added(app: &App, actor: &Actor, name: &str, email: &str) -> LeadId {
    let person = WrittenPerson { name: name.to_owned(), email: email.to_owned(), ..WrittenPerson::default() };
    let (start, legal_basis) = (LeadStart::default(), LegalBasis::LegitimateInterest);
    let command = AddLead { person, message: String::new(), legal_basis, start, anyway: true };
    match app.leads.add(actor, command).await.unwrap() {
        Added::Made(id) => id,
        Added::Alike(_) => unreachable!("it was to be made anyway"),
    }
}

/// Writes down what went, as a worker does.
async fn write_down(system: &System, stand: &Stand, begun: &[PathBuf]) {
    let (stop, backups) = (CancellationToken::new(), system.backups.clone());
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { backups.run(stop).await }
    });
    while stand.files("gone").iter().all(|file| file.extension().is_some() || begun.contains(file)) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    running.await.unwrap();
}

/// Whose everything is, who may do what with it, and what binds it.
async fn rights(database: &TestDatabase) -> Vec<String> {
    let rights = "SELECT concat_ws(' ', oid::regclass, relowner::regrole, relrowsecurity, relforcerowsecurity,
            (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(relacl) AS a))
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname,
            (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(attacl) AS a))
        FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND attacl IS NOT NULL
        UNION ALL SELECT concat_ws(' ', oid::regprocedure, proowner::regrole,
            (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(proacl) AS a))
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', polrelid::regclass, polname, polcmd, pg_get_expr(polqual, polrelid)) FROM pg_policy
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat_ws(' ', nspname, nspowner::regrole,
            (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(nspacl) AS a))
        FROM pg_namespace WHERE nspname IN ('public', 'unsettled')
        ORDER BY 1";
    let mut sql = PgConnection::connect_with(&database.superuser()).await.unwrap();
    sqlx::query_scalar(rights).fetch_all(&mut sql).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ret_17_whoever_was_erased_since_does_not_come_back_with_a_backup() {
    let (stand, database) = (Stand::new(), TestDatabase::fresh().await);
    let system = stand.system(&database);
    let app = App::new(&system.ports);
    let owner = founded(&database, &system, &app).await;
    let anna = added(&app, &owner, "Anna Canarella", "anna@canarella.example").await;
    added(&app, &owner, "Bert", "bert@example.com").await;
    let due = "INSERT INTO throttles (key, failures, times, expires_at)
        SELECT sha256(int4send(n)), 1, '{}', to_timestamp(n) FROM generate_series(1, 3) AS n";
    database.sql(due).await;
    let name = stand.backup(&database);
    let (_, listed, _) = stand.qualify(&database, &["admin", "backups"]);
    assert!(listed.starts_with(&format!("{name}  made ")) && listed.lines().count() == 1, "{listed}");
    // What lies there is sealed: not even that it is a dump can be seen.
    let dumps = stand.files("dumps");
    let [dump] = &dumps[..] else { unreachable!("one backup") };
    assert!(!holds(dump, b"PGDMP") && !holds(dump, b"qualify backup") && !holds(dump, CANARY.as_bytes()));

    let begun = stand.files("gone");
    app.leads.erase(&owner, anna, Ground::Asked).await.unwrap();
    write_down(&system, &stand, &begun).await;
    let mut logs = stand.files("gone");
    logs.retain(|file| !begun.contains(file));
    let [log] = &logs[..] else { unreachable!("what went on one day") };
    assert!(!holds(log, anna.to_string().as_bytes()) && !holds(log, b"gone"));

    // The database is lost. The first tries find a backup that was cut short, and then a log that was.
    let lost = TestDatabase::empty().await;
    let (whole, whole_log) = (fs::read(dump).unwrap(), fs::read(log).unwrap());
    let away = stand.folder.path().join("away");
    let place = log.parent().unwrap();
    fs::rename(place, &away).unwrap();
    let (code, _, err) = stand.restore(&lost, &[&name]);
    assert!(code == Some(1) && err.contains("is not where [backups] says"), "{err}");
    fs::remove_dir_all(place).unwrap();
    fs::rename(&away, place).unwrap();
    fs::write(dump, &whole[..whole.len() / 2]).unwrap();
    let (code, _, err) = stand.restore(&lost, &[&name]);
    assert!(code == Some(1) && err.contains("the backup does not open"), "{err}");
    assert_ne!(stand.qualify(&lost, &["serve"]).0, Some(0), "nobody serves what is half there");
    fs::write(dump, &whole).unwrap();
    fs::write(log, &whole_log[..whole_log.len() - 1]).unwrap();
    let (code, _, err) = stand.restore(&lost, &[]);
    assert!(
        code == Some(1) && err.contains("restored and not settled") && err.contains("the log of what went"),
        "{err}"
    );
    assert!(lost.dump().await.to_lowercase().contains(CANARY), "she came back");
    for command in ["serve", "work"] {
        let (code, _, err) = stand.qualify(&lost, &[command]);
        assert!(code == Some(3) && err.contains("run `qualify admin restore` to its end"), "{command}: {err}");
    }
    let (_, out, _) = stand.qualify(&lost, &["check"]);
    assert!(out.contains("✗ a backup was restored into this database"), "{out}");
    let (code, _, err) = stand.restore(&lost, &["20200101T000000Z"]);
    assert!(code == Some(1) && err.contains(&format!("the backup {name} is being restored")), "{err}");

    fs::write(log, &whole_log).unwrap();
    let (code, out, err) = stand.restore(&lost, &[]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("gone again: leads 1, submissions 0, accounts 0, organizations 0"), "{out}");
    let there = lost.dump().await.to_lowercase();
    assert!(!there.contains(CANARY) && there.contains("bert@example.com"));
    let due = "SELECT count(*) FROM throttles WHERE expires_at < '2020-01-01'";
    assert_eq!((database.count(due).await, lost.count(due).await), (3, 0), "what was due is swept");
    assert_eq!(lost.count("SELECT count(*) FROM erasures").await, 1, "and it is proven");
    assert_eq!(lost.count("SELECT count(*) FROM tombstones WHERE what = 'lead'").await, 1);
    assert_eq!(lost.count("SELECT count(*) FROM sessions").await, 0, "nobody is signed in any more");
    let (_, out, _) = stand.qualify(&lost, &["check"]);
    assert!(out.contains("✓ the schema is the one this program knows"), "{out}");
    assert_eq!(rights(&lost).await, rights(&database).await, "as it would be if it were new");
    let (code, _, err) = stand.restore(&lost, &[&name]);
    assert!(code == Some(1) && err.contains("the database is not empty"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ret_17_a_backup_goes_after_14_days_and_one_that_stays_is_told() {
    let (stand, database) = (Stand::new(), TestDatabase::fresh().await);
    let now = SystemClock.now();
    let ago = |days: i64| -> Timestamp { now - SignedDuration::from_hours(24 * days) };
    let folder = stand.folder.path().join("backups/dumps");
    fs::create_dir_all(&folder).unwrap();
    let [due, lying] = [FileKey::made(ago(15), ago(1), 1), FileKey::made(ago(15), ago(-300), 2)];
    for key in [due, lying] {
        fs::write(folder.join(key.to_string()), "old").unwrap();
    }
    let (_, out, _) = stand.qualify(&database, &["check"]);
    assert!(out.contains("✗ backup_overdue 2: "), "one says that it may stay, and may not: {out}");
    let name = stand.backup(&database);
    assert!(!folder.join(due.to_string()).exists(), "it went");
    let (_, out, _) = stand.qualify(&database, &["check"]);
    assert!(out.contains("✗ backup_overdue 1: "), "{out}");
    fs::remove_file(folder.join(lying.to_string())).unwrap();
    let (_, out, _) = stand.qualify(&database, &["check"]);
    assert!(out.contains("✓ backup_overdue is 0; the newest backup was made "), "{out}");
    let key: FileKey = stand.files("dumps")[0].file_name().unwrap().to_str().unwrap().parse().unwrap();
    let kept = key.until().duration_since(key.made_at());
    assert!(kept <= SignedDuration::from_hours(14 * 24) && kept > SignedDuration::from_hours(14 * 24 - 1), "{name}");
    let (code, _, err) = stand.qualify_with(&database, &["admin", "backup"], &[("QUALIFY_BACKUPS_DAYS", "15")]);
    assert!(code == Some(2) && err.contains("backups.days"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_a_backup_is_told_with_the_way_out() {
    let (stand, database) = (Stand::new(), TestDatabase::fresh().await);
    let backup = ["admin", "backup"];
    let (code, _, err) = stand.qualify_with(&database, &backup, &[("QUALIFY_BACKUPS_URL", "")]);
    assert!(code == Some(2) && err.contains("`backups.url` is not set"), "{err}");
    let nowhere = stand.folder.path().display().to_string();
    let (code, _, err) = stand.qualify_with(&database, &backup, &[("QUALIFY_PG_BIN", &nowhere)]);
    assert!(code == Some(1) && err.contains("pg_dump was not found: install"), "{err}");
    let (code, _, err) = stand.qualify_with(&database, &backup, &[("QUALIFY_BACKUPS_URL", &database.app_url())]);
    assert!(code == Some(1) && err.contains("there is no backup: pg_dump failed: "), "{err}");
    assert_eq!(stand.files("dumps"), Vec::<PathBuf>::new(), "nothing is left of it");
    let empty = TestDatabase::empty().await;
    let (code, _, err) = stand.restore(&empty, &[]);
    assert!(code == Some(1) && err.contains("say which backup"), "{err}");
    let (code, _, err) = stand.restore(&empty, &["20200101T000000Z"]);
    assert!(code == Some(1) && err.contains("no backup is named 20200101T000000Z"), "{err}");
    let one = "019acf00-0000-7000-8000-000000000001";
    let (code, _, err) = stand.restore(&empty, &["--reopened", one, "--ended", one]);
    assert!(code == Some(1) && err.contains("it is said both") && err.contains(one), "{err}");
    let name = stand.backup(&database);
    let migrator = empty.migrator_url();
    let keys = [("QUALIFY_SECURITY_KEYS", OTHER_KEY), ("QUALIFY_DATABASE_MIGRATOR_URL", &*migrator)];
    let (code, _, err) = stand.qualify_with(&empty, &["admin", "restore", &name], &keys);
    assert!(code == Some(1) && err.contains("is the key with which it was sealed among security.keys"), "{err}");
    let mut somebody = PgConnection::connect_with(&empty.app()).await.unwrap();
    let (code, _, err) = stand.restore(&empty, &[&name]);
    assert!(code == Some(1) && err.contains("connected to the database (as qualify_app): stop"), "{err}");
    somebody.execute("SELECT 1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rls_4_the_role_of_backups_reads_everything_and_changes_nothing() {
    let (stand, database) = (Stand::new(), TestDatabase::fresh().await);
    let system = stand.system(&database);
    founded(&database, &system, &App::new(&system.ports)).await;
    let mut reader = PgConnection::connect(&database.backup_url()).await.unwrap();
    let forms: i64 = sqlx::query_scalar("SELECT count(*) FROM forms").fetch_one(&mut reader).await.unwrap();
    assert!(forms > 0, "row security does not bind it");
    for change in ["UPDATE forms SET version = version", "DELETE FROM forms", "CREATE TABLE public.mine (id int)"] {
        assert!(reader.execute(change).await.is_err(), "{change}");
    }
}
