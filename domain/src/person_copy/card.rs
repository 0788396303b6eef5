//! A person as a vCard 4.0 (RFC 6350).

use std::fmt::Write;

/// So many octets a line has at most, without its end.
const LINE: usize = 75;

/// What a card says of a person. What is empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Their whole name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their number.
    pub phone: String,
    /// Where they work.
    pub company: String,
}

impl Card {
    /// The card, with the end of its last line.
    pub fn text(&self) -> String {
        let mut text = String::from("BEGIN:VCARD\r\nVERSION:4.0\r\n");
        // Every card has a name (section 6.2.1).
        let name = [&self.name, &self.email, &self.phone].into_iter().find(|name| !name.is_empty());
        text.push_str(&folded(&format!("FN:{}", escaped(name.map_or("", String::as_str)))));
        for (property, value) in [("EMAIL", &self.email), ("TEL", &self.phone), ("ORG", &self.company)] {
            if !value.is_empty() {
                text.push_str(&folded(&format!("{property}:{}", escaped(value))));
            }
        }
        text.push_str("END:VCARD\r\n");
        text
    }
}

/// A value in which nothing means anything to the format.
fn escaped(value: &str) -> String {
    let value = value.replace("\r\n", "\n").replace('\r', "\n");
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\n' => text.push_str("\\n"),
            '\\' | ',' | ';' => {
                let _ = write!(text, "\\{character}");
            }
            other => text.push(other),
        }
    }
    text
}

/// A line with its end, in pieces that are short enough; no character is cut in two.
fn folded(line: &str) -> String {
    let (mut text, mut used) = (String::with_capacity(line.len() + 2), 0);
    for character in line.chars() {
        if used + character.len_utf8() > LINE {
            text.push_str("\r\n ");
            used = 1;
        }
        text.push(character);
        used += character.len_utf8();
    }
    text.push_str("\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(name: &str) -> Card {
        Card { name: name.to_owned(), ..Card::default() }
    }

    #[test]
    fn a_card_says_what_is_known() {
        let full = Card {
            name: "Anna Berg".into(),
            email: "anna@example.com".into(),
            phone: "+33612345678".into(),
            company: "Berg & Co".into(),
        };
        assert_eq!(
            full.text(),
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Anna Berg\r\nEMAIL:anna@example.com\r\nTEL:+33612345678\r\nORG:Berg & Co\r\n\
             END:VCARD\r\n"
        );
        let nameless = Card { email: "anna@example.com".into(), ..Card::default() };
        assert!(nameless.text().contains("\r\nFN:anna@example.com\r\n"), "a card has a name");
        assert!(Card::default().text().contains("\r\nFN:\r\n"));
    }

    #[test]
    fn what_means_something_to_the_format_is_escaped() {
        let text = card("Berg, Anna; \\ Dr.\r\nEND:VCARD\rx").text();
        assert!(text.contains("FN:Berg\\, Anna\\; \\\\ Dr.\\nEND:VCARD\\nx\r\n"), "{text}");
        assert_eq!(text.matches("\r\nEND:VCARD\r\n").count(), 1, "nobody ends the card from within");
    }

    #[test]
    fn web_9_a_card_holds_a_formula_as_it_is() {
        assert!(card("=1+1").text().contains("\r\nFN:=1+1\r\n"));
    }

    #[test]
    fn a_long_line_is_folded_between_characters() {
        for name in ["a".repeat(500), "é".repeat(300), "🦔".repeat(200), format!("a{}", "é".repeat(300))] {
            let text = card(&name).text();
            assert!(text.split("\r\n").all(|line| line.len() <= LINE), "{text}");
            assert!(text.replace("\r\n ", "").contains(&format!("FN:{name}\r\n")), "unfolded it is whole");
        }
    }
}
