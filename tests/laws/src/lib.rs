//! The laws of the ports: what every adapter must do, whatever its technology.
//!
//! A law is a sentence and an async function; together they are the port's specification. An adapter runs them all in
//! its `tests/laws.rs` with one line, given a *rig*: the adapter together with the real other end of it.
//!
//! ```ignore
//! // adapters/<name>/tests/laws.rs
//! qualify_laws::mailer_laws!(Rig::new());            // a rig for each test, awaited
//! qualify_laws::spam_check_laws!(async { SpamRig { check, answer } });
//! qualify_laws::scorer_laws!(async { ScorerRig { scorer } });
//! qualify_laws::files_laws!(async { Rig::new() });
//! qualify_laws::billing_laws!(Rig::new());        // or unbilled_laws!, where nobody pays
//! qualify_laws::storage_laws!(qualify_postgres::testing::rig());
//! ```
//!
//! The crate that uses a macro needs `tokio` with `macros` and `rt` among its dev-dependencies.

// A law tells that it is broken by panicking, as tests do.
#![expect(clippy::expect_used, clippy::panic, clippy::missing_panics_doc, reason = "laws are bodies of tests")]

pub mod billing;
pub mod files;
pub mod hooks;
pub mod mailer;
pub mod scorer;
pub mod spam;
pub mod storage;
pub mod till;

/// One test for each named law of a module of this crate.
#[doc(hidden)]
#[macro_export]
macro_rules! laws {
    ($port:ident, $rig:expr => $($law:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $law() {
            let rig = $rig.await;
            $crate::$port::$law(&rig).await;
        }
    )+};
}
