//! Which stores a unit of work opens, and how it ends.

use async_trait::async_trait;
use qualify_domain::{access::TenantScope, id::OrganizationId};
use qualify_ports::{
    live::Change,
    storage::{
        AccountStore, ActivityStore, AgreementStore, ApiKeyStore, AuditStore, BillingQueue, BillingStore, BreachStore,
        ConnectionLog, ConsentStore, CreationStore, Directory, ErasureStore, ExportRuns, FarewellStore, FormStore,
        HeldAccounts, HoldStore, HookQueue, HookStore, ImportStore, InformingStore, InvitationStore, JobStore,
        LeadBatches, LeadMonthsStore, LeadStore, MailPaces, MemberRequestStore, MemberStore, MergeStore,
        NotificationStore, OneTimeTokenStore, OperatorRequestStore, OrganizationStore, Outbox, OutboxQueue,
        PasskeyStore, PersonStore, PipelineStore, PlatformTx, PolicyStore, PropertyStore, ReportStore,
        RestrictionStore, RetentionStore, RightsStore, ScoreStore, SecondFactorStore, SecurityLog, ServiceBreachStore,
        SessionStore, SettingsStore, SigningKeyStore, StorageError, SubmissionStore, SupportStore, SuppressionStore,
        TaskStore, TeamStore, TenantTx, ThrottleStore, TombstoneStore, ViewStore,
    },
};

use sqlx::AssertSqlSafe;

use super::{PlatformWork, Work, inside};
use crate::{error::failed, live::Announcement};

#[async_trait]
impl TenantTx for Work {
    fn organizations(&mut self) -> &mut dyn OrganizationStore {
        self
    }

    fn billing(&mut self) -> &mut dyn BillingStore {
        self
    }

    fn members(&mut self) -> &mut dyn MemberStore {
        self
    }

    fn lead_months(&mut self) -> &mut dyn LeadMonthsStore {
        self
    }

    fn settings(&mut self) -> &mut dyn SettingsStore {
        self
    }

    fn farewells(&mut self) -> &mut dyn FarewellStore {
        self
    }

    fn invitations(&mut self) -> &mut dyn InvitationStore {
        self
    }

    fn teams(&mut self) -> &mut dyn TeamStore {
        self
    }

    fn api_keys(&mut self) -> &mut dyn ApiKeyStore {
        self
    }

    fn hooks(&mut self) -> &mut dyn HookStore {
        self
    }

    fn pipelines(&mut self) -> &mut dyn PipelineStore {
        self
    }

    fn properties(&mut self) -> &mut dyn PropertyStore {
        self
    }

    fn forms(&mut self) -> &mut dyn FormStore {
        self
    }

    fn submissions(&mut self) -> &mut dyn SubmissionStore {
        self
    }

    fn leads(&mut self) -> &mut dyn LeadStore {
        self
    }

    fn merges(&mut self) -> &mut dyn MergeStore {
        self
    }

    fn people(&mut self) -> &mut dyn PersonStore {
        self
    }

    fn views(&mut self) -> &mut dyn ViewStore {
        self
    }

    fn lead_batches(&mut self) -> &mut dyn LeadBatches {
        self
    }

    fn imports(&mut self) -> &mut dyn ImportStore {
        self
    }

    fn creations(&mut self) -> &mut dyn CreationStore {
        self
    }

    fn tasks(&mut self) -> &mut dyn TaskStore {
        self
    }

    fn activities(&mut self) -> &mut dyn ActivityStore {
        self
    }

    fn jobs(&mut self) -> &mut dyn JobStore {
        self
    }

    fn scores(&mut self) -> &mut dyn ScoreStore {
        self
    }

    fn reports(&mut self) -> &mut dyn ReportStore {
        self
    }

    fn erasures(&mut self) -> &mut dyn ErasureStore {
        self
    }

    fn tombstones(&mut self) -> &mut dyn TombstoneStore {
        self
    }

