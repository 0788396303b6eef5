-- The roles of Qualify CRM. Run once per server, as a superuser; running it again changes nothing.
-- Then give the three that log in their passwords: ALTER ROLE qualify_app PASSWORD '…';
--
--   qualify_owner     owns the tables; nobody logs in as it
--   qualify_migrator  changes the schema (`qualify migrate`), by SET ROLE qualify_owner
--   qualify_app       serves: owns nothing, and row security binds it
--   qualify_auth      owns the look-ups that are needed before an organization is known
--   qualify_relay     owns the functions of the outbox queue
--   qualify_sweep_…   one for each rule of retention: owns the function that sweeps, and reaches no more than what is due
--   qualify_retention counts what is due, and keeps the proofs of the sweeps
--   qualify_erase_lead owns the function that erases a lead
--   qualify_erase_account owns the function by which somebody deletes their account
--   qualify_rewrite_notices owns the function that takes their address out of notices
--   qualify_backup    reads everything, writes nothing
--   qualify_ledger    owns the functions that write and read the billing ledger, and change nothing in it
--   qualify_monitor   reads the server's statistics, no table

DO $$
DECLARE
    wanted record;
    sweeps CONSTANT text[] := ARRAY[
        'lead_ip', 'quarantine', 'sealed', 'connection', 'refresh_token', 'one_time_token', 'consent_link', 'throttle',
        'submission_key', 'creation_key', 'job', 'import', 'merge', 'notification', 'mail_pace', 'parked_event',
        'tombstone', 'erasure', 'farewell', 'organization', 'session', 'challenge', 'passkey_ceremony', 'invitation',
        'view', 'lead', 'audit', 'rights_link', 'rights_request',
        'breach', 'service_breach', 'support_grant', 'operator_request', 'hook_delivery', 'checkout', 'billing_hint',
        'ledger'
    ];
    sweep text;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES
        ('qualify_owner', 'NOLOGIN NOINHERIT'),
        ('qualify_migrator', 'LOGIN NOINHERIT'),
        ('qualify_app', 'LOGIN'),
        ('qualify_auth', 'NOLOGIN'),
        ('qualify_relay', 'NOLOGIN'),
        ('qualify_retention', 'NOLOGIN'),
        ('qualify_erase_lead', 'NOLOGIN'),
        ('qualify_erase_account', 'NOLOGIN'),
        ('qualify_rewrite_notices', 'NOLOGIN'),
        ('qualify_ledger', 'NOLOGIN'),
        ('qualify_backup', 'LOGIN BYPASSRLS'),
        ('qualify_monitor', 'LOGIN')
    ) AS roles (name, attributes) UNION ALL SELECT 'qualify_sweep_' || code, 'NOLOGIN' FROM unnest(sweeps) AS code LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- there already, or made by another session at this moment
        END;
    END LOOP;
    -- Two sessions that grant the same at once trip over each other; one of them is enough.
    BEGIN
        GRANT qualify_owner TO qualify_migrator;
        GRANT qualify_auth, qualify_relay, qualify_retention, qualify_erase_lead, qualify_erase_account,
            qualify_rewrite_notices, qualify_ledger TO qualify_owner;
        FOREACH sweep IN ARRAY sweeps LOOP
            EXECUTE format('GRANT %I TO qualify_owner', 'qualify_sweep_' || sweep);
        END LOOP;
        GRANT pg_read_all_data TO qualify_backup;
        GRANT pg_monitor TO qualify_monitor;
        -- LOG-2: neither values nor statements reach the server's log.
        ALTER ROLE qualify_app SET log_error_verbosity = terse;
        ALTER ROLE qualify_app SET log_min_error_statement = panic;
        ALTER ROLE qualify_app SET log_parameter_max_length_on_error = 0;
        -- Work that hangs gives way.
        ALTER ROLE qualify_app SET statement_timeout = '30s';
        ALTER ROLE qualify_app SET idle_in_transaction_session_timeout = '60s';
        ALTER ROLE qualify_app SET jit = off;
    EXCEPTION WHEN unique_violation OR internal_error THEN
        NULL;
    END;
END $$;
