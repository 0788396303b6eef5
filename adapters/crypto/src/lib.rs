//! Keys, password hashes, access tokens, sealed secrets and sealed files.
//!
//! One [`KeyRing`] is all an operator keeps: every other key is derived from it by purpose. The newest key makes new
//! things, the older ones still read what they made: that is how keys rotate without signing anybody out.

mod files;
mod key_ring;
mod passwords;
mod random;
mod tokens;
mod vault;

pub use self::{
    files::SealedFiles,
    key_ring::{KeyRing, KeyRingError},
    passwords::{Bcrypt, CostError, DEFAULT_COST, MIN_COST},
    tokens::{Jwt, sha256},
    vault::SealedVault,
};
