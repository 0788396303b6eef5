use std::fmt::Write;

use qualify_ports::plugin::{Key, Kind};

use super::{
    section::{Section, all},
    subprocessors::EXAMPLE,
};

const WIDTH: usize = 110;

/// A whole configuration file: every key with its meaning, its variable and its default.
pub fn print() -> String {
    let mut page = String::from(
        "# The configuration of Qualify CRM.\n\
         #\n\
         # Each key can also be set by the environment variable beside it, which wins over this file; the variable with\n\
         # `_FILE` at its end names a file that holds the value. What must be set stands here with a `#` before it.\n",
    );
    for section in all() {
        print_section(&mut page, &section);
    }
    page.push_str(EXAMPLE);
    page
}

fn print_section(page: &mut String, section: &Section) {
    if section.keys.iter().all(|key| key.kind == Kind::Derived) {
        return;
    }
    let about = match section.chosen_by {
        Some(chooser) => {
            format!("Settings of `{}`; they matter where {}.{} names it.", section.name, chooser.section, chooser.key)
        }
        None => section.about.to_owned(),
    };
    page.push('\n');
    comment(page, &about);
    line(page, &format!("[{}]", section.name));
    for key in section.keys.iter().filter(|key| key.kind != Kind::Derived) {
        page.push('\n');
        comment(page, key.about);
        comment(page, &format!("{}. {}", sentence(key.kind), section.variable(key.name)));
        match key.default {
            Some(default) => line(page, &format!("{} = {}", key.name, value(key, default))),
            None => line(page, &format!("#{} = \"\"  # must be set", key.name)),
        }
    }
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

/// Numbers and flags as TOML has them, all else as text.
fn value(key: &Key, text: &str) -> String {
    match key.kind {
        Kind::Number(..) | Kind::Flag => text.to_owned(),
        _ => toml::Value::String(text.to_owned()).to_string(),
    }
}

fn sentence(kind: Kind) -> String {
    let mut words = kind.to_string();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn comment(page: &mut String, text: &str) {
    let mut length = WIDTH;
    for word in text.split_whitespace() {
        if length + 1 + word.chars().count() > WIDTH {
            let _ = write!(page, "{}#", if page.ends_with('\n') { "" } else { "\n" });
            length = 1;
        }
        let _ = write!(page, " {word}");
        length += 1 + word.chars().count();
    }
    page.push('\n');
}
