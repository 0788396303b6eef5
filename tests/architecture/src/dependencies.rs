//! Arrows point inwards: who may see whom.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata};

/// What a package may use of what is not ours.
pub enum Outside {
    /// Anything, short of what [`ONLY_IN`] keeps to one place.
    Any,
    /// These crates and no others.
    Only(&'static [&'static str]),
}

/// A package's allowances: its name, the packages of the house it may see, the crates from outside.
pub type Row = (&'static str, &'static [&'static str], Outside);

use Outside::{Any, Only};

const DOMAIN: &[&str] = &["qualify-domain"];
const DRIVEN: &[&str] = &["qualify-domain", "qualify-ports"];
/// What hands over e-mails shares how they are written.
const DRIVEN_BY_EMAIL: &[&str] = &["qualify-domain", "qualify-ports", "qualify-email"];
const DRIVING: &[&str] = &["qualify-domain", "qualify-ports", "qualify-usecases"];
const ALL: &[&str] = &[
    "qualify-domain",
    "qualify-ports",
    "qualify-usecases",
    "qualify-http",
    "qualify-postgres",
    "qualify-smtp",
    "qualify-maildir",
    "qualify-folder",
    "qualify-s3",
    "qualify-webhook",
    "qualify-lemonsqueezy",
    "qualify-unbilled",
    "qualify-crypto",
    "qualify-webauthn",
    "qualify-system",
    "qualify-honeypot",
    "qualify-form-token",
    "qualify-proof-of-work",
    "qualify-rules",
    // Where the demo pays.
    "qualify-fake-provider",
];
const WHOLE_STACK: &[&str] = &[
    "qualify-domain",
    "qualify-ports",
    "qualify-usecases",
    "qualify-http",
    "qualify-postgres",
    "qualify-smtp",
    "qualify-maildir",
    "qualify-folder",
    "qualify-s3",
    "qualify-webhook",
    "qualify-lemonsqueezy",
    "qualify-unbilled",
    "qualify-crypto",
    "qualify-webauthn",
    "qualify-system",
    "qualify-honeypot",
    "qualify-form-token",
    "qualify-proof-of-work",
    "qualify-rules",
    "qualify-laws",
    "qualify-server",
    "qualify-fake-provider",
];

/// Values and their parsing: no input or output, no runtime, no framework.
const VALUES: &[&str] =
    &["email_address", "jiff", "phonenumber", "serde", "thiserror", "unicode-normalization", "url", "uuid", "zxcvbn"];
/// What a trait's signature needs beyond values.
const SIGNATURES: &[&str] = &[
    "async-trait",
    "futures",
    "jiff",
    "mockall",
    "secrecy",
    "serde",
    "serde_json",
    "thiserror",
    "toml",
    "url",
    "uuid",
];
/// What it takes to follow a use case: no database, no web, no mail.
const FLOW: &[&str] = &[
    "askama",
    "async-trait",
    "encoding_rs",
    "futures",
    "jiff",
    "moka",
    "secrecy",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "tokio",
    "tokio-util",
    "tracing",
    "url",
    "uuid",
    "zip",
];

/// What each package may use to be built. A package without a row is a fault, and so is a row without a package.
pub const TABLE: &[Row] = &[
    ("qualify-domain", &[], Only(VALUES)),
    ("qualify-ports", DOMAIN, Only(SIGNATURES)),
    ("qualify-usecases", DRIVEN, Only(FLOW)),
    ("qualify-http", DRIVING, Any),
    ("qualify-postgres", DRIVEN, Any),
    ("qualify-email", DRIVEN, Any),
    ("qualify-smtp", DRIVEN_BY_EMAIL, Any),
    ("qualify-maildir", DRIVEN_BY_EMAIL, Any),
    ("qualify-folder", DRIVEN, Any),
    ("qualify-s3", DRIVEN, Any),
    ("qualify-webhook", DRIVEN, Any),
    ("qualify-lemonsqueezy", DRIVEN, Any),
    ("qualify-unbilled", DRIVEN, Any),
    ("qualify-crypto", DRIVEN, Any),
    ("qualify-webauthn", DRIVEN, Any),
    ("qualify-system", DRIVEN, Any),
    ("qualify-honeypot", DRIVEN, Any),
    ("qualify-form-token", DRIVEN, Any),
    ("qualify-proof-of-work", DRIVEN, Any),
    ("qualify-rules", DRIVEN, Any),
    ("qualify-server", ALL, Any),
    ("qualify-laws", DRIVEN, Any),
    ("qualify-fake-provider", &[], Any),
    ("qualify-example-mailer", DRIVEN_BY_EMAIL, Any),
    ("qualify-integration", WHOLE_STACK, Any),
    ("qualify-bench", WHOLE_STACK, Any),
    ("qualify-architecture", &[], Any),
];

/// What tests of a package may see of the house beyond its row; the laws may be seen by all.
pub const TESTS: &[(&str, &[&str])] = &[
    ("qualify-postgres", &["qualify-postgres"]),
    ("qualify-lemonsqueezy", &["qualify-fake-provider"]),
    (
        "qualify-usecases",
        &[
            "qualify-postgres",
            "qualify-crypto",
            "qualify-webauthn",
            "qualify-system",
            "qualify-honeypot",
            "qualify-form-token",
            "qualify-proof-of-work",
            "qualify-rules",
            "qualify-unbilled",
            "qualify-lemonsqueezy",
            "qualify-fake-provider",
        ],
    ),
    (
        "qualify-http",
        &[
            "qualify-postgres",
            "qualify-crypto",
            "qualify-webauthn",
            "qualify-system",
            "qualify-honeypot",
            "qualify-form-token",
            "qualify-rules",
            "qualify-unbilled",
            "qualify-maildir",
            "qualify-lemonsqueezy",
            "qualify-fake-provider",
        ],
    ),
];

/// Crates that have one home, and the packages that are that home.
pub const ONLY_IN: &[(&str, &[&str])] = &[
    ("altcha", &["qualify-proof-of-work"]),
    ("sqlx", &["qualify-postgres", "qualify-integration", "qualify-bench"]),
    ("ipnetwork", &["qualify-postgres"]),
    ("time", &["qualify-postgres"]),
    ("axum", &["qualify-http", "qualify-bench"]),
    ("axum-extra", &["qualify-http"]),
    ("tower-http", &["qualify-http"]),
    ("lettre", &["qualify-email", "qualify-smtp", "qualify-maildir"]),
    ("tokio-rustls", &["qualify-s3", "qualify-webhook", "qualify-lemonsqueezy"]),
    ("webpki-roots", &["qualify-s3", "qualify-webhook", "qualify-lemonsqueezy"]),
    ("bcrypt", &["qualify-crypto"]),
    ("jsonwebtoken", &["qualify-crypto"]),
    ("ed25519-dalek", &["qualify-crypto", "qualify-integration"]),
    ("clap", &["qualify-server"]),
    ("hickory-resolver", &["qualify-server"]),
    ("rsa", &["qualify-server"]),
    ("fake", &["qualify-server"]),
    ("similar", &["qualify-http"]),
];

/// One package that uses another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who uses.
    pub from: String,
    /// What is used.
    pub to: String,
    /// Whether only tests and benches use it.
    pub in_tests: bool,
}

impl Edge {
    /// Makes an edge of what is built into the product.
    pub fn new(from: &str, to: &str) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), in_tests: false }
    }

    /// Makes an edge of what only tests use.
    pub fn in_tests(from: &str, to: &str) -> Self {
        Self { in_tests: true, ..Self::new(from, to) }
    }
}

