-- What organizations subscribed to. What the provider answered is the truth (BIL-3); here stands what it answered last.
CREATE TABLE billing_records (
    organization_id uuid PRIMARY KEY REFERENCES organizations,
    -- By what the ledger knows the organization. The link goes with it (BIL-9).
    billing_subject_id uuid NOT NULL,
    trial_ends_at timestamptz NOT NULL,
    subscription_id text,
    customer_id text,
    plan text CHECK (plan IN ('solo', 'team', 'business')),
    status text CHECK (status IN (
        'on_trial', 'active', 'paused_free', 'paused_void', 'past_due', 'unpaid', 'cancelled', 'expired'
    )),
    since timestamptz,
    provider_trial_ends_at timestamptz,
    renews_at timestamptz,
    ends_at timestamptz,
    began_at timestamptz,
    updated_at timestamptz,
    confirmed_at timestamptz,
    -- When the provider is to be asked without any hint (BIL-4).
    check_at timestamptz NOT NULL,
    -- Those that do not count any more: money may still be given back on them.
    earlier_subscriptions text[] NOT NULL DEFAULT '{}',
    -- Documents of which the ledger and the provider say something else: `invoice 1`.
    differing_documents text[] NOT NULL DEFAULT '{}',
    CHECK (
        num_nonnulls(subscription_id, customer_id, plan, status, since, began_at, updated_at, confirmed_at) IN (0, 8)
    )
);
SELECT tenantize('billing_records', 'SELECT, INSERT, UPDATE');
CREATE INDEX billing_records_of_subscription ON billing_records (subscription_id) WHERE subscription_id IS NOT NULL;
CREATE INDEX billing_records_of_earlier ON billing_records USING gin (earlier_subscriptions);
CREATE INDEX billing_records_to_check ON billing_records (check_at);

-- Tries to subscribe: the reference is all that the provider is told of the organization (BIL-6).
CREATE TABLE checkouts (
    organization_id uuid NOT NULL REFERENCES organizations,
    reference text NOT NULL,
    plan text NOT NULL CHECK (plan IN ('solo', 'team', 'business')),
    -- Nobody once they belong nowhere any more.
    user_id uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, reference)
);
SELECT tenantize('checkouts', 'SELECT, INSERT');
CREATE INDEX checkouts_by_reference ON checkouts (reference);
CREATE INDEX checkouts_of_user ON checkouts (user_id);
CREATE INDEX checkouts_by_time ON checkouts (created_at);
SELECT sweep_table('checkout', 'checkouts', 'organization_id, reference', 'created_at');

-- What the provider's webhooks were about, without anything of a person (BIL-2, DAT-5).
CREATE TABLE billing_hints (
    key text PRIMARY KEY,
    event text NOT NULL,
    subscription_id text,
    order_id text,
    invoice_id text,
    reference text,
    told jsonb,
    received_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    settled_at timestamptz
);
SELECT platformize('billing_hints');
REVOKE DELETE ON billing_hints FROM qualify_app;
CREATE INDEX billing_hints_due ON billing_hints (due_at) WHERE settled_at IS NULL;
CREATE INDEX billing_hints_by_time ON billing_hints (received_at);
SELECT sweep_table('billing_hint', 'billing_hints', 'key', 'received_at');

