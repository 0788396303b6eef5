//! `tests/rules.toml` tells the truth about what is proven.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fs;

use qualify_architecture::{
    proof::{Proof, faults, parse},
    tree::{File, files, root},
};

/// How many rules of each kind there are: `DAT-1` to `DAT-6` and so on.
const RULES: &[(&str, usize)] = &[
    ("DAT", 6),
    ("CLK", 2),
    ("RET", 18),
    ("DSR", 14),
    ("PRV", 12),
    ("AUTH", 16),
    ("SES", 8),
    ("RLS", 13),
    ("WEB", 12),
    ("LOG", 4),
    ("BIL", 10),
    ("MAIL", 6),
    ("REL", 10),
    ("TST", 4),
];

/// What is not proven yet. The number only shrinks.
const PENDING: usize = 4;

fn ids() -> Vec<String> {
    RULES.iter().flat_map(|(kind, count)| (1..=*count).map(move |number| format!("{kind}-{number}"))).collect()
}

fn check(list: &str, sources: &[File]) -> Vec<String> {
    let ids = ids();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    faults(&ids, &parse(list).unwrap(), sources)
}

fn check_small(list: &str) -> Vec<String> {
    let source = "#[test]\nfn clk_1_time_is_a_parameter() {}\n#[tokio::test]\nasync fn rls_2_silence_is_an_error() {}\nfn rls_3_is_no_test() {}";
    faults(&["CLK-1", "RLS-2", "RLS-3"], &parse(list).unwrap(), &[File::new("domain/tests/time.rs", source)])
}

#[test]
fn tst_1_every_rule_has_its_tests_or_a_reason() {
    let list = fs::read_to_string(root().join("tests/rules.toml")).unwrap();
    let sources = files(&root(), &[".rs"]).unwrap();
    assert_eq!(check(&list, &sources), Vec::<String>::new());
}

#[test]
fn tst_1_what_is_pending_only_shrinks() {
    let list = parse(&fs::read_to_string(root().join("tests/rules.toml")).unwrap()).unwrap();
    let pending = list.values().filter(|proof| matches!(proof, Proof::Pending(_))).count();
    assert_eq!(pending, PENDING, "a rule has been proven? then lower PENDING; it is never raised");
}

#[test]
fn tst_1_a_true_list_is_accepted() {
    let list = "CLK-1 = [\"clk_1_time_is_a_parameter\"]\nRLS-2 = [\"rls_2_silence_is_an_error\"]\nRLS-3 = { pending = \"views\" }";
    assert_eq!(check_small(list), Vec::<String>::new());
}

#[test]
fn tst_1_each_untruth_is_reported() {
    let list = "CLK-1 = { pending = \"later\" }\nRLS-2 = []\nRLS-9 = { pending = \" \" }";
    assert_eq!(
        check_small(list),
        [
            "RLS-3 is missing from the list",
            "RLS-9 is no rule",
            "CLK-1 is called pending, but clk_1_time_is_a_parameter is there",
            "RLS-2 names no test",
            "RLS-9 is pending without a reason",
        ]
    );
    let list = "CLK-1 = [\"clk_1_gone\"]\nRLS-2 = [\"rls_2_silence_is_an_error\"]\nRLS-3 = [\"rls_3_is_no_test\"]";
    assert_eq!(
        check_small(list),
        [
            "CLK-1 names clk_1_gone, which is no test",
            "CLK-1 does not name clk_1_time_is_a_parameter",
            "RLS-3 names rls_3_is_no_test, which is no test",
        ]
    );
}

#[test]
fn an_entry_of_another_shape_is_refused() {
    assert!(parse("CLK-1 = 3").is_err());
    assert!(parse("CLK-1 = [3]").is_err());
    assert!(parse("CLK-1 = { because = \"later\" }").is_err());
}
