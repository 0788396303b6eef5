//! PostgreSQL in a container, where an engine answers: to be paused and killed as a machine would be.

use std::{env, io, net::TcpListener, sync::Arc, time::Duration};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use testcontainers::{
    ContainerAsync, GenericImage, ImageExt, TestcontainersError,
    bollard::models::PortBinding,
    core::{IntoContainerPort, WaitFor},
    runners::AsyncRunner,
};

use crate::provision::SUPERUSER;

/// The variable that names the image; with it, a test that gets no container fails.
pub const IMAGE_VARIABLE: &str = "QUALIFY_TEST_IMAGE";
/// What `tests/container/image.sh` makes.
const IMAGE: &str = "qualify-pg:slim";
const LOOPBACK: &str = "127.0.0.1";

/// A running container.
#[derive(Clone, Debug)]
pub struct Container {
    container: Arc<ContainerAsync<GenericImage>>,
    port: u16,
}

impl Container {
    /// A container, or none where there is no engine or no image.
    ///
    /// # Panics
    /// If an image was asked for by name and does not start.
    pub async fn start_if_possible() -> Option<Self> {
        let asked = env::var(IMAGE_VARIABLE).ok().filter(|name| !name.is_empty());
        match (Self::start(asked.as_deref().unwrap_or(IMAGE)).await, asked) {
            (Ok(container), _) => Some(container),
            (Err(_), None) => None,
            (Err(error), Some(name)) => panic!("no container of {name}: {error}"),
        }
    }

    /// A container of an image of PostgreSQL that trusts whoever comes.
    ///
    /// # Errors
    /// If there is no engine, no image, or no server in it.
    pub async fn start(image: &str) -> Result<Self, TestcontainersError> {
        let (name, tag) = image.split_once(':').unwrap_or((image, "latest"));
        let port = free_port().map_err(TestcontainersError::other)?;
        let ready = WaitFor::message_on_stderr("database system is ready to accept connections");
        let published = PortBinding { host_ip: Some(LOOPBACK.to_owned()), host_port: Some(port.to_string()) };
        let container = GenericImage::new(name, tag)
            .with_wait_for(ready)
            // A port of our choice stays the same when the container is started again.
            .with_mapped_port(port, 5432.tcp())
            .with_host_config_modifier(move |host| {
                host.port_bindings = Some([("5432/tcp".to_owned(), Some(vec![published.clone()]))].into());
            })
            .start()
            .await?;
        let container = Self { container: Arc::new(container), port };
        container.reachable().await;
        Ok(container)
    }

    /// How a superuser reaches it.
    pub fn superuser(&self) -> PgConnectOptions {
        PgConnectOptions::new().host(LOOPBACK).port(self.port).username(SUPERUSER).database("postgres")
    }

    /// Freezes it: it answers nothing and keeps its connections.
    ///
    /// # Errors
    /// If the engine refuses.
    pub async fn pause(&self) -> Result<(), TestcontainersError> {
        self.container.pause().await
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// If the engine refuses.
    pub async fn unpause(&self) -> Result<(), TestcontainersError> {
        self.container.unpause().await
    }

    /// Kills it at once and starts it again.
    ///
    /// # Errors
    /// If the engine refuses.
    pub async fn kill_and_restart(&self) -> Result<(), TestcontainersError> {
        self.container.stop_with_timeout(Some(0)).await?;
        self.container.start().await?;
        self.reachable().await;
        Ok(())
    }

    /// The engine's proxy takes connections before the server does.
    async fn reachable(&self) {
        while PgConnection::connect_with(&self.superuser()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((LOOPBACK, 0))?.local_addr()?.port())
}
