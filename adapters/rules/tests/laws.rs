//! The rule engine keeps the laws of scorers, and its own.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use qualify_domain::{language::Language, score::Rulebook};
use qualify_laws::scorer::{ScorerRig, noon, subjects};
use qualify_ports::plugin::Settings;
use qualify_rules::SCORER;

fn rig() -> ScorerRig {
    ScorerRig { scorer: (SCORER.build)(Settings::default()).unwrap() }
}

qualify_laws::scorer_laws!(async { rig() });

#[tokio::test]
async fn without_rules_everybody_stands_at_nought() {
    let book = Rulebook { rules: Vec::new(), ..Rulebook::standard(Language::English) };
    let scores = rig().scorer.score(&subjects(), &book, noon()).await.unwrap();
    assert!(scores.iter().all(|score| score.lines.is_empty() && score.changes_at.is_none()));
}
