use std::{error::Error, fmt, fmt::Write};

use serde_json::Value;
use tracing::field::{Field, Visit};

/// What may be written about an event or span, besides its message: names, numbers, states and ids, never what
/// somebody typed.
const ALLOWED: &[&str] = &[
    "adapter",
    "address",
    "attempt",
    "cause",
    "code",
    "connections",
    "correlation",
    "count",
    "error",
    "event",
    "form",
    "id",
    "key",
    "kind",
    "language",
    "lead",
    "method",
    "milliseconds",
    "organization",
    "permission",
    "place",
    "reason",
    "route",
    "session",
    "signal",
    "state",
    "status",
    "submission",
    "task",
    "user",
    "version",
];

const MESSAGE: &str = "message";

/// The message and the fields that may be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub message: String,
    pub values: Vec<(&'static str, Value)>,
}

impl Fields {
    fn keep(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        if ALLOWED.contains(&field.name()) {
            self.values.retain(|(name, _)| *name != field.name());
            self.values.push((field.name(), value()));
        }
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, || value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, || value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, || value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, || value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == MESSAGE {
            value.clone_into(&mut self.message);
        }
        self.keep(field, || value.into());
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        self.keep(field, || {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                let _ = write!(text, ": {error}");
                cause = error.source();
            }
            text.into()
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == MESSAGE {
            self.message = format!("{value:?}");
        }
        self.keep(field, || format!("{value:?}").into());
    }
}
