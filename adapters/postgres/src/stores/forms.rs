use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    audit::Target,
    form::{Draft, Edition, Form, FormField, FormSettings, Notice, PurposeBox},
    id::{ApiKeyId, FormId, PublicFormId, UserId},
};
use qualify_ports::storage::{FormStore, StorageError, UndeclaredField};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    stores::activities::parts,
    tx::Work,
    values::{instant, optional, timestamp, value, values},
};

struct FormRow {
    id: Uuid,
    public_id: Uuid,
    version: i32,
    name: String,
    language: String,
    allowed_origins: Vec<String>,
    thank_you_url: Option<String>,
    legal_basis: String,
    notice: String,
    notice_parts: Option<Json<Notice>>,
    consent_wording: Option<String>,
    purposes: Json<Vec<PurposeBox>>,
    requires_token: bool,
    requires_work: bool,
    known_person: String,
    fields: Json<Vec<FormField>>,
    created_at: OffsetDateTime,
}

impl TryFrom<FormRow> for Form {
    type Error = StorageError;

    fn try_from(row: FormRow) -> Result<Self, StorageError> {
        Ok(Self {
            id: FormId(row.id),
            public_id: PublicFormId(row.public_id),
            version: row.version,
            settings: FormSettings {
                name: value(&row.name)?,
                language: value(&row.language)?,
                allowed_origins: values(&row.allowed_origins)?,
                thank_you: optional(row.thank_you_url.as_deref())?,
                legal_basis: value(&row.legal_basis)?,
                notice: match row.notice_parts {
                    Some(parts) => parts.0,
                    None => Notice::of(value(&row.notice)?),
                },
                consent_wording: optional(row.consent_wording.as_deref())?,
                purposes: row.purposes.0,
                requires_token: row.requires_token,
                requires_work: row.requires_work,
                known_person: value(&row.known_person)?,
                fields: row.fields.0,
            },
            created_at: timestamp(row.created_at)?,
        })
    }
}

#[async_trait]
impl FormStore for Work {
    async fn find(&mut self, id: FormId) -> Result<Option<Form>, StorageError> {
        let rows = self.forms_of(Some(id)).await?;
        rows.into_iter().next().map(Form::try_from).transpose()
    }

    async fn list(&mut self) -> Result<Vec<Form>, StorageError> {
        self.forms_of(None).await?.into_iter().map(Form::try_from).collect()
    }

