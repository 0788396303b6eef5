use qualify_ports::files::FileError;

use crate::connection::Answer;

/// A request that the store refused: its status, and the word for it, but none of its sentences.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store answered {status} {word}")]
pub(crate) struct Refusal {
    status: u16,
    word: String,
}

/// The answer, if it is a good one.
pub(crate) async fn granted(answer: Answer) -> Result<Answer, FileError> {
    let status = answer.response.status();
    if status.is_success() {
        return Ok(answer);
    }
    let word = texts(&answer.text().await.unwrap_or_default(), "Code").into_iter().next().unwrap_or_default();
    Err(refused(status.as_u16(), &word))
}

/// What a refusal means. Whatever it is about, but a file that is not there, may be put right by the operator.
fn refused(status: u16, word: &str) -> FileError {
    if status == 404 && matches!(word, "" | "NoSuchKey") {
        return FileError::Missing;
    }
    let is_word = word.len() <= 64 && word.chars().all(|sign| sign.is_ascii_alphanumeric());
    let word = if is_word { word } else { "without a word we know" };
    FileError::Unavailable(Refusal { status, word: word.to_owned() }.into())
}

/// The texts of all elements of that name, in a document as stores write them.
pub(crate) fn texts(xml: &str, name: &str) -> Vec<String> {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    let found = xml.split(&*begin).skip(1).filter_map(|rest| rest.split_once(&*end));
    found.map(|(text, _)| plain(text)).collect()
}

fn plain(text: &str) -> String {
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    signs.iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}

/// A text as it can stand in an element.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_the_names_of_their_elements() {
        let xml = "<?xml version=\"1.0\"?><R><Name>b</Name><C><Key>a&amp;lt;b</Key></C><C><Key>c</Key></C><Key/></R>";
        assert_eq!(texts(xml, "Key"), ["a&lt;b", "c"]);
        assert_eq!(texts(xml, "Name"), ["b"]);
        assert_eq!(texts(xml, "Nothing"), [""; 0]);
        assert_eq!(texts("<Key>cut sho", "Key"), [""; 0]);
        assert_eq!(texts(&format!("<Key>{}</Key>", escaped("\"<&>\"")), "Key"), ["\"<&>\""]);
    }

    #[test]
    fn only_a_file_that_is_not_there_is_missing() {
        for (status, word) in [(404, "NoSuchKey"), (404, "")] {
            assert!(matches!(refused(status, word), FileError::Missing), "{status} {word}");
        }
        for (status, word) in [(404, "NoSuchBucket"), (404, "NoSuchUpload"), (403, ""), (503, "SlowDown"), (301, "")] {
            assert!(matches!(refused(status, word), FileError::Unavailable(_)), "{status} {word}");
        }
    }

    #[test]
    fn log_1_the_sentences_of_a_store_are_not_repeated() {
        let FileError::Unavailable(cause) = refused(403, "Access Denied: anna@example.com") else {
            unreachable!("a refusal is not for good")
        };
        assert_eq!(cause.to_string(), "the store answered 403 without a word we know");
    }
}
