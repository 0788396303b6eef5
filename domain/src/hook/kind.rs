use std::{fmt, str::FromStr};

use crate::{event::Event, id::LeadId, violation::Rule};

/// Of what endpoints are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookKind {
    /// There is a new lead.
    Created,
    /// More came of the person of a lead: they wrote again, or a member or a program gave more.
    Changed,
    /// A lead moved to another stage.
    Moved,
    /// A lead was given to a member.
    Assigned,
    /// What is known of a lead was corrected. For its recipients only.
    Rectified,
    /// A lead was erased. For its recipients only.
    Erased,
    /// A lead is kept and not used from now on. For its recipients only.
    Restricted,
    /// Nothing happened: a member tries the endpoint.
    Test,
}

/// How much an endpoint is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Ids only.
    #[default]
    Thin,
    /// What is known of the lead too.
    Full,
}

impl HookKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Changed,
        Self::Moved,
        Self::Assigned,
        Self::Rectified,
        Self::Erased,
        Self::Restricted,
        Self::Test,
    ];

    /// Those that an endpoint can choose. Of the others its recipients are told, whatever they chose (DSR-12).
    pub const CHOICES: &[Self] = &[Self::Created, Self::Changed, Self::Moved, Self::Assigned];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Created => "lead.created",
            Self::Changed => "lead.changed",
            Self::Moved => "lead.moved",
            Self::Assigned => "lead.assigned",
            Self::Rectified => "lead.rectified",
            Self::Erased => "lead.erased",
            Self::Restricted => "lead.restricted",
            Self::Test => "webhook.test",
        }
    }

    /// Whether those are told who were told of the lead before, and nobody else (DSR-12).
    pub const fn is_for_recipients(self) -> bool {
        matches!(self, Self::Rectified | Self::Erased | Self::Restricted)
    }

    /// What an event is for endpoints: of which lead, and which kinds. Of erasures they are told by who was told before, because
    /// leads go in other ways too.
    pub fn of(event: &Event) -> Option<(LeadId, &'static [Self])> {
        match *event {
            Event::LeadCaptured { lead, first: true, .. } | Event::LeadMade { lead, first: true, .. } => {
                Some((lead, &[Self::Created]))
            }
            Event::LeadCaptured { lead, first: false, .. } => Some((lead, &[Self::Changed])),
            Event::LeadMade { lead, first: false, .. } => Some((lead, &[Self::Changed, Self::Rectified])),
            Event::StageChanged { lead, .. } => Some((lead, &[Self::Moved])),
            Event::LeadAssigned { lead, .. } => Some((lead, &[Self::Assigned])),
            Event::LeadRectified { lead } => Some((lead, &[Self::Rectified])),
            Event::LeadRestricted { lead } => Some((lead, &[Self::Restricted])),
            _ => None,
        }
    }
}

impl FromStr for HookKind {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl fmt::Display for HookKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Detail {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Thin, Self::Full];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Thin => "thin",
            Self::Full => "full",
        }
    }
}

impl FromStr for Detail {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|detail| detail.code() == code).ok_or(Rule::NotAChoice)
    }
}
