//! The barest endpoint that keeps a submission: axum, sqlx, a transaction with one insert. No key, no event, no limits, no
//! checks, and row security does not bind it.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use qualify_ports::time::{Clock, Ids};
use qualify_system::{SystemClock, Uuidv7};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::CLIENTS;
use crate::Fallible;

const NOTICE: &str = "We use what you send to answer you, and keep it no longer than that takes. You may ask us at any \
                      time to see, correct or delete it.";

#[derive(Deserialize)]
struct Sent {
    name: String,
    email: String,
    phone: String,
    message: String,
}

#[derive(Serialize)]
struct Receipt {
    id: Uuid,
}

/// Serves on the address in `LISTEN` until asked to end.
pub async fn serve(database: &str) -> Fallible<()> {
    let connections = u32::try_from(CLIENTS)?;
    let pool = PgPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
        .test_before_acquire(false)
        .connect(database)
        .await?;
    let router =
        Router::new().route("/", get(|| async { "ready" })).route("/f/{form}", post(submit)).with_state(Arc::new(pool));
    let listener = TcpListener::bind(std::env::var("LISTEN")?).await?;
    let mut ending = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            let _ = ending.recv().await;
        })
        .await?;
    Ok(())
}

async fn submit(
    State(pool): State<Arc<PgPool>>,
    Path(form): Path<Uuid>,
    Json(sent): Json<Sent>,
) -> Result<(StatusCode, Json<Receipt>), StatusCode> {
    let receipt = insert(&pool, form, &sent).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok((StatusCode::CREATED, Json(receipt)))
}

#[expect(clippy::cast_precision_loss, reason = "a time of our age in microseconds is far below 2^52")]
async fn insert(pool: &PgPool, address: Uuid, sent: &Sent) -> Result<Receipt, sqlx::Error> {
    let number = address.as_u128() & 0xffff_ffff_ffff;
    let seeded = |kind: u128, number| Uuid::from_u128(kind << 96 | 0x7000_8000_0000_0000_0000 | number);
    let id = Uuid::from_u128(Uuidv7.next_bits());
    let received_at = SystemClock.now().as_microsecond() as f64 / 1e6;
    let mut transaction = pool.begin().await?;
    sqlx::query(
        "INSERT INTO submissions (
             organization_id, id, form_id, form_version, received_at, name, email, phone, phone_e164, message,
             consented, notice, ip, verdict, spam_reasons
         ) VALUES ($1, $2, $3, 1, to_timestamp($4), $5, $6, $7, $7, $8, false, $9, '127.0.0.1', 'accepted', '{}')",
    )
    .bind(seeded(1, number % 4))
    .bind(id)
    .bind(seeded(2, number))
    .bind(received_at)
    .bind(&sent.name)
    .bind(&sent.email)
    .bind(&sent.phone)
    .bind(&sent.message)
    .bind(NOTICE)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Receipt { id })
}