    async fn insert(&mut self, form: &Form) -> Result<(), StorageError> {
        let settings = &form.settings;
        sqlx::query!(
            "INSERT INTO forms (organization_id, id, version, name, language, allowed_origins, thank_you_url,
                legal_basis, notice, consent_wording, requires_token, created_at, known_person, fields,
                purposes, requires_work, notice_parts)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
            self.organization,
            form.id.0,
            form.version,
            &*settings.name,
            settings.language.code(),
            &origins(settings),
            settings.thank_you.as_deref(),
            settings.legal_basis.code(),
            &*settings.notice.written(),
            settings.consent_wording.as_deref(),
            settings.requires_token,
            instant(form.created_at),
            settings.known_person.code(),
            Json(&settings.fields) as _,
            Json(&settings.purposes) as _,
            settings.requires_work,
            Json(&settings.notice) as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Form(form.id), &["new"]);
        self.issue_address(form.id, form.public_id, form.created_at).await
    }

    async fn update(&mut self, form: &Form) -> Result<(), StorageError> {
        let settings = &form.settings;
        let changed = sqlx::query_scalar!(
            r#"UPDATE forms AS f SET version = f.version + 1, name = $4, language = $5, allowed_origins = $6,
                thank_you_url = $7, legal_basis = $8, notice = $9, consent_wording = $10, requires_token = $11,
                known_person = $12, fields = $13, purposes = $14, requires_work = $15,
                notice_parts = $16
            FROM forms AS old
            WHERE f.organization_id = $1 AND f.id = $2 AND f.version = $3
                AND old.organization_id = $1 AND old.id = $2 AND old.version = $3
            RETURNING array_remove(ARRAY[
                CASE WHEN old.name <> f.name THEN 'name' END,
                CASE WHEN old.language <> f.language THEN 'language' END,
                CASE WHEN old.allowed_origins <> f.allowed_origins THEN 'origins' END,
                CASE WHEN old.thank_you_url IS DISTINCT FROM f.thank_you_url THEN 'thank_you' END,
                CASE WHEN old.legal_basis <> f.legal_basis
                    THEN 'legal_basis:' || old.legal_basis || '>' || f.legal_basis END,
                CASE WHEN old.notice_parts IS DISTINCT FROM f.notice_parts THEN 'notice' END,
                CASE WHEN old.consent_wording IS DISTINCT FROM f.consent_wording THEN 'consent_wording' END,
                CASE WHEN old.purposes <> f.purposes THEN 'purposes' END,
                CASE WHEN old.requires_token <> f.requires_token THEN 'requires_token' END,
                CASE WHEN old.requires_work <> f.requires_work THEN 'requires_work' END,
                CASE WHEN old.known_person <> f.known_person
                    THEN 'known_person:' || old.known_person || '>' || f.known_person END,
                CASE WHEN old.fields <> f.fields THEN 'fields' END
            ], NULL) AS "changed!""#,
            self.organization,
            form.id.0,
            form.version,
            &*settings.name,
            settings.language.code(),
            &origins(settings),
            settings.thank_you.as_deref(),
            settings.legal_basis.code(),
            &*settings.notice.written(),
            settings.consent_wording.as_deref(),
            settings.requires_token,
            settings.known_person.code(),
            Json(&settings.fields) as _,
            Json(&settings.purposes) as _,
            settings.requires_work,
            Json(&settings.notice) as _,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?
        .ok_or(StorageError::Stale)?;
        self.changed(Target::Form(form.id), values(&changed)?);
        Ok(())
    }

    async fn hold(&mut self, id: FormId) -> Result<(), StorageError> {
        sqlx::query!("SELECT FROM forms WHERE organization_id = $1 AND id = $2 FOR UPDATE", self.organization, id.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn draft(&mut self, id: FormId) -> Result<Option<Draft>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT draft AS "draft: Json<Vec<FormField>>", draft_version FROM forms
            WHERE organization_id = $1 AND id = $2"#,
            self.organization,
            id.0,
        );
        let row = row.fetch_optional(&mut *self.sql).await.map_err(failed)?;
        Ok(row.and_then(|row| Some(Draft { version: row.draft_version, fields: row.draft?.0 })))
    }

    async fn keep_draft(&mut self, id: FormId, draft: Option<&[FormField]>) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE forms SET draft = $3, draft_version = draft_version + 1 WHERE organization_id = $1 AND id = $2",
            self.organization,
            id.0,
            draft.map(Json) as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Form(id), &["draft"]);
        Ok(())
    }

    async fn publish(&mut self, id: FormId, edition: &Edition) -> Result<(), StorageError> {
        let (author, program) = parts(edition.author);
        sqlx::query!(
            "INSERT INTO form_editions (organization_id, form_id, version, settings, at, author_id, author_key_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self.organization,
            id.0,
            edition.version,
            Json(&edition.settings) as _,
            instant(edition.at),
            author,
            program,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn edition(&mut self, id: FormId, version: i32) -> Result<Option<FormSettings>, StorageError> {
        let settings = sqlx::query_scalar!(
            r#"SELECT settings AS "settings: Json<FormSettings>" FROM form_editions
            WHERE organization_id = $1 AND form_id = $2 AND version = $3"#,
            self.organization,
            id.0,
            version,
        );
        let settings = settings.fetch_optional(&mut *self.sql).await.map_err(failed)?;
        Ok(settings.map(|settings| settings.0))
    }

    async fn editions(&mut self, id: FormId, before: Option<i32>, limit: u16) -> Result<Vec<Edition>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT version, settings AS "settings: Json<FormSettings>", at, author_id, author_key_id
            FROM form_editions WHERE organization_id = $1 AND form_id = $2 AND version < $3
            ORDER BY version DESC LIMIT $4"#,
            self.organization,
            id.0,
            before.unwrap_or(i32::MAX),
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                let program = row.author_key_id.map(|key| Author::Program(ApiKeyId(key)));
                Ok(Edition {
                    version: row.version,
                    settings: row.settings.0,
                    at: timestamp(row.at)?,
                    author: row.author_id.map(|user| Author::Member(UserId(user))).or(program),
                })
            })
            .collect()
    }

    async fn rotate_address(
        &mut self,
        id: FormId,
        new: PublicFormId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE form_addresses SET retired_at = least(retired_at, $3) WHERE organization_id = $1 AND form_id = $2",
            self.organization,
            id.0,
            instant(until),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Form(id), &["address"]);
        self.issue_address(id, new, now).await
    }

    async fn undeclared(&mut self, id: FormId) -> Result<Vec<UndeclaredField>, StorageError> {
        let rows = sqlx::query!(
            "SELECT name, times, last_seen_at FROM undeclared_fields
            WHERE organization_id = $1 AND form_id = $2 ORDER BY last_seen_at DESC, name LIMIT 50",
            self.organization,
            id.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(UndeclaredField { name: row.name, times: row.times, last_seen_at: timestamp(row.last_seen_at)? })
            })
            .collect()
    }
}

impl Work {
    async fn forms_of(&mut self, id: Option<FormId>) -> Result<Vec<FormRow>, StorageError> {
        sqlx::query_as!(
            FormRow,
            r#"SELECT f.id, a.public_id, f.version, f.name, f.language, f.allowed_origins, f.thank_you_url,
                f.legal_basis, f.notice, f.notice_parts AS "notice_parts: _", f.consent_wording, f.purposes AS "purposes: _",
                f.requires_token, f.requires_work, f.known_person,
                f.fields AS "fields: _", f.created_at
            FROM forms AS f
            JOIN LATERAL (
                SELECT public_id FROM form_addresses
                WHERE organization_id = $1 AND form_id = f.id AND retired_at IS NULL
                ORDER BY issued_at DESC, public_id DESC LIMIT 1
            ) AS a ON true
            WHERE f.organization_id = $1 AND ($2::uuid IS NULL OR f.id = $2)
            ORDER BY f.created_at, f.id"#,
            self.organization,
            id.map(|id| id.0),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn issue_address(&mut self, form: FormId, new: PublicFormId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO form_addresses (organization_id, public_id, form_id, issued_at) VALUES ($1, $2, $3, $4)",
            self.organization,
            new.0,
            form.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}

fn origins(settings: &FormSettings) -> Vec<String> {
    settings.allowed_origins.iter().map(ToString::to_string).collect()
}
