//! Arrows point inwards, and the test would notice if one did not.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use cargo_metadata::{Metadata, MetadataCommand};
use qualify_architecture::{
    dependencies::{Edge, ONLY_IN, TABLE, edges, forbidden, unlisted},
    tree::root,
};

fn workspace() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps().other_options(["--offline".to_owned()]);
    command.exec().unwrap()
}

#[test]
fn every_arrow_is_allowed_by_the_table() {
    assert_eq!(forbidden(&edges(&workspace()), TABLE), Vec::<String>::new());
}

#[test]
fn every_package_has_its_row_and_every_row_its_package() {
    let workspace = workspace();
    let names: Vec<&str> = workspace.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    assert_eq!(unlisted(&names, TABLE), Vec::<String>::new());
}

#[test]
fn the_arrows_that_are_there_are_seen() {
    let edges = edges(&workspace());
    for seen in [
        Edge::new("qualify-ports", "qualify-domain"),
        Edge::new("qualify-http", "qualify-usecases"),
        Edge::new("qualify-postgres", "sqlx"),
        Edge::in_tests("qualify-domain", "proptest"),
    ] {
        assert!(edges.contains(&seen), "{seen:?}");
    }
}

#[test]
fn each_kind_of_forbidden_arrow_is_reported() {
    for (from, to) in [
        ("qualify-domain", "qualify-ports"),
        ("qualify-domain", "tokio"),
        ("qualify-ports", "qualify-usecases"),
        ("qualify-ports", "sqlx"),
        ("qualify-usecases", "qualify-postgres"),
        ("qualify-usecases", "axum"),
        ("qualify-http", "sqlx"),
        ("qualify-http", "qualify-postgres"),
        ("qualify-postgres", "qualify-usecases"),
        ("qualify-smtp", "qualify-maildir"),
        ("qualify-server", "sqlx"),
        ("qualify-server", "qualify-laws"),
    ] {
        let mut with_one_too_many = edges(&workspace());
        with_one_too_many.push(Edge::new(from, to));
        assert_eq!(forbidden(&with_one_too_many, TABLE), [format!("{from} must not use {to}")]);
    }
}

#[test]
fn tests_see_more_than_what_they_test_but_not_everything() {
    let laws = Edge::in_tests("qualify-smtp", "qualify-laws");
    assert_eq!(forbidden(&[laws], TABLE), Vec::<String>::new());
    let upwards = Edge::in_tests("qualify-domain", "qualify-postgres");
    assert_eq!(forbidden(&[upwards], TABLE), ["qualify-domain must not use qualify-postgres"]);
}

#[test]
fn a_package_without_a_row_and_a_row_without_a_package_are_reported() {
    let names: Vec<&str> =
        TABLE.iter().map(|row| row.0).filter(|name| *name != "qualify-laws").chain(["qualify-new"]).collect();
    assert_eq!(unlisted(&names, TABLE), ["qualify-new has no row in the table", "the row qualify-laws has no package"]);
}

#[test]
fn every_crate_with_one_home_is_refused_elsewhere() {
    for (name, homes) in ONLY_IN {
        for (package, ..) in TABLE.iter().filter(|row| !homes.contains(&row.0)) {
            assert_eq!(forbidden(&[Edge::new(package, name)], TABLE).len(), 1, "{package} uses {name}");
        }
    }
}
