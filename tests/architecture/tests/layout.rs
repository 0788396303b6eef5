//! Names and lengths of files, declarations of packages, and the clock of the database.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use qualify_architecture::{
    clock, layout, manifests,
    tree::{File, files, root},
};

const NONE: &[String] = &[];

fn sources() -> Vec<File> {
    files(&root(), &[".rs", ".sql", ".js", ".mjs", ".html", ".css"]).unwrap()
}

fn members() -> Vec<File> {
    files(&root(), &["Cargo.toml"]).unwrap().into_iter().filter(|file| file.path != "Cargo.toml").collect()
}

#[test]
fn files_are_named_for_what_is_inside_and_hold_one_thing() {
    assert_eq!(layout::faults(&sources()), NONE);
}

#[test]
fn a_badly_named_or_overlong_file_is_reported() {
    let long = "\n".repeat(layout::LINES + 1);
    for (path, text) in [
        ("domain/src/lead/mod.rs", ""),
        ("domain/src/utils.rs", ""),
        ("adapters/http/src/helpers/dates.rs", ""),
        ("app/usecases/src/manager.rs", ""),
        ("domain/src/lead.rs", long.as_str()),
        ("migrations/1_make_leads.sql", ""),
        ("migrations/0001_leads.sql", ""),
        ("migrations/0001_Make-Leads.sql", ""),
        ("migrations/0001_make_leads.txt", ""),
    ] {
        assert_eq!(layout::faults(&[File::new(path, text)]).len(), 1, "{path}");
    }
}

#[test]
fn every_migration_has_a_number_of_its_own() {
    assert_eq!(layout::numbering_faults(&sources()), NONE);
    let gap = [File::new("migrations/0001_make_leads.sql", ""), File::new("migrations/0003_add_owner.sql", "")];
    assert_eq!(layout::numbering_faults(&gap), NONE);
    let double = [File::new("migrations/0001_make_leads.sql", ""), File::new("migrations/0001_add_owner.sql", "")];
    assert_eq!(layout::numbering_faults(&double), ["two migrations are number 0001"]);
}

#[test]
fn every_version_and_every_lint_is_written_once() {
    assert_eq!(manifests::faults(&members()), NONE);
}

#[test]
fn a_package_that_goes_its_own_way_is_reported() {
    let own =
        "[package]\nname = \"mail\"\n[dependencies]\nserde = \"1\"\n[dev-dependencies]\ninsta = { version = \"1\" }\n";
    let faults = manifests::faults(&[File::new("adapters/smtp/Cargo.toml", own)]);
    assert_eq!(
        faults,
        [
            "adapters/smtp/Cargo.toml: the package is to be called qualify-smtp",
            "adapters/smtp/Cargo.toml: the lints of the workspace are not taken over",
            "adapters/smtp/Cargo.toml: the version of serde belongs in the root manifest",
            "adapters/smtp/Cargo.toml: the version of insta belongs in the root manifest",
        ]
    );
}

/// All that runs in production; test sources quote what they forbid.
fn production() -> Vec<File> {
    sources().into_iter().filter(|file| !file.path.starts_with("tests/") && !file.path.contains("/tests/")).collect()
}

#[test]
fn clk_1_no_query_asks_the_database_what_time_it_is() {
    let production = production();
    assert!(production.iter().any(|file| file.path.starts_with("adapters/postgres/src/")));
    assert_eq!(clock::faults(&production), NONE);
}

#[test]
fn clk_1_a_query_that_asks_the_database_what_time_it_is_is_reported() {
    for line in [
        "UPDATE leads SET seen_at = now()",
        "WHERE due_at < CURRENT_TIMESTAMP",
        "SELECT clock_timestamp() - $1",
        "VALUES ($1, pg_catalog.now())",
        "DELETE FROM sessions WHERE day < current_date;",
    ] {
        assert_eq!(clock::faults(&[File::new("migrations/0001_make_leads.sql", line)]).len(), 1, "{line}");
        let rust = format!("sqlx::query!(\"{line}\")");
        assert_eq!(clock::faults(&[File::new("adapters/postgres/src/leads.rs", &rust)]).len(), 1, "{line}");
    }
}

#[test]
fn a_column_default_and_our_own_clock_are_no_fault() {
    let sql = "recorded_at timestamptz NOT NULL DEFAULT now(), -- not now() in queries\n  local_timestamps int";
    let rust = "let now = self.clock.now();\nfn now() -> Timestamp\nTimestamp::now()\nlet current_times = 1;";
    let both = [File::new("migrations/0001_make_leads.sql", sql), File::new("adapters/postgres/src/leads.rs", rust)];
    assert_eq!(clock::faults(&both), NONE);
}