    fn consents(&mut self) -> &mut dyn ConsentStore {
        self
    }

    fn informings(&mut self) -> &mut dyn InformingStore {
        self
    }

    fn suppressions(&mut self) -> &mut dyn SuppressionStore {
        self
    }

    fn notifications(&mut self) -> &mut dyn NotificationStore {
        self
    }

    fn paces(&mut self) -> &mut dyn MailPaces {
        self
    }

    fn restrictions(&mut self) -> &mut dyn RestrictionStore {
        self
    }

    fn holds(&mut self) -> &mut dyn HoldStore {
        self
    }

    fn agreements(&mut self) -> &mut dyn AgreementStore {
        self
    }

    fn breaches(&mut self) -> &mut dyn BreachStore {
        self
    }

    fn support(&mut self) -> &mut dyn SupportStore {
        self
    }

    fn rights(&mut self) -> &mut dyn RightsStore {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditStore {
        self
    }

    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    async fn announce(&mut self, change: Change) -> Result<(), StorageError> {
        let Some(payload) = Announcement::of(OrganizationId(self.organization), change) else { return Ok(()) };
        let lead = if let Change::Lead(id) = change { Some(id.0) } else { None };
        // Whose lead it is goes with it, so that only those hear of it within whose reach it is.
        sqlx::query!(
            "SELECT pg_notify('qualify_live', concat_ws(' ', $1::text, (
                SELECT coalesce(owner_id::text, 'queue') FROM leads WHERE organization_id = $2 AND id = $3
            )))",
            payload,
            self.organization,
            lead,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        let Self { mut sql, trail, .. } = *self;
        if !trail.is_look() {
            trail.keep(&mut sql).await?;
        }
        sql.commit().await.map_err(failed)
    }
}

#[async_trait]
impl PlatformTx for PlatformWork {
    fn accounts(&mut self) -> &mut dyn AccountStore {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionStore {
        self
    }

    fn second_factors(&mut self) -> &mut dyn SecondFactorStore {
        self
    }

    fn connections(&mut self) -> &mut dyn ConnectionLog {
        self
    }

    fn throttles(&mut self) -> &mut dyn ThrottleStore {
        self
    }

    fn export_runs(&mut self) -> &mut dyn ExportRuns {
        self
    }

    fn signing_keys(&mut self) -> &mut dyn SigningKeyStore {
        self
    }

    fn passkeys(&mut self) -> &mut dyn PasskeyStore {
        self
    }

    fn held(&mut self) -> &mut dyn HeldAccounts {
        self
    }

    fn one_time_tokens(&mut self) -> &mut dyn OneTimeTokenStore {
        self
    }

    fn directory(&mut self) -> &mut dyn Directory {
        self
    }

    fn security(&mut self) -> &mut dyn SecurityLog {
        self
    }

    fn queue(&mut self) -> &mut dyn OutboxQueue {
        self
    }

    fn retention(&mut self) -> &mut dyn RetentionStore {
        self
    }

    fn policies(&mut self) -> &mut dyn PolicyStore {
        self
    }

    fn deliveries(&mut self) -> &mut dyn HookQueue {
        self
    }

    fn service_breaches(&mut self) -> &mut dyn ServiceBreachStore {
        self
    }

    fn operator_requests(&mut self) -> &mut dyn OperatorRequestStore {
        self
    }

    fn member_requests(&mut self) -> &mut dyn MemberRequestStore {
        self
    }

    fn payments(&mut self) -> &mut dyn BillingQueue {
        self
    }

    async fn into_tenant(mut self: Box<Self>, scope: &TenantScope) -> Result<Box<dyn TenantTx>, StorageError> {
        let settings = inside(scope);
        sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut *self.sql).await.map_err(failed)?;
        Ok(Box::new(Work::of(self.sql, scope, &self.clock)))
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        self.sql.commit().await.map_err(failed)
    }
}
