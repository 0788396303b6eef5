//! What the program says to whoever started it: results on standard output, all else on standard error.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Says a result.
pub fn line(text: impl Display) {
    // Whoever closed the pipe wants no more.
    let _ = writeln!(io::stdout(), "{text}");
}

/// Says something that is no result: why something failed, or what is being done.
pub fn aside(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
