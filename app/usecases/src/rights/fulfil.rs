use qualify_domain::rights_request::Right;
use qualify_ports::storage::{KeptRequest, TenantTx};

use crate::Error;

/// Serves what an organization lets be served without a member's yes; false for what is left to a member.
///
/// Here, and nowhere else, a right that the product can serve by itself is served.
pub(super) async fn fulfil(tx: &mut dyn TenantTx, kept: &KeptRequest) -> Result<bool, Error> {
    if !tx.rights().policy().await?.is_automatic(kept.request.right) {
        return Ok(false);
    }
    Ok(match kept.request.right {
        // The page behind the link shows all that is kept.
        Right::Access => true,
        Right::Rectification
        | Right::Erasure
        | Right::Restriction
        | Right::Portability
        | Right::Objection
        | Right::Withdrawal => false,
    })
}
