//! What the database's own catalogue says about every table, view and function: nothing is taken on trust.

use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, Executor, PgConnection};

/// Every fault, by one query per rule. Each must find nothing; the tests below show that each can find something.
const FAULTS: &[(&str, &str)] = &[
    (
        "RLS-1: row security is not enabled and forced",
        "SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_sqlx_migrations'
            AND NOT (relrowsecurity AND relforcerowsecurity)",
    ),
    (
        "RLS-1: the table of a tenant lacks its two policies for the runtime role",
        "SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attname = 'organization_id'
            AND 2 <> (
                SELECT count(DISTINCT polpermissive) FROM pg_policy
                WHERE polrelid = pg_class.oid AND polcmd = '*' AND 'qualify_app'::regrole = ANY (polroles)
                    AND pg_get_expr(polqual, polrelid)
                        = '(organization_id = ( SELECT current_organization() AS current_organization))'
                    AND pg_get_expr(polwithcheck, polrelid) = pg_get_expr(polqual, polrelid)
            )",
    ),
    (
        "the table of the platform lacks its two policies for the runtime role",
        "SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_sqlx_migrations'
            AND NOT EXISTS (
                SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organization_id'
            )
            AND 2 <> (
                SELECT count(DISTINCT polpermissive) FROM pg_policy
                WHERE polrelid = pg_class.oid AND polcmd = '*' AND 'qualify_app'::regrole = ANY (polroles)
                    AND pg_get_expr(polqual, polrelid) LIKE '(( SELECT platform_task() AS platform_task) IS NOT NULL)'
                    AND pg_get_expr(polwithcheck, polrelid) = pg_get_expr(polqual, polrelid)
            )",
    ),
    (
        "RLS-1: a policy lets the runtime role in by another rule",
        "SELECT polrelid::regclass || '.' || polname FROM pg_policy
        WHERE (0::oid = ANY (polroles) OR 'qualify_app'::regrole = ANY (polroles))
            AND polname NOT IN ('tenant', 'tenant_only', 'platform', 'platform_only')
            AND (polpermissive OR polname NOT IN ('reach', 'own', 'spam_only', 'restricted', 'sealed', 'ends_once'))",
    ),
    (
        "RLS-13: what is a member's own is within reach of their colleagues",
        "SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND (relname LIKE 'notification%' OR relname LIKE 'job%')
            AND relkind = 'r'
            AND NOT EXISTS (
                SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'own' AND NOT polpermissive
                    AND polcmd = '*' AND 'qualify_app'::regrole = ANY (polroles)
                    AND pg_get_expr(polqual, polrelid) LIKE '%user_id = ( SELECT current_member() AS current_member)%'
                    AND pg_get_expr(polwithcheck, polrelid) = pg_get_expr(polqual, polrelid)
            )",
    ),
    (
        "RLS-13: what hangs on a lead reaches further than the lead",
        "SELECT pg_class.oid::regclass::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
            AND (relname = 'leads' AND attname = 'id' OR attname = 'lead_id') AND NOT EXISTS (
                SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'reach' AND NOT polpermissive
                    AND polcmd IN ('*', 'r') AND 'qualify_app'::regrole = ANY (polroles)
                    AND pg_get_expr(polqual, polrelid) LIKE '%( SELECT reached_owners() AS reached_owners)%'
            )",
    ),
    (
        "DSR-10: what hangs on a lead is shown or changed while the lead is restricted",
        "SELECT pg_class.oid::regclass::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
            AND (relname = 'leads' AND attname = 'id' OR attname = 'lead_id') AND NOT EXISTS (
                SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'restricted' AND NOT polpermissive
                    AND polcmd = '*' AND 'qualify_app'::regrole = ANY (polroles)
                    AND (pg_get_expr(polqual, polrelid) LIKE '%( SELECT hidden_leads() AS hidden_leads)%'
                        OR relname = 'leads'
                            AND pg_get_expr(polqual, polrelid) LIKE '%( SELECT sees_restricted() AS sees_restricted)%')
                    AND pg_get_expr(polwithcheck, polrelid) = pg_get_expr(polqual, polrelid)
            )",
    ),
    (
        "RET-18: a sweep of what can be held asks nobody whether it is",
        "SELECT polrelid::regclass || '.' || polname FROM pg_policy
        WHERE polrelid IN ('leads'::regclass, 'submissions'::regclass, 'users'::regclass)
            AND EXISTS (SELECT FROM unnest(polroles) AS role WHERE role::regrole::text ~ '^qualify_(sweep_|retention$)')
            AND pg_get_expr(polqual, polrelid) NOT LIKE '%is_kept(%'",
    ),
    (
        "a key would keep a member from leaving",
        "SELECT conrelid::regclass || '.' || conname FROM pg_constraint
        WHERE contype = 'f' AND confrelid = 'memberships'::regclass AND confdeltype NOT IN ('c', 'n')
            AND conrelid <> 'leads'::regclass",
    ),
    (
        "what hangs on a lead, and no merge moves along or makes anew",
        "SELECT conrelid::regclass::text FROM pg_constraint
        WHERE contype = 'f' AND confrelid = 'leads'::regclass AND conrelid::regclass::text <> ALL (ARRAY[
            'submissions', 'activities', 'tasks', 'notifications', 'merges', 'lead_aliases',
            'import_changes', 'lead_scores', 'consent_events', 'restrictions', 'hook_deliveries', 'hook_disclosures'
        ])",
    ),
    (
        "RLS-1: organization_id may be null",
        "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attname = 'organization_id'
            AND NOT attnotnull",
    ),
    (
        "RLS-1: no index leads with organization_id",
        "SELECT attrelid::regclass::text FROM pg_attribute AS a JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attname = 'organization_id'
            AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indkey[0] = a.attnum AND indpred IS NULL)",
    ),
    (
        "RLS-4: a role of the product is too powerful",
        "SELECT rolname::text FROM pg_roles
        WHERE rolname LIKE 'qualify\\_%' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication
            OR (rolbypassrls AND rolname <> 'qualify_backup')
            OR (rolcanlogin AND rolname NOT IN ('qualify_migrator', 'qualify_app', 'qualify_backup', 'qualify_monitor')))",
    ),
    (
        "RLS-4: a role that serves is a member of another",
        "SELECT roleid::regrole::text FROM pg_auth_members
        WHERE member::regrole::text LIKE 'qualify\\_%'
            AND member::regrole::text NOT IN ('qualify_owner', 'qualify_migrator', 'qualify_backup', 'qualify_monitor')",
    ),
    (
        "RLS-4: the runtime role may truncate, refer to or put triggers on a table",
        "SELECT table_name::text || ' ' || privilege_type FROM information_schema.table_privileges
        WHERE table_schema = 'public' AND (grantee = 'PUBLIC' OR grantee LIKE 'qualify\\_%' AND grantee <> 'qualify_owner')
            AND privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')",
    ),
    (
        "RLS-4: something belongs to another role than the owner",
        "SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relowner <> 'qualify_owner'::regrole",
    ),
    (
        "RLS-5: a key between tenants' tables leaves the organization out",
        "SELECT conrelid::regclass || '.' || conname FROM pg_constraint AS c
        JOIN pg_attribute AS near ON near.attrelid = conrelid AND near.attname = 'organization_id'
        JOIN pg_attribute AS far ON far.attrelid = confrelid AND far.attname = 'organization_id'
        WHERE contype = 'f' AND NOT EXISTS (
            SELECT FROM unnest(conkey, confkey) AS pair (n, f) WHERE n = near.attnum AND f = far.attnum
        )",
    ),
    (
        "RLS-5: a unique constraint of a tenant's table leaves the organization out",
        "SELECT indexrelid::regclass::text FROM pg_index
        JOIN pg_attribute AS a ON a.attrelid = indrelid AND attname = 'organization_id'
        JOIN pg_class ON pg_class.oid = indrelid
        WHERE relnamespace = 'public'::regnamespace AND indisunique AND a.attnum <> ALL (indkey)",
    ),
    (
        "RLS-5: a sequence",
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'",
    ),
    (
        "RLS-6: a view that runs with its owner's rights, or a materialised one",
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND (relkind = 'm' OR relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false))",
    ),
    (
        "RLS-6: a definer's function that is not on the list",
        "SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef AND proname <> ALL (ARRAY[
            'resolve_form', 'organizations_of', 'authenticate_member', 'members_with_profile', 'mfa_standing', 'preferences_of', 'colleagues_of', 'end_sessions_here',
            'claim_deliveries', 'orphaned_disclosures', 'claim_events', 'postpone_event', 'park_event', 'parked_events', 'replay_event', 'waiting_events', 'queue_state',
            'append_audit', 'note_security', 'tell_security', 'settle_security',
            'audited_organizations', 'find_api_key', 'resolve_consent_link',
            'homes_of', 'belongs_where_shown', 'grants_of',
            'defer_event', 'zone_of_member', 'leads_by_words',
            'breaches_here', 'closing_of', 'closing_of_key', 'concerned_by', 'erase_account', 'erase_lead',
            'free_slug', 'give_notifications', 'gone_lately', 'hidden_leads', 'informings_to_watch', 'is_kept', 'keeps_anything',
             'name_concerned', 'overdue_breaches', 'overdue_requests', 'pass_over_rights', 'pass_request_on', 'record_run', 'refuse_held',
             'resolve_slug', 'restricted_marks', 'rewrite_notices', 'rights_to_watch', 'sealed_homes', 'support_of', 'take_passed_request', 'tell_owners',
             'tell_revised', 'to_score', 'warn_of_ends', 'append_ledger', 'own_billing_subject', 'own_ledger', 'entered', 'differing_ledgers', 'read_ledger', 'grounds_of', 'grounds_of_key', 'claim_subscription', 'home_of_checkout', 'home_of_subscription', 'homes_to_check', 'homes_to_confirm', 'purge_has_begun'
        ])
            AND NOT (proname LIKE 'sweep\\_%' AND proowner::regrole::text = 'qualify_' || proname)
            AND NOT (proname LIKE 'due\\_%' AND proowner = 'qualify_retention'::regrole
                AND to_regproc('sweep_' || substr(proname, 5)) IS NOT NULL)",
    ),
    (
        "RLS-6: a definer's function without a pinned search path",
        "SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef
            AND NOT coalesce('search_path=pg_catalog, public, pg_temp' = ANY (proconfig), false)",
    ),
    (
        "RLS-6: a definer's function owned by a role with more than it needs",
        "SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef
            AND proowner NOT IN ('qualify_auth'::regrole, 'qualify_relay'::regrole, 'qualify_retention'::regrole, 'qualify_ledger'::regrole)
            AND proowner::regrole::text <> 'qualify_' || proname",
    ),
    (
        "RLS-6: a definer's function that is told the organization",
        "SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef
            AND EXISTS (
                SELECT FROM unnest(proargnames, coalesce(proargmodes, array_fill('i'::\"char\", ARRAY[pronargs])))
                    AS argument (name, mode)
                WHERE mode = 'i' AND name LIKE '%organization%'
            )",
    ),
    (
        "RLS-6: a function that everybody may run",
        "SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
            AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0))",
    ),
    (
        "LOG-3: whoever serves may change the audit trail otherwise than through its functions",
        "SELECT role || ' ' || privilege || ' ' || name
        FROM unnest(ARRAY['audit_entries', 'audit_heads', 'audit_anchors', 'security_tallies']) AS name,
            unnest(ARRAY['qualify_app', 'qualify_relay', 'qualify_monitor']) AS role,
            unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
        WHERE has_table_privilege(role, name, privilege)
            OR privilege IN ('INSERT', 'UPDATE') AND has_any_column_privilege(role, name, privilege)",
    ),
    (
        "LOG-3: the owner of the trail's functions may change or delete an entry",
        "SELECT privilege FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
        WHERE has_table_privilege('qualify_auth', 'audit_entries', privilege)
            OR privilege = 'UPDATE' AND has_any_column_privilege('qualify_auth', 'audit_entries', privilege)",
    ),
    (
        "RET-14: the proofs of sweeps may be written otherwise than by their function, changed or deleted",
        "SELECT role || ' ' || privilege || ' ' || name
        FROM unnest(ARRAY['retention_runs', 'retention_head']) AS name,
            (SELECT rolname::text FROM pg_roles
                WHERE rolname IN ('qualify_app', 'qualify_auth', 'qualify_relay', 'qualify_monitor', 'qualify_retention')
                    OR rolname LIKE 'qualify\\_sweep\\_%') AS roles (role),
            unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
        WHERE (has_table_privilege(role, name, privilege)
                OR privilege IN ('INSERT', 'UPDATE') AND has_any_column_privilege(role, name, privilege))
            AND (role, name, privilege) NOT IN (('qualify_retention', 'retention_runs', 'INSERT'),
                ('qualify_retention', 'retention_head', 'UPDATE'))",
    ),
    (
        "RET-15: a sweep reaches what is not due",
        "SELECT polrelid::regclass || '.' || polname FROM pg_policy
        WHERE EXISTS (SELECT FROM unnest(polroles) AS role WHERE role::regrole::text LIKE 'qualify\\_sweep\\_%')
            AND (pg_get_expr(polqual, polrelid) NOT LIKE '%( SELECT sweep_cutoff() AS sweep_cutoff)%' OR polcmd = '*')",
    ),
    (
        "RET-15: a sweep reads more than clocks and keys",
        "SELECT grantee || ' ' || table_name || '.' || column_name FROM information_schema.column_privileges
        WHERE grantee LIKE 'qualify\\_sweep\\_%' AND privilege_type = 'SELECT' AND column_name <> ALL (ARRAY[
            'organization_id', 'id', 'form_id', 'api_key_id', 'key', 'job_id', 'import_id', 'lead_id', 'part', 'line',
            'verdict', 'waiting', 'digest_at', 'received_at', 'occurred_at', 'expires_at', 'ended_at', 'created_at',
            'done_at', 'full_at', 'parked_at', 'at', 'purge_due_at', 'closed_at', 'user_id', 'current_organization_id',
            'whose', 'ended_at', 'counts', 'digest', 'removed_at', 'last_submission_at', 'months', 'months_before',
            'begins_at', 'sequence', 'ends_at', 'request_id', 'logged_at', 'reference', 'number', 'retain_until', 'ending', 'end_confirmed_at'
        ]) AND (table_name, column_name) <> ('audit_entries', 'hash')",
    ),
    (
        "RLS-7: a partition within reach of the runtime role",
        "SELECT relname::text FROM pg_class WHERE relispartition AND has_table_privilege('qualify_app', oid, 'SELECT')",
    ),
    (
        "RLS-8: a column of a type whose comparison is not leakproof, or of money in floats",
        "SELECT attrelid::regclass || '.' || attname FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0
            AND (typtype = 'e' OR typname IN ('money', 'float4', 'float8', 'varchar', 'bpchar', 'citext', 'timestamp'))
            AND relname <> '_sqlx_migrations'",
    ),
    (
        "DAT-4: an address of the network, or a browser's name, in another column than the two",
        "SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
            AND (atttypid IN ('inet'::regtype, 'cidr'::regtype) OR attname LIKE '%user_agent%')
            AND attrelid::regclass || '.' || attname
                NOT IN ('submissions.ip', 'connection_events.ip', 'connection_events.user_agent')",
    ),
];

