//! The page that the link of an invitation opens: who invites, as what, and the way in for whoever opened it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::id::OrganizationId;
use qualify_usecases::{Accepted, Error, Granted, Guest, Invited, Newcomer, SignedIn};

use crate::{
    actor::Reader,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    session,
    source::Whence,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/invitation.html")]
struct InvitationPage {
    page: Page,
    filled: Filled,
    about: String,
    roles: Vec<String>,
    email: String,
    me: String,
    guest: Guest,
    sign_in: String,
}

/// Who is signed in, if anybody is, in front of a page that is for all.
struct Front {
    web: Web,
    t: Text,
    viewer: Option<SignedIn>,
    granted: Option<Granted>,
    link: String,
}

impl Front {
    async fn new(web: Web, reader: Text, headers: &HeaderMap, whence: Whence, link: String) -> Result<Self, Problem> {
        let (viewer, granted) = session::perhaps(&web, headers, whence).await;
        let viewer = viewer?;
        let t = viewer.as_ref().map_or(reader, |viewer| Text::new(viewer.language));
        Ok(Self { web, t, viewer, granted, link })
    }

    async fn page(&self, filled: Filled) -> Result<Response, Problem> {
        let invited = self.web.app().invitations.open(&self.link, self.viewer.as_ref()).await?;
        let Invited { organization, inviter, roles, email, guest, .. } = invited;
        let t = self.t;
        let about = match inviter {
            Some((first, last)) => {
                t.with_all("invitation-by", [("name", &format!("{first} {last}")), ("organization", &organization)])
            }
            None => t.with("invitation-by-nobody", "organization", &*organization),
        };
        show(&InvitationPage {
            page: Page {
                suffix: "Qualify CRM".into(),
                ..Page::plain(t, t.with("invitation-title", "organization", &*organization))
            },
            filled,
            about,
            roles: roles.into_iter().map(|role| choices::role(t, role)).collect(),
            email: email.to_string(),
            me: self.viewer.as_ref().map(|viewer| viewer.email.to_string()).unwrap_or_default(),
            guest,
            sign_in: self.sign_in(),
        })
    }

    /// The way to sign in that leads back here.
    fn sign_in(&self) -> String {
        let here = format!("/invitations/{}", self.link);
        let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
        format!("/sign-in?next={next}")
    }

    /// Shows who joined the organization that they joined.
    async fn go_over(&self, organization: OrganizationId) -> Result<Response, Problem> {
        let viewer = self.viewer.as_ref().ok_or_else(Problem::not_found)?;
        let entered = self.web.app().accounts.enter(viewer, organization).await?;
        let refresh = self.granted.as_ref().and_then(|granted| granted.refresh.clone());
        let mut response = Redirect::to("/").into_response();
        session::keep(response.headers_mut(), &Granted { refresh, ..entered });
        Ok(response)
    }

    /// The answer, with the tokens that were exchanged on the way.
    fn answer(&self, mut response: Response) -> Response {
        if let Some(granted) = &self.granted {
            session::keep(response.headers_mut(), granted);
        }
        response
    }
}

/// `GET /invitations/{token}`: looking uses nothing up.
pub async fn open(
    State(web): State<Web>,
    Reader(t): Reader,
    whence: Whence,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let front = Front::new(web, t, &headers, whence, link).await?;
    Ok(front.answer(front.page(Filled::default()).await?))
}

/// `POST /invitations/{token}`
pub async fn accept(
    State(web): State<Web>,
    Reader(t): Reader,
    whence: Whence,
    Path(link): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [first_name, last_name, password] = posted.only(["first_name", "last_name", "password"])?;
    let front = Front::new(web, t, &headers, whence, link).await?;
    let filled = Filled::default().with("first_name", &first_name).with("last_name", &last_name);
    let newcomer = Newcomer { first_name, last_name, password, language: front.t.language() };
    let outcome = front.web.app().invitations.accept(&front.link, front.viewer.as_ref(), newcomer).await;
    let response = match outcome {
        Ok(Accepted::Joined(organization)) => return front.go_over(organization).await,
        Ok(Accepted::MaySignIn) => Redirect::to("/sign-in?after=joined").into_response(),
        Ok(Accepted::SignInFirst) => Redirect::to(&front.sign_in()).into_response(),
        Ok(Accepted::Another) => (StatusCode::CONFLICT, front.page(Filled::default()).await?).into_response(),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = front.page(filled.faulty_all(&faults, front.t)).await?;
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
        Err(error) => return Err(error.into()),
    };
    Ok(front.answer(response))
}