-- The ledger (BIL-9). The product reaches it by functions alone, none of which changes or deletes an entry.
CREATE TABLE ledger (
    number bigint PRIMARY KEY,
    billing_subject_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('order', 'invoice', 'refund')),
    document_id text NOT NULL,
    status text NOT NULL,
    currency text NOT NULL,
    currency_rate text NOT NULL,
    subtotal bigint NOT NULL,
    discount bigint NOT NULL,
    tax bigint NOT NULL,
    tax_name text,
    tax_rate text,
    tax_inclusive boolean NOT NULL,
    total bigint NOT NULL,
    refunded bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    is_test boolean NOT NULL,
    fiscal_year_end date NOT NULL,
    retain_until timestamptz NOT NULL
);
-- A document is one entry, however often it is told, and what was given back of it by then is another.
CREATE UNIQUE INDEX ledger_by_document ON ledger (document_id, kind) WHERE kind <> 'refund';
CREATE UNIQUE INDEX ledger_by_refund ON ledger (document_id, refunded) WHERE kind = 'refund';
SELECT platformize('ledger');
REVOKE ALL ON ledger FROM qualify_app;
CREATE INDEX ledger_of_subject ON ledger (billing_subject_id, issued_at, number);
CREATE INDEX ledger_by_end ON ledger (retain_until);
SELECT sweep_table('ledger', 'ledger', 'number', 'retain_until');

GRANT SELECT, INSERT ON ledger TO qualify_ledger;
GRANT USAGE ON SCHEMA public TO qualify_ledger;
GRANT EXECUTE ON FUNCTION current_organization(), platform_task(), require_platform_task(text[]) TO qualify_ledger;
CREATE POLICY ledger ON ledger TO qualify_ledger USING (true) WITH CHECK (true);
GRANT SELECT (organization_id, billing_subject_id) ON billing_records TO qualify_ledger;
CREATE POLICY ledger ON billing_records FOR SELECT TO qualify_ledger
    USING (organization_id = (SELECT current_organization()));

CREATE FUNCTION own_billing_subject() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT billing_subject_id FROM billing_records WHERE organization_id = (SELECT current_organization()));
END $$;

