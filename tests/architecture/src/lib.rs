//! The rules of the house that no compiler checks, as functions from what stands in the tree to a list of faults.
//!
//! Each rule takes plain data, so that its tests can hand it the real tree and, as a negative control, one in which
//! the rule is broken.

pub mod clock;
pub mod dependencies;
pub mod layout;
pub mod manifests;
pub mod outbound;
pub mod proof;
pub mod tree;
