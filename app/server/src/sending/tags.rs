//! Records that are a list of tags, as those of DKIM and DMARC are: `v=DMARC1; p=none`.

use std::collections::HashMap;

/// The tags of a record; none if it is no such list, or names a tag twice.
pub(super) fn tags(record: &str) -> Option<HashMap<&str, &str>> {
    let mut tags = HashMap::new();
    for part in record.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=')?;
        if tags.insert(name.trim_end(), value.trim_start()).is_some() {
            return None;
        }
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_6_tags_are_read_with_spaces_and_not_twice() {
        let read = tags(" v = DKIM1 ;p=ab cd;; t= ;").unwrap();
        assert_eq!((read["v"], read["p"], read["t"], read.len()), ("DKIM1", "ab cd", "", 3));
        assert_eq!(tags("v=DKIM1; p=a; p=b"), None);
        assert_eq!(tags("v=DKIM1; nonsense"), None);
        assert_eq!(tags("p=a=="), Some(HashMap::from([("p", "a==")])));
    }
}
