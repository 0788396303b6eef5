//! The recipe of `docs/adapters.md` shows this crate, all of it, and nothing else.

use qualify_ports::plugin::select;

const RECIPE: &str = include_str!("../../../docs/adapters.md");
const FILES: [&str; 3] = [include_str!("../Cargo.toml"), include_str!("../src/lib.rs"), include_str!("laws.rs")];

/// The contents of the fenced blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    page.split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n'))
        .map(|(_, code)| code.to_owned())
        .collect()
}

#[test]
fn every_block_of_the_recipe_is_a_part_of_the_crate() {
    let blocks = blocks(RECIPE);
    assert!(blocks.len() >= 3);
    for block in blocks {
        assert!(FILES.iter().any(|file| file.contains(&block)), "not in the crate:\n{block}");
    }
}

#[test]
fn the_recipe_shows_every_line_of_the_crate() {
    let shown = blocks(RECIPE).join("\n");
    for line in FILES.iter().flat_map(|file| file.lines()) {
        assert!(shown.lines().any(|other| other == line), "not in the recipe: {line}");
    }
}

#[test]
fn the_configuration_finds_the_adapter_by_its_name() {
    let adapters = [qualify_example_mailer::MAILER];
    assert_eq!(select(&adapters, "mbox").map(|adapter| adapter.name), Ok("mbox"));
}

#[test]
fn a_block_that_is_not_in_the_crate_is_seen() {
    let page = "Text\n```rust\nlet one = 1;\n```\nmore\n```toml\ntwo\n```\n";
    assert_eq!(blocks(page), ["let one = 1;", "two"]);
    assert!(!FILES.iter().any(|file| file.contains(&blocks(page)[0])));
}
