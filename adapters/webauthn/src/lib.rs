//! Passkeys, judged by the library `webauthn_rp` (see `docs/adr/0009`).
//!
//! A passkey here is always discoverable and always verifies its user, so that it can be the only thing needed to sign
//! in. The counter of signatures may not go back.

use qualify_domain::{id::UserId, user::User};
use qualify_ports::passkeys::{Begun, Credential, PasskeyError, Passkeys};
use url::{Host, Url};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
    PublicKeyCredentialCreationOptions, Registration, RegistrationServerState,
    bin::{Decode, Encode},
    request::{
        AsciiDomain, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, UserHandle, Username,
        },
    },
    response::{
        AuthTransports, CredentialId,
        auth::{DiscoverableAuthentication, error::AuthCeremonyErr},
        register::{CompressedPubKey, DynamicState, StaticState},
    },
};

/// A user's handle is their id.
const HANDLE: usize = 16;

type Answer = DiscoverableAuthentication<HANDLE>;
type Key = StaticState<CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>>;

/// Passkeys of one installation, bound to its domain.
pub struct WebauthnPasskeys {
    domain: Option<RpId>,
    origin: String,
}

impl WebauthnPasskeys {
    /// Passkeys for the pages at `base_url`. There are none where that names a bare address of the network.
    pub fn new(base_url: &Url) -> Self {
        let domain = match base_url.host() {
            Some(Host::Domain(name)) => AsciiDomain::try_from(name.to_owned()).ok().map(RpId::Domain),
            _ => None,
        };
        Self { domain, origin: base_url.origin().ascii_serialization() }
    }

    fn domain(&self) -> Result<&RpId, PasskeyError> {
        self.domain.as_ref().ok_or(PasskeyError::Unavailable)
    }
}

impl Passkeys for WebauthnPasskeys {
    fn available(&self) -> bool {
        self.domain.is_some()
    }

    fn begin_registration(&self, user: &User, known: &[Vec<u8>]) -> Result<Begun, PasskeyError> {
        let handle = handle(user.id);
        let shown = format!("{} {}", user.first_name, user.last_name);
        let entity = PublicKeyCredentialUserEntity {
            name: Username::try_from(&*user.email).or_else(|_| Username::try_from("account")).map_err(wrong)?,
            id: &handle,
            display_name: Nickname::try_from(shown).ok(),
        };
        let known = known.iter().map(|id| {
            Ok(PublicKeyCredentialDescriptor {
                id: CredentialId::<Vec<u8>>::decode(id.clone()).map_err(wrong)?,
                transports: AuthTransports::decode(0).map_err(wrong)?,
            })
        });
        let known = known.collect::<Result<_, PasskeyError>>()?;
        let mut options = PublicKeyCredentialCreationOptions::passkey(self.domain()?, entity, known);
        // To insist on this extension would turn away authenticators that verify their user without knowing it.
        options.extensions.cred_protect = CredProtect::None;
        let (state, asked) = options.start_ceremony().map_err(wrong)?;
        begun(&asked, state.encode())
    }

    fn finish_registration(&self, state: &[u8], answer: &str) -> Result<Credential, PasskeyError> {
        let state = RegistrationServerState::<HANDLE>::decode(state).map_err(wrong)?;
        let answer = Registration::from_json_relaxed(answer.as_bytes()).map_err(wrong)?;
        let options = RegistrationVerificationOptions::<&str, &str> {
            allowed_origins: &[&self.origin],
            error_on_unsolicited_extensions: false,
            ..Default::default()
        };
        let new = state.verify(self.domain()?, &answer, &options).map_err(wrong)?;
        let (Ok(key), Ok(state)) = (new.static_state().encode(), new.dynamic_state().encode());
        Ok(Credential { id: new.id().as_ref().to_vec(), key, state: state.to_vec() })
    }

    fn begin_assertion(&self) -> Result<Begun, PasskeyError> {
        let options = DiscoverableCredentialRequestOptions::passkey(self.domain()?);
        let (state, asked) = options.start_ceremony().map_err(wrong)?;
        begun(&asked, state.encode())
    }

    fn claimed(&self, answer: &str) -> Result<Vec<u8>, PasskeyError> {
        let answer = Answer::from_json_relaxed(answer.as_bytes()).map_err(wrong)?;
        Ok(answer.raw_id().as_ref().to_vec())
    }

    fn finish_assertion(
        &self,
        state: &[u8],
        answer: &str,
        user: UserId,
        kept: &Credential,
    ) -> Result<Vec<u8>, PasskeyError> {
        let ceremony = DiscoverableAuthenticationServerState::decode(state).map_err(wrong)?;
        let answer = Answer::from_json_relaxed(answer.as_bytes()).map_err(wrong)?;
        let handle = handle(user);
        let id = CredentialId::<&[u8]>::decode(&kept.id).map_err(wrong)?;
        let before = <[u8; 7]>::try_from(kept.state.as_slice()).map_err(wrong)?;
        let (key, before) = (Key::decode(&kept.key).map_err(wrong)?, DynamicState::decode(before).map_err(wrong)?);
        let mut credential = AuthenticatedCredential::new(id, &handle, key, before).map_err(wrong)?;
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &[&self.origin],
            error_on_unsolicited_extensions: false,
            ..Default::default()
        };
        ceremony.verify(self.domain()?, &answer, &mut credential, &options).map_err(|error| match error {
            AuthCeremonyErr::SignatureCounter => PasskeyError::CounterRegressed,
            _ => PasskeyError::Wrong,
        })?;
        let Ok(after) = credential.dynamic_state().encode();
        Ok(after.to_vec())
    }
}

fn handle(user: UserId) -> UserHandle<HANDLE> {
    let Ok(handle) = UserHandle::decode(user.0.into_bytes());
    handle
}

fn begun<E>(asked: &impl serde::Serialize, state: Result<Vec<u8>, E>) -> Result<Begun, PasskeyError> {
    Ok(Begun { options: serde_json::to_string(asked).map_err(wrong)?, state: state.map_err(wrong)? })
}

/// What exactly was wrong helps only who forges.
fn wrong<E>(_: E) -> PasskeyError {
    PasskeyError::Wrong
}
