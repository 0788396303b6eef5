//! A private cluster keeps its data, its peace and its place.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use qualify_postgres::{APP, ClusterError, ClusterOptions, PrivateCluster, SUPERUSER};
use sqlx::{Connection, Executor, PgConnection};

async fn start(folder: &Path) -> Result<PrivateCluster, ClusterError> {
    PrivateCluster::start(ClusterOptions { data_dir: folder.to_path_buf(), durable: true }).await
}

async fn value(cluster: &PrivateCluster, role: &str, setting: &'static str) -> String {
    let mut connection = PgConnection::connect_with(&cluster.connection("postgres", role)).await.unwrap();
    sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(&mut connection).await.unwrap()
}

fn is_alive(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

#[tokio::test]
async fn a_second_start_resumes_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = start(folder.path()).await.unwrap();
    let mut connection = PgConnection::connect_with(&cluster.connection("postgres", SUPERUSER)).await.unwrap();
    connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)").await.unwrap();
    assert!(cluster.stop().unwrap().success(), "it ends in order, even with a connection open");
    let cluster = start(folder.path()).await.unwrap();
    let mut connection = PgConnection::connect_with(&cluster.connection("postgres", SUPERUSER)).await.unwrap();
    let kept: i32 = sqlx::query_scalar("SELECT n FROM kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(kept, 7);
}

#[tokio::test]
async fn it_listens_in_a_private_folder_only_and_keeps_what_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = start(folder.path()).await.unwrap();
    assert_eq!(value(&cluster, SUPERUSER, "listen_addresses").await, "");
    for part in ["postgresql", "socket"] {
        let mode = fs::metadata(folder.path().join(part)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{part}");
    }
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        assert_eq!(value(&cluster, SUPERUSER, setting).await, "on", "{setting}");
    }
}

#[tokio::test]
async fn log_2_neither_the_clusters_log_nor_that_of_the_runtime_role_keeps_statements() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = start(folder.path()).await.unwrap();
    cluster.database("qualify").await.unwrap();
    for role in [SUPERUSER, APP] {
        let database = if role == APP { "qualify" } else { "postgres" };
        let mut connection = PgConnection::connect_with(&cluster.connection(database, role)).await.unwrap();
        connection.execute("SELECT 'canary-7411' / 0").await.unwrap_err();
        for (setting, wanted) in [
            ("log_error_verbosity", "terse"),
            ("log_min_error_statement", "panic"),
            ("log_parameter_max_length_on_error", "0"),
        ] {
            let is: String = sqlx::query_scalar("SELECT current_setting($1)")
                .bind(setting)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(is, wanted, "{setting} of {role}");
        }
    }
    drop(cluster);
    let log = fs::read_to_string(folder.path().join("postgresql.log")).unwrap();
    assert!(log.contains("database system is ready"), "{log}");
    assert!(!log.contains("STATEMENT"), "{log}");
}

#[tokio::test]
async fn two_processes_cannot_run_on_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let _first = start(folder.path()).await.unwrap();
    assert!(matches!(start(folder.path()).await, Err(ClusterError::InUse(_))));
}

#[tokio::test]
async fn dropping_it_ends_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = start(folder.path()).await.unwrap();
    let pid = cluster.pid();
    assert!(is_alive(pid));
    drop(cluster);
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn a_long_path_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a".repeat(60)).join("b".repeat(60));
    fs::create_dir_all(&deep).unwrap();
    for part in [deep.parent().unwrap(), folder.path()] {
        fs::set_permissions(part, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let cluster = start(&deep).await.unwrap();
    assert_eq!(value(&cluster, SUPERUSER, "server_encoding").await, "UTF8");
}

#[tokio::test]
async fn a_half_made_folder_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("postgresql.new")).unwrap();
    fs::write(folder.path().join("postgresql.new/PG_VERSION"), "15").unwrap();
    start(folder.path()).await.unwrap();
}

/// Plays the program that is killed: starts a cluster in the folder and waits. Run by the test below, in a process of
/// its own.
#[tokio::test]
#[ignore = "started by the_server_ends_when_its_program_is_killed"]
async fn a_program_with_a_cluster() {
    let folder = std::env::var("CLUSTER_FOLDER").unwrap();
    let cluster = start(Path::new(&folder)).await.unwrap();
    fs::write(Path::new(&folder).join("pid"), cluster.pid().to_string()).unwrap();
    thread::sleep(Duration::from_mins(1));
}

#[tokio::test]
async fn the_server_ends_when_its_program_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cluster::a_program_with_a_cluster", "--ignored"])
        .env("CLUSTER_FOLDER", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    let pid = loop {
        match fs::read_to_string(folder.path().join("pid")).ok().and_then(|pid| pid.parse().ok()) {
            Some(pid) => break pid,
            None => assert!(begin.elapsed() < Duration::from_secs(30), "the program starts its cluster"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert!(is_alive(pid));
    program.kill().unwrap();
    program.wait().unwrap();
    let begin = Instant::now();
    while is_alive(pid) {
        assert!(begin.elapsed() < Duration::from_secs(10), "the server ends");
        thread::sleep(Duration::from_millis(20));
    }
    let log = fs::read_to_string(folder.path().join("postgresql.log")).unwrap();
    assert!(log.contains("database system is shut down"), "in order: {log}");
}
