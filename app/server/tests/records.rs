//! The register of the operator, as a shell sees it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

use qualify_postgres::testing::TestDatabase;

fn records(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
    command.args(["admin", "records"]).args(arguments).current_dir(folder.path()).env_clear();
    command.env("QUALIFY_DATABASE_URL", database.app_url()).env("QUALIFY_HTTP_BASE_URL", "https://crm.example.com");
    command.env("QUALIFY_CONTROLLER_NAME", "Keeper").env("QUALIFY_CONTROLLER_ADDRESS", "1 Test Street");
    command.env("QUALIFY_CONTROLLER_PRIVACY_CONTACT", "privacy@keeper.example");
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn prv_7_the_register_is_printed_to_read_and_for_programs() {
    let database = TestDatabase::fresh().await;
    let (code, out, err) = records(&database, &[]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("processor\n  Keeper\n  1 Test Street\n  privacy@keeper.example\n"), "{out}");
    assert!(out.contains("network addresses of submissions: taken out 30 days after they came"), "{out}");
    let (code, out, err) = records(&database, &["--json"]);
    assert_eq!(code, Some(0), "{err}");
    let read: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(read["controllers"], serde_json::json!([]));
    assert!(read["measures"].as_array().unwrap().len() > 5, "{out}");
}
