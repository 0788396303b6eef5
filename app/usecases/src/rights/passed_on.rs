use qualify_domain::{
    id::RightsRequestId,
    rights_request::{Asker, LINK_LIFE_BY_MEMBER, RightsRequest},
};
use qualify_ports::storage::{PassedOn, RightsLink, TenantTx, Wish};
use secrecy::ExposeSecret;

use super::{Rights, link_seed};
use crate::Error;

impl Rights {
    /// Enters a request that the operator received into the register (DSR-2). The time for its answer counts from when the
    /// operator received it; whoever asks is sent the link by which they prove who they are, whether or not anything is kept
    /// of them: nothing is looked up.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub(crate) async fn enter_passed_on(
        &self,
        tx: &mut dyn TenantTx,
        id: RightsRequestId,
        passed_on: PassedOn,
    ) -> Result<(), Error> {
        let PassedOn { right, address, words, language, received_at, passed_on_at } = passed_on;
        let now = self.clock.now();
        // Whoever wrote to the operator waits for no mail.
        let ends_at = now + LINK_LIFE_BY_MEMBER;
        let (mut request, received) = RightsRequest::receive(id, right, Asker::Person(address), received_at);
        let asked = request.ask_identity(None, ends_at, now)?;
        let secret = self.tokens.derive(&link_seed(id));
        let digest = self.tokens.digest(secret.expose_secret());
        let written = (language, words, Wish::default());
        self.enter(tx, request, written, Some(passed_on_at), &[received, asked]).await?;
        Ok(tx.rights().insert_link(&RightsLink { request: id, digest, ends_at }).await?)
    }
}
