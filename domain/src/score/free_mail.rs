//! Who gives an address to anybody: an e-mail there says nothing of a company.

/// Domains of mailboxes that anybody can have, in lower case. What ends with one of them after a dot is one too.
const FREE: &[&str] = &[
    "aim.com",
    "aliceadsl.fr",
    "aol.com",
    "aol.fr",
    "arcor.de",
    "bbox.fr",
    "bluewin.ch",
    "bol.com.br",
    "club-internet.fr",
    "comcast.net",
    "cox.net",
    "duck.com",
    "email.com",
    "fastmail.com",
    "fastmail.fm",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.fr",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.be",
    "hotmail.ca",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "hushmail.com",
    "icloud.com",
    "inbox.com",
    "laposte.net",
    "libero.it",
    "live.be",
    "live.ca",
    "live.co.uk",
    "live.com",
    "live.fr",
    "live.nl",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailbox.org",
    "mailo.com",
    "mailo.fr",
    "me.com",
    "msn.com",
    "naver.com",
    "neuf.fr",
    "noos.fr",
    "numericable.fr",
    "orange.fr",
    "outlook.be",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "outlook.it",
    "pm.me",
    "posteo.de",
    "posteo.net",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rocketmail.com",
    "sapo.pt",
    "sfr.fr",
    "sky.com",
    "skynet.be",
    "t-online.de",
    "telenet.be",
    "tiscali.it",
    "tuta.com",
    "tuta.io",
    "tutanota.com",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "voila.fr",
    "wanadoo.fr",
    "web.de",
    "yahoo.ca",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.br",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.it",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
    "163.com",
    "126.com",
];

/// Whether anybody can have a mailbox at that domain.
pub(super) fn is_free(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    FREE.iter().any(|free| domain.strip_suffix(free).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_mailbox_is_told_from_a_companys() {
        for free in ["gmail.com", "GMail.com", "orange.fr", "mail.gmx.net"] {
            assert!(is_free(free), "{free}");
        }
        for own in ["example.com", "notgmail.com", "gmail.com.example", "orange.example", ""] {
            assert!(!is_free(own), "{own}");
        }
    }

    #[test]
    fn the_list_is_written_as_it_is_compared() {
        for domain in FREE {
            assert_eq!(*domain, domain.to_ascii_lowercase());
            assert!(domain.contains('.'), "{domain}");
        }
    }
}