-- Adds what the ledger does not hold yet of the organization's documents, and tells how much that was.
CREATE FUNCTION append_ledger(entries jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fresh bigint;
BEGIN
    -- Entries are numbered one after the other, and so do they come who write them.
    PERFORM pg_advisory_xact_lock(hashtextextended('ledger', 0));
    INSERT INTO ledger (
        number, billing_subject_id, kind, document_id, status, currency, currency_rate, subtotal, discount, tax, tax_name, tax_rate,
        tax_inclusive, total, refunded, issued_at, is_test, fiscal_year_end, retain_until
    )
    SELECT (SELECT coalesce(max(number), 0) FROM ledger) + row_number() OVER (), own_billing_subject(), told.*
    FROM (
        SELECT DISTINCT ON (kind, document_id, CASE kind WHEN 'refund' THEN refunded END) entry.* FROM jsonb_to_recordset(entries) AS entry (
            kind text, document_id text, status text, currency text, currency_rate text, subtotal bigint, discount bigint,
            tax bigint, tax_name text, tax_rate text, tax_inclusive boolean, total bigint, refunded bigint,
            issued_at timestamptz, is_test boolean, fiscal_year_end date, retain_until timestamptz
        )
    ) AS told
    WHERE NOT EXISTS (
        SELECT FROM ledger AS kept WHERE kept.kind = told.kind AND kept.document_id = told.document_id
            AND (told.kind <> 'refund' OR kept.refunded = told.refunded)
    );
    GET DIAGNOSTICS fresh = ROW_COUNT;
    RETURN fresh;
END $$;

-- The organization's part of it, the latest document first.
CREATE FUNCTION own_ledger(before timestamptz, before_number bigint, most integer) RETURNS SETOF ledger
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM ledger AS l
        WHERE l.billing_subject_id = own_billing_subject()
            AND (before IS NULL OR (l.issued_at, l.number) < (before, before_number))
        ORDER BY l.issued_at DESC, l.number DESC LIMIT most;
END $$;

-- What it holds of the organization's orders and invoices, and how much of them it knows was given back.
CREATE FUNCTION entered() RETURNS TABLE (kind text, document_id text, currency text, total bigint, refunded bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT own.kind, own.document_id, own.currency, own.total, CASE own.kind WHEN 'order' THEN 0 ELSE coalesce((
            SELECT max(back.refunded) FROM ledger AS back WHERE back.document_id = own.document_id AND back.kind = 'refund'
        ), 0) END
        FROM ledger AS own WHERE own.billing_subject_id = own_billing_subject() AND own.kind <> 'refund';
END $$;

-- All of it, for whoever keeps the books.
CREATE FUNCTION read_ledger(after bigint, most integer) RETURNS SETOF ledger
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('read_ledger');
    RETURN QUERY SELECT * FROM ledger AS l WHERE l.number > coalesce(after, 0) ORDER BY l.number LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION append_ledger(jsonb), own_ledger(timestamptz, bigint, integer), entered(),
    read_ledger(bigint, integer) TO qualify_app;
GRANT EXECUTE ON FUNCTION own_billing_subject() TO qualify_ledger;
GRANT CREATE ON SCHEMA public TO qualify_ledger;
ALTER FUNCTION own_billing_subject OWNER TO qualify_ledger;
ALTER FUNCTION append_ledger OWNER TO qualify_ledger;
ALTER FUNCTION own_ledger OWNER TO qualify_ledger;
ALTER FUNCTION entered OWNER TO qualify_ledger;
ALTER FUNCTION read_ledger OWNER TO qualify_ledger;
REVOKE CREATE ON SCHEMA public FROM qualify_ledger;

-- Whose a subscription or a checkout is, and about whom the provider is to be asked.
CREATE POLICY relay ON billing_records TO qualify_relay USING (true) WITH CHECK (true);
GRANT SELECT (organization_id, subscription_id, earlier_subscriptions, check_at, differing_documents), UPDATE (check_at) ON billing_records
    TO qualify_relay;
CREATE POLICY relay ON checkouts FOR SELECT TO qualify_relay USING (true);
GRANT SELECT (organization_id, reference) ON checkouts TO qualify_relay;

CREATE FUNCTION home_of_subscription(subscription text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('follow_billing');
    RETURN (
        SELECT max(organization_id::text)::uuid FROM billing_records
        WHERE subscription_id = subscription OR earlier_subscriptions @> ARRAY[subscription] HAVING count(*) = 1
    );
END $$;
-- Whether the organization may have that subscription: nobody else has. Those who want the same wait for each other.
CREATE FUNCTION claim_subscription(subscription text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(subscription, 1));
    RETURN NOT EXISTS (
        SELECT FROM billing_records
        WHERE (subscription_id = subscription OR earlier_subscriptions @> ARRAY[subscription])
            AND organization_id <> (SELECT current_organization())
    );
END $$;
-- Of how many organizations the ledger and the provider say something else.
CREATE FUNCTION differing_ledgers() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('follow_billing');
    RETURN (SELECT count(*) FROM billing_records WHERE differing_documents <> '{}');
END $$;
CREATE FUNCTION home_of_checkout(checkout text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('follow_billing');
    RETURN (SELECT max(organization_id::text)::uuid FROM checkouts WHERE reference = checkout HAVING count(*) = 1);
END $$;
-- Organizations that the provider is to be asked about, those without a record first; others leave them alone for a while.
CREATE FUNCTION homes_to_check(now timestamptz, until timestamptz, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('follow_billing');
    RETURN QUERY SELECT o.organization_id FROM organizations AS o
        WHERE NOT EXISTS (SELECT FROM billing_records AS r WHERE r.organization_id = o.organization_id)
        ORDER BY o.created_at LIMIT most;
    RETURN QUERY UPDATE billing_records AS r SET check_at = until WHERE r.organization_id IN (
        SELECT d.organization_id FROM billing_records AS d WHERE d.check_at <= now
        ORDER BY d.check_at LIMIT most FOR UPDATE SKIP LOCKED
    ) RETURNING r.organization_id;
END $$;
GRANT EXECUTE ON FUNCTION claim_subscription(text), home_of_subscription(text), home_of_checkout(text), differing_ledgers(),
    homes_to_check(timestamptz, timestamptz, integer) TO qualify_app;
