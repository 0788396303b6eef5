//! Who may be the same person as somebody else.

use crate::{
    person::Person,
    text::{Email, Phone},
};

/// What two leads have in common, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The address: it is the same person.
    Email,
    /// The number: it is the same person.
    Phone,
    /// The name, and the domain of the address: it may be the same person.
    Name,
}

impl Likeness {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Name => "name",
        }
    }

    /// Whether it says that both are the same person. One that does not is shown, and nothing is made of it.
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::Email | Self::Phone)
    }
}

/// What two people have in common; nothing if they are strangers. Addresses are compared without their case and without any
/// provider's tricks, numbers in E.164.
pub fn likeness(one: &Person, other: &Person) -> Vec<Likeness> {
    let one = [(Likeness::Email, address(one)), (Likeness::Phone, number(one)), (Likeness::Name, name_at_domain(one))];
    let other = [address(other), number(other), name_at_domain(other)];
    let pairs = one.into_iter().zip(other).filter(|((_, one), other)| one.is_some() && one == other);
    pairs.map(|((likeness, _), _)| likeness).collect()
}

fn address(person: &Person) -> Option<String> {
    person.email.as_ref().map(Email::normalized)
}

fn number(person: &Person) -> Option<String> {
    person.phone.as_ref().and_then(Phone::e164).map(str::to_owned)
}

fn name_at_domain(person: &Person) -> Option<String> {
    let name = person.name.as_ref()?.to_lowercase();
    let address = address(person)?;
    Some(format!("{name}@{}", address.rsplit_once('@')?.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::language::Language;

    fn person(name: &str, email: &str, phone: &str) -> Person {
        Person {
            name: name.parse().ok(),
            email: Email::parse(email).ok(),
            phone: Phone::parse(phone, Language::French).ok(),
            ..Person::default()
        }
    }

    #[test]
    fn an_address_or_a_number_is_the_same_person_and_a_name_at_a_domain_may_be() {
        let anna = person("Anna Berg", "anna@berg.example", "06 12 34 56 78");
        let with = |name, email, phone| likeness(&anna, &person(name, email, phone));
        assert_eq!(with("", "ANNA@Berg.example", ""), [Likeness::Email]);
        assert_eq!(with("", "", "+33 6 12 34 56 78"), [Likeness::Phone]);
        assert_eq!(with("anna berg", "a.berg@berg.example", ""), [Likeness::Name]);
        assert_eq!(with("Anna Berg", "anna@berg.example", "0612345678").len(), 3);
        assert_eq!(with("Anna Berg", "anna@elsewhere.example", ""), [], "a name alone says nothing");
        assert_eq!(with("Otto Berg", "otto@berg.example", ""), [], "a domain alone says nothing");
        assert_eq!(with("", "anna+news@berg.example", ""), [], "no provider's tricks");
    }

    #[test]
    fn nobody_knows_nobody() {
        assert_eq!(likeness(&Person::default(), &Person::default()), []);
    }

    fn people() -> impl Strategy<Value = Person> {
        let names = prop::sample::select(vec!["", "Anna Berg", "ANNA BERG", "Otto"]);
        let emails = prop::sample::select(vec!["", "a@x.example", "A@X.example", "b@x.example", "a@y.example"]);
        let phones = prop::sample::select(vec!["", "06 12 34 56 78", "+33612345678", "0699999999"]);
        (names, emails, phones).prop_map(|(name, email, phone)| person(name, email, phone))
    }

    proptest! {
        #[test]
        fn likeness_is_mutual_and_everybody_is_like_themselves(one in people(), other in people()) {
            prop_assert_eq!(likeness(&one, &other), likeness(&other, &one));
            let own = likeness(&one, &one);
            prop_assert_eq!(own.contains(&Likeness::Email), one.email.is_some());
            prop_assert_eq!(own.contains(&Likeness::Phone), one.phone.as_ref().and_then(Phone::e164).is_some());
        }
    }
}