async fn faults(connection: &mut PgConnection) -> Vec<String> {
    let mut found = vec![];
    for (rule, query) in FAULTS {
        let places: Vec<String> = sqlx::query_scalar(*query).fetch_all(&mut *connection).await.unwrap();
        found.extend(places.into_iter().map(|place| format!("{rule}: {place}")));
    }
    found
}

#[tokio::test]
async fn rls_1_rls_4_rls_5_rls_6_rls_7_rls_8_dat_4_the_catalogue_shows_no_fault() {
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    assert_eq!(faults(&mut connection).await, Vec::<String>::new());
    let tables: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname = 'organization_id'",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(tables >= 12, "the catalogue of the migrated database was looked at, not an empty one: {tables} tables");
}

/// For each rule something that breaks it.
const BREAKS: &[(&str, &str)] = &[
    ("row security is not enabled", "CREATE TABLE plain (organization_id uuid NOT NULL)"),
    ("lacks its two policies", "CREATE TABLE plain (organization_id uuid NOT NULL)"),
    ("may be null", "CREATE TABLE plain (organization_id uuid)"),
    ("is a member of another", "GRANT qualify_relay TO qualify_erase_account"),
    ("no index leads", "CREATE TABLE plain (organization_id uuid NOT NULL)"),
    ("the table of the platform lacks", "CREATE TABLE plain (id uuid)"),
    ("in by another rule", "CREATE POLICY everybody ON leads FOR SELECT USING (true)"),
    ("in by another rule", "CREATE POLICY reach ON forms TO qualify_app USING (true)"),
    ("reaches further than", "DROP POLICY reach ON leads"),
    ("reaches further than", "DROP POLICY reach ON activities"),
    ("reaches further than", "ALTER POLICY reach ON submissions USING (true)"),
    ("reaches further than", "ALTER TABLE forms ADD lead_id uuid"),
    ("while the lead is restricted", "DROP POLICY restricted ON leads"),
    ("while the lead is restricted", "ALTER POLICY restricted ON tasks WITH CHECK (true)"),
    ("while the lead is restricted", "ALTER TABLE forms ADD lead_id uuid"),
    (
        "asks nobody whether",
        "ALTER POLICY due_lead_ip_sees ON submissions USING (received_at <= (SELECT sweep_cutoff()))",
    ),
    ("within reach of their colleagues", "DROP POLICY own ON notifications"),
    ("within reach of their colleagues", "ALTER POLICY own ON notifications USING (true)"),
    (
        "keep a member from",
        "ALTER TABLE forms ADD made_by uuid,
            ADD FOREIGN KEY (organization_id, made_by) REFERENCES memberships",
    ),
    (
        "no merge moves along",
        "ALTER TABLE forms ADD example uuid, ADD FOREIGN KEY (organization_id, example) REFERENCES leads",
    ),
    ("row security is not enabled", "ALTER TABLE leads NO FORCE ROW LEVEL SECURITY"),
    ("lacks its two policies", "DROP POLICY tenant_only ON leads"),
    ("lacks its two policies", "ALTER POLICY tenant ON leads WITH CHECK (true)"),
    ("may truncate", "GRANT TRUNCATE ON leads TO qualify_app"),
    ("belongs to another role", "ALTER TABLE leads OWNER TO postgres"),
    (
        "leaves the organization out",
        "ALTER TABLE leads ADD UNIQUE (id); ALTER TABLE activities ADD FOREIGN KEY (lead_id) REFERENCES leads (id)",
    ),
    ("a unique constraint of", "CREATE UNIQUE INDEX ON leads (email_norm)"),
    ("a sequence", "CREATE SEQUENCE numbers"),
    ("a view that runs", "CREATE VIEW seen AS SELECT * FROM leads"),
    ("a view that runs", "CREATE MATERIALIZED VIEW seen AS SELECT 1 AS one"),
    ("not on the list", "CREATE FUNCTION peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"),
    ("without a pinned", "ALTER FUNCTION resolve_form RESET search_path"),
    ("more than it needs", "ALTER FUNCTION resolve_form OWNER TO qualify_owner"),
    (
        "is told the organization",
        "CREATE FUNCTION peek(organization uuid) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    ),
    ("everybody may run", "GRANT EXECUTE ON FUNCTION resolve_form TO PUBLIC"),
    (
        "a partition",
        "CREATE TABLE parts (n int) PARTITION BY LIST (n);
        CREATE TABLE part PARTITION OF parts DEFAULT; GRANT SELECT ON part TO qualify_app",
    ),
    ("otherwise than through", "GRANT INSERT ON audit_entries TO qualify_app"),
    ("otherwise than through", "GRANT UPDATE (times) ON audit_entries TO qualify_app"),
    ("otherwise than through", "GRANT DELETE ON audit_heads TO qualify_app"),
    ("change or delete an entry", "GRANT DELETE ON audit_entries TO qualify_auth"),
    ("the proofs of sweeps", "GRANT INSERT ON retention_runs TO qualify_app"),
    ("the proofs of sweeps", "GRANT DELETE ON retention_runs TO qualify_sweep_lead_ip"),
    ("the proofs of sweeps", "GRANT UPDATE (rows) ON retention_runs TO qualify_retention"),
    ("reaches what is not due", "ALTER POLICY sweep_lead_ip_sees ON submissions USING (true)"),
    ("reaches what is not due", "CREATE POLICY more ON leads TO qualify_sweep_lead_ip USING (true)"),
    ("more than clocks and keys", "GRANT SELECT (email) ON submissions TO qualify_sweep_quarantine"),
    ("is a member of another", "GRANT qualify_relay TO qualify_sweep_job"),
    ("more than it needs", "ALTER FUNCTION sweep_job OWNER TO qualify_owner"),
    ("not on the list", "ALTER FUNCTION sweep_job OWNER TO qualify_relay"),
    ("not leakproof", "ALTER TABLE leads ADD score float8"),
    ("an address of the network", "ALTER TABLE leads ADD ip inet"),
    ("an address of the network", "ALTER TABLE submissions ADD user_agent text"),
];

#[tokio::test]
async fn rls_1_each_fault_in_the_catalogue_is_seen() {
    let database = TestDatabase::fresh().await;
    let mut connection = PgConnection::connect_with(&database.superuser()).await.unwrap();
    for (rule, statements) in BREAKS {
        let mut tx = connection.begin().await.unwrap();
        sqlx::raw_sql(*statements).execute(&mut *tx).await.unwrap();
        let seen = faults(&mut tx).await;
        assert!(seen.iter().any(|fault| fault.contains(rule)), "{statements}: {rule} is not among {seen:?}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn rls_1_tenantize_makes_a_table_that_the_catalogue_finds_nothing_in() {
    let database = TestDatabase::fresh().await;
    let mut connection = PgConnection::connect_with(&database.migrator()).await.unwrap();
    connection.execute("SET ROLE qualify_owner").await.unwrap();
    connection.execute("CREATE TABLE visits (organization_id uuid, id uuid)").await.unwrap();
    connection.execute("SELECT tenantize('visits')").await.unwrap();
    assert_eq!(faults(&mut connection).await, Vec::<String>::new());
}
