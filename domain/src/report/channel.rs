use std::{fmt, str::FromStr};

use crate::violation::Rule;

/// Who sold an advertisement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdNetwork {
    /// Google.
    Google,
    /// Facebook.
    Facebook,
    /// Microsoft.
    Microsoft,
}

/// Where somebody came from, as reports sort it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// A campaign, by the source that its address names.
    Campaign(String),
    /// An advertisement that was clicked and names no campaign.
    Ad(AdNetwork),
    /// Another website that linked.
    Site(String),
    /// Nothing is known: typed, from a bookmark or a mail.
    Direct,
    /// A program made the lead, and told nothing of a visit.
    Program,
    /// No visit: the lead came from a file.
    File,
    /// No visit: a member made the lead.
    Member,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Campaign(name) => write!(f, "campaign:{name}"),
            Self::Ad(AdNetwork::Google) => f.write_str("ad:google"),
            Self::Ad(AdNetwork::Facebook) => f.write_str("ad:facebook"),
            Self::Ad(AdNetwork::Microsoft) => f.write_str("ad:microsoft"),
            Self::Site(name) => write!(f, "site:{name}"),
            Self::Direct => f.write_str("direct"),
            Self::Program => f.write_str("api"),
            Self::File => f.write_str("import"),
            Self::Member => f.write_str("member"),
        }
    }
}

impl FromStr for Channel {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Ok(match code.split_once(':') {
            Some(("campaign", name)) => Self::Campaign(name.to_owned()),
            Some(("site", name)) => Self::Site(name.to_owned()),
            Some(("ad", "google")) => Self::Ad(AdNetwork::Google),
            Some(("ad", "facebook")) => Self::Ad(AdNetwork::Facebook),
            Some(("ad", "microsoft")) => Self::Ad(AdNetwork::Microsoft),
            None if code == "direct" => Self::Direct,
            None if code == "api" => Self::Program,
            None if code == "import" => Self::File,
            None if code == "member" => Self::Member,
            _ => return Err(Rule::NotAChoice),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_survives_its_name() {
        let codes = [
            "campaign:spring: sale",
            "ad:google",
            "ad:facebook",
            "ad:microsoft",
            "site:news.example",
            "direct",
            "api",
            "import",
            "member",
        ];
        for code in codes {
            assert_eq!(code.parse::<Channel>().unwrap().to_string(), code);
        }
        for wrong in ["", "ad:other", "other:x", "form"] {
            assert_eq!(wrong.parse::<Channel>(), Err(Rule::NotAChoice), "{wrong}");
        }
    }
}
