//! Whether a database is fit to run on: for `qualify check`, and for the refusal to start on one that is not.

mod clock;

use std::fmt;

use sqlx::{PgPool, postgres::PgConnectOptions};

pub use self::clock::clocks;
use crate::{
    cluster::LOWEST_VERSION,
    migrate::{SchemaState, UNSETTLED, schema_state},
};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// As it should be.
    Fine,
    /// Worth a look.
    Doubtful,
    /// The program refuses to start.
    Refused,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// What was found, and what to do about it.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn finding(weight: Weight, text: impl Into<String>) -> Finding {
    Finding { weight, text: text.into() }
}

/// Looks at the server, the role, the schema and the settings. `durable` is false for tests and the like, where it is
/// fine to lose what was committed when the machine crashes.
///
/// # Errors
/// If the database cannot be reached.
pub async fn fitness(pool: &PgPool, durable: bool) -> Result<Vec<Finding>, sqlx::Error> {
    let mut findings = vec![version(pool).await?];
    findings.extend(role(pool).await?);
    findings.push(schema(&schema_state(pool).await?));
    findings.extend(durability(pool, durable).await?);
    findings.extend(silence(pool).await?);
    findings.push(encryption(pool).await?);
    Ok(findings)
}

async fn version(pool: &PgPool) -> Result<Finding, sqlx::Error> {
    let number: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(pool).await?;
    let major = number / 10_000;
    let fits = u32::try_from(major).is_ok_and(|major| major >= LOWEST_VERSION);
    Ok(if fits {
        finding(Weight::Fine, format!("PostgreSQL {major}"))
    } else {
        finding(Weight::Refused, format!("PostgreSQL {major} is too old: {LOWEST_VERSION} or newer is needed"))
    })
}

/// RLS-4: row security binds neither superusers nor BYPASSRLS, and an owner can take it off.
async fn role(pool: &PgPool) -> Result<Vec<Finding>, sqlx::Error> {
    let powers: Vec<(String, bool, bool, bool, bool)> = sqlx::query_as(
        "SELECT power.rolname::text, power.rolname = current_user, power.rolsuper, power.rolbypassrls,
            EXISTS (SELECT FROM pg_class WHERE relowner = power.oid AND relnamespace = 'public'::regnamespace)
        FROM pg_roles AS power
        WHERE pg_has_role(current_user, power.oid, 'MEMBER') ORDER BY power.rolname <> current_user, power.rolname",
    )
    .fetch_all(pool)
    .await?;
    let own = powers.first().map(|(name, ..)| name.clone()).unwrap_or_default();
    // A superuser counts as a member of every role: what it is itself says enough.
    let superuser = powers.first().is_some_and(|(_, _, superuser, ..)| *superuser);
    let telling = powers.iter().filter(|(_, itself, ..)| *itself || !superuser);
    let refusals = telling.flat_map(|(name, itself, superuser, bypasses, owns)| {
        let who =
            if *itself { format!("the role {own}") } else { format!("the role {own} is a member of {name}, which") };
        let faults = [
            (*superuser, "is a superuser, whom row security does not bind"),
            (*bypasses && !*superuser, "has BYPASSRLS, so row security does not bind it"),
            (*owns, "owns tables, so it could take row security off"),
        ];
        faults.into_iter().filter(|(is, _)| *is).map(move |(_, fault)| {
            finding(Weight::Refused, format!("{who} {fault}; log in as qualify_app (see `qualify admin roles`)"))
        })
    });
    let refusals: Vec<_> = refusals.collect();
    Ok(if refusals.is_empty() {
        vec![finding(Weight::Fine, format!("row security binds the role {own}"))]
    } else {
        refusals
    })
}

fn schema(state: &SchemaState) -> Finding {
    match state {
        SchemaState::Unsettled => finding(Weight::Refused, UNSETTLED),
        SchemaState::Current => finding(Weight::Fine, "the schema is the one this program knows"),
        SchemaState::Missing(names) => {
            finding(Weight::Refused, format!("migrations are missing ({}): run `qualify migrate`", names.join(", ")))
        }
        SchemaState::Half(name) => finding(
            Weight::Refused,
            format!("migration {name} was not finished, or is not the one this program knows: restore or repair it"),
        ),
        SchemaState::Newer(names) => finding(
            Weight::Refused,
            format!("the schema is newer than this program ({}): start the newer program", names.join(", ")),
        ),
    }
}

/// REL-10.
async fn durability(pool: &PgPool, needed: bool) -> Result<Vec<Finding>, sqlx::Error> {
    let off: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pg_settings
        WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name",
    )
    .fetch_all(pool)
    .await?;
    if off.is_empty() {
        return Ok(vec![finding(Weight::Fine, "what is committed survives a crash")]);
    }
    let weight = if needed { Weight::Refused } else { Weight::Doubtful };
    let lost =
        |name| finding(weight, format!("{name} is off: what was acknowledged can be lost in a crash; switch it on"));
    Ok(off.into_iter().map(lost).collect())
}

/// LOG-2.
async fn silence(pool: &PgPool) -> Result<Vec<Finding>, sqlx::Error> {
    let talking: Vec<(String, String)> = sqlx::query_as(
        "SELECT wanted.name, wanted.value FROM (VALUES
            ('log_error_verbosity', 'terse'), ('log_min_error_statement', 'panic'),
            ('log_parameter_max_length_on_error', '0'), ('log_statement', 'none')
        ) AS wanted (name, value)
        JOIN pg_settings USING (name) WHERE pg_settings.setting <> wanted.value ORDER BY wanted.name",
    )
    .fetch_all(pool)
    .await?;
    if talking.is_empty() {
        return Ok(vec![finding(Weight::Fine, "the server's log keeps no statements and no values")]);
    }
    let set = |(name, value)| {
        let text =
            format!("{name} is not {value}: personal data can reach the server's log; see `qualify admin roles`");
        finding(Weight::Doubtful, text)
    };
    Ok(talking.into_iter().map(set).collect())
}

async fn encryption(pool: &PgPool) -> Result<Finding, sqlx::Error> {
    let encrypted: bool =
        sqlx::query_scalar("SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)")
            .fetch_one(pool)
            .await?;
    Ok(if encrypted {
        finding(Weight::Fine, "the connection is encrypted")
    } else if is_local(&pool.connect_options()) {
        finding(Weight::Fine, "the connection does not leave this machine")
    } else {
        finding(
            Weight::Doubtful,
            "the connection leaves this machine unencrypted: add sslmode=verify-full to the address",
        )
    })
}

fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]")
}
