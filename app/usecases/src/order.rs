//! The order of what an organization arranges: all of it, each once.

use qualify_domain::violation::{Rule, Violations};

/// Whether `wanted` has all that is known, each once.
///
/// # Errors
/// What is wrong with it, at the field `order`.
pub(crate) fn complete<I: PartialEq>(wanted: &[I], known: &[I]) -> Result<(), Violations> {
    let twice = wanted.iter().enumerate().any(|(place, id)| wanted[..place].contains(id));
    let fault = if twice {
        Rule::Duplicate
    } else if wanted.iter().any(|id| !known.contains(id)) {
        Rule::NotAChoice
    } else if wanted.len() < known.len() {
        Rule::Required
    } else {
        return Ok(());
    };
    Err(Violations::one("order", fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_all_there_is_once() {
        let rule = |wanted: &[u8]| complete(wanted, &[1, 2, 3]).err().map(|faults| faults.iter().next().unwrap().rule);
        assert_eq!(rule(&[3, 1, 2]), None);
        assert_eq!(rule(&[3, 1]), Some(Rule::Required));
        assert_eq!(rule(&[3, 1, 4]), Some(Rule::NotAChoice));
        assert_eq!(rule(&[3, 1, 2, 2]), Some(Rule::Duplicate));
        assert_eq!(complete::<u8>(&[], &[]), Ok(()));
    }
}