/// Lists what the manifests of the workspace declare.
pub fn edges(metadata: &Metadata) -> Vec<Edge> {
    let packages = metadata.workspace_packages().into_iter();
    let declared = packages.flat_map(|package| {
        package.dependencies.iter().map(|dependency| Edge {
            from: package.name.to_string(),
            to: dependency.name.clone(),
            in_tests: dependency.kind == DependencyKind::Development,
        })
    });
    declared.collect()
}

/// Names every package that has no row and every row that has no package.
pub fn unlisted(packages: &[&str], table: &[Row]) -> Vec<String> {
    let packages: BTreeSet<&str> = packages.iter().copied().collect();
    let rows: BTreeSet<&str> = table.iter().map(|row| row.0).collect();
    let without_row = packages.difference(&rows).map(|name| format!("{name} has no row in the table"));
    let without_package = rows.difference(&packages).map(|name| format!("the row {name} has no package"));
    without_row.chain(without_package).collect()
}

/// Names every edge that the table forbids.
pub fn forbidden(edges: &[Edge], table: &[Row]) -> Vec<String> {
    edges.iter().filter_map(|edge| fault(edge, table)).collect()
}

fn fault(edge: &Edge, table: &[Row]) -> Option<String> {
    let (_, house, outside) = table.iter().find(|row| row.0 == edge.from)?;
    let allowed = if edge.to.starts_with("qualify-") {
        house.contains(&edge.to.as_str()) || (edge.in_tests && tests_may_see(edge))
    } else {
        edge.in_tests || (at_home(edge) && within(outside, &edge.to))
    };
    (!allowed).then(|| format!("{} must not use {}", edge.from, edge.to))
}

fn tests_may_see(edge: &Edge) -> bool {
    edge.to == "qualify-laws" || TESTS.iter().any(|(from, seen)| *from == edge.from && seen.contains(&edge.to.as_str()))
}

fn at_home(edge: &Edge) -> bool {
    let home = ONLY_IN.iter().find(|(name, _)| *name == edge.to);
    home.is_none_or(|(_, packages)| packages.contains(&edge.from.as_str()))
}

fn within(outside: &Outside, name: &str) -> bool {
    match outside {
        Any => true,
        Only(names) => names.contains(&name),
    }
}
