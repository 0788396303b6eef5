//! The log: one line per event on standard error, as text or JSON.
//!
//! Only the fields of a list are written (LOG-1): a field that nobody has thought about cannot carry a person's data
//! into a log. Other people's crates are heard from `warn` on only, and with the same list.

mod fields;
mod line;

use std::{
    io,
    panic::{self, PanicHookInfo},
    sync::Mutex,
};

use qualify_ports::{
    plugin::{BuildError, Settings},
    time::Clock,
};
use qualify_system::SystemClock;
use tracing::{Event, Level, Metadata, Subscriber, level_filters::LevelFilter, span};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Scope},
};

use self::{fields::Fields, line::Format};

/// Writes to standard error from now on, as the section `log` says. Later calls change nothing.
///
/// # Errors
/// [`BuildError`] if a value does not fit.
pub fn start(settings: &Settings) -> Result<(), BuildError> {
    let level: LevelFilter = settings.get("level")?;
    let format = if settings.get::<String>("format")? == "json" { Format::Json } else { Format::Text };
    let log = Log { level, format, out: Mutex::new(io::stderr()) };
    if tracing::subscriber::set_global_default(Registry::default().with(log)).is_ok() {
        panic::set_hook(Box::new(tell_of));
    }
    Ok(())
}

/// LOG-4: says where, not what; the message of a panic may quote anything.
fn tell_of(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "a panic was caught");
}

struct Log<W> {
    level: LevelFilter,
    format: Format,
    out: Mutex<W>,
}

impl<W> Log<W> {
    fn hears(&self, metadata: &Metadata<'_>) -> bool {
        let ours = metadata.target().starts_with("qualify");
        // PostgreSQL's notices and the slow statements of its driver may quote rows.
        let quotes_rows = metadata.target().starts_with("sqlx");
        let level = if ours { self.level } else { self.level.min(LevelFilter::WARN) };
        *metadata.level() <= level && !quotes_rows
    }
}

impl<S, W> Layer<S> for Log<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: io::Write + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.hears(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level.max(LevelFilter::from_level(Level::WARN)))
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut spans = Vec::new();
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            let fields = span.extensions().get::<Fields>().cloned().unwrap_or_default();
            spans.push((span.name(), fields));
        }
        let line = self.format.line(SystemClock.now(), event.metadata(), &spans, &fields);
        if let Ok(mut out) = self.out.lock() {
            let _ = writeln!(out, "{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use qualify_domain::text::Email;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Format, level: LevelFilter, act: impl FnOnce()) -> String {
        let kept = Kept::default();
        let log = Log { level, format, out: Mutex::new(kept.clone()) };
        tracing::subscriber::with_default(Registry::default().with(log), act);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn dat_5_nothing_that_stands_on_a_card_is_written() {
        let text = logged(Format::Json, LevelFilter::INFO, || {
            tracing::info!(card = "4242424242424242", card_brand = "visa", card_last_four = "4242", "paid");
        });
        assert!(text.contains("paid") && !text.contains("4242") && !text.contains("visa"), "{text}");
    }

    #[test]
    fn log_1_only_listed_fields_are_written() {
        let email = Email::parse("anna@example.com").unwrap();
        for format in [Format::Text, Format::Json] {
            let line = logged(format, LevelFilter::INFO, || {
                let span = tracing::info_span!("reaction", id = 7, recipient = "anna@example.com");
                span.in_scope(|| tracing::info!(attempt = 2, body = "anna", email = %email, "tried"));
            });
            assert!(line.contains("tried") && line.contains("reaction"), "{line}");
            assert!(line.contains("attempt") && line.contains("id"), "{line}");
            assert!(!line.contains("anna"), "{line}");
        }
    }

    #[test]
    fn a_json_line_can_be_read_again() {
        let line = logged(Format::Json, LevelFilter::INFO, || {
            let io = io::Error::other("line\n\"two\"");
            tracing::info_span!("serve", route = "/f/{id}").in_scope(|| {
                tracing::warn!(error = &io as &dyn std::error::Error, status = 503, "it \"broke\"");
            });
        });
        let read: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
        assert_eq!(read["level"], "WARN");
        assert_eq!(read["message"], "it \"broke\"");
        assert_eq!(read["status"], 503);
        assert_eq!(read["error"], "line\n\"two\"");
        assert_eq!(read["spans"][0]["route"], "/f/{id}");
    }

    #[test]
    fn a_text_line_is_one_line() {
        let line = logged(Format::Text, LevelFilter::INFO, || tracing::info!(reason = "a\nb", "c\nd"));
        assert_eq!(line.lines().count(), 1, "{line}");
    }

    #[test]
    fn log_2_a_driver_says_nothing_and_other_crates_only_what_matters() {
        let lines = logged(Format::Text, LevelFilter::TRACE, || {
            tracing::error!(target: "sqlx::query", "INSERT INTO leads");
            tracing::info!(target: "hyper::proto", "chatter");
            tracing::warn!(target: "hyper::proto", "trouble");
            tracing::trace!(target: "qualify_usecases", "ours");
        });
        assert!(lines.contains("trouble") && lines.contains("ours"), "{lines}");
        assert!(!lines.contains("INSERT") && !lines.contains("chatter"), "{lines}");
    }

    #[test]
    fn log_4_a_panic_is_logged_by_its_place_alone() {
        let usual = panic::take_hook();
        let line = logged(Format::Text, LevelFilter::INFO, || {
            panic::set_hook(Box::new(tell_of));
            assert!(panic::catch_unwind(|| panic!("anna@example.com")).is_err());
        });
        panic::set_hook(usual);
        assert!(line.contains("a panic was caught") && line.contains("log.rs"), "{line}");
        assert!(!line.contains("anna"), "{line}");
    }
}
