-- What an organization asks visitors, and what they sent. Keys between tenants' tables carry the organization: a plain
-- foreign key would accept another tenant's row.

CREATE TABLE pipelines (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    name text NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, position)
);
SELECT tenantize('pipelines');

CREATE TABLE stages (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    pipeline_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('open', 'qualified', 'won', 'disqualified')),
    position integer NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, pipeline_id, position),
    FOREIGN KEY (organization_id, pipeline_id) REFERENCES pipelines
);
SELECT tenantize('stages');

CREATE TABLE forms (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'fr')),
    allowed_origins text[] NOT NULL,
    thank_you_url text,
    legal_basis text NOT NULL CHECK (legal_basis IN ('consent', 'legitimate_interest')),
    notice text NOT NULL,
    consent_wording text CHECK (legal_basis <> 'consent' OR consent_wording IS NOT NULL),
    requires_token boolean NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
SELECT tenantize('forms', 'SELECT, INSERT, UPDATE');

-- A form keeps its former addresses until they retire. Unique with the organization (RLS-5); that no two organizations
-- share one follows from their being random, and resolve_form tells none of them if they ever did.
CREATE TABLE form_addresses (
    organization_id uuid NOT NULL,
    public_id uuid NOT NULL,
    form_id uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    retired_at timestamptz,
    PRIMARY KEY (organization_id, public_id),
    FOREIGN KEY (organization_id, form_id) REFERENCES forms
);
SELECT tenantize('form_addresses', 'SELECT, INSERT, UPDATE');
CREATE INDEX form_addresses_of_form ON form_addresses (organization_id, form_id, issued_at DESC);
CREATE INDEX form_addresses_by_public_id ON form_addresses (public_id);

-- Names of fields that are sent but not declared, never what was in them.
CREATE TABLE undeclared_fields (
    organization_id uuid NOT NULL,
    form_id uuid NOT NULL,
    name text NOT NULL,
    times bigint NOT NULL,
    last_seen_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, form_id, name),
    FOREIGN KEY (organization_id, form_id) REFERENCES forms
);
SELECT tenantize('undeclared_fields');

CREATE TABLE leads (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    version integer NOT NULL,
    name text,
    name_norm text COLLATE "C" GENERATED ALWAYS AS (lower(name COLLATE "und-x-icu")) STORED,
    email text,
    email_norm text COLLATE "C" GENERATED ALWAYS AS (lower(email COLLATE "und-x-icu")) STORED,
    phone text,
    phone_e164 text COLLATE "C",
    stage_id uuid NOT NULL,
    owner_id uuid,
    form_id uuid,
    legal_basis text NOT NULL CHECK (legal_basis IN ('consent', 'legitimate_interest')),
    first_touch jsonb NOT NULL,
    last_touch jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    last_submission_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, stage_id) REFERENCES stages,
    FOREIGN KEY (organization_id, owner_id) REFERENCES memberships,
    FOREIGN KEY (organization_id, form_id) REFERENCES forms
);
SELECT tenantize('leads');
CREATE INDEX leads_newest ON leads (organization_id, created_at DESC, id DESC);
CREATE INDEX leads_newest_of_stage ON leads (organization_id, stage_id, created_at DESC, id DESC);
CREATE INDEX leads_newest_of_form ON leads (organization_id, form_id, created_at DESC, id DESC);
CREATE INDEX leads_by_name ON leads (organization_id, name_norm);
CREATE INDEX leads_by_email ON leads (organization_id, email_norm);
CREATE INDEX leads_by_phone ON leads (organization_id, phone_e164);

-- Evidence: after it is written only its lead and its verdict change, which is all that is granted.
CREATE TABLE submissions (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    form_id uuid NOT NULL,
    form_version integer NOT NULL,
    received_at timestamptz NOT NULL,
    name text,
    email text,
    phone text,
    phone_e164 text,
    message text,
    consented boolean NOT NULL,
    consent_wording text,
    notice text NOT NULL,
    page text,
    landing_page text,
    referrer text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_term text,
    utm_content text,
    gclid text,
    fbclid text,
    msclkid text,
    ip inet,
    ip_anonymized_at timestamptz,
    verdict text NOT NULL CHECK (verdict IN ('accepted', 'quarantined')),
    spam_reasons text[] NOT NULL,
    lead_id uuid,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, form_id) REFERENCES forms,
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads
);
SELECT tenantize('submissions', 'SELECT, INSERT');
GRANT UPDATE (lead_id, verdict) ON submissions TO qualify_app;
CREATE INDEX submissions_newest_of_form ON submissions (organization_id, form_id, received_at DESC, id DESC);
CREATE INDEX submissions_newest_of_lead ON submissions (organization_id, lead_id, received_at DESC, id DESC)
    WHERE lead_id IS NOT NULL;

-- By what a second try of the same submission is known.
CREATE TABLE submission_keys (
    organization_id uuid NOT NULL,
    form_id uuid NOT NULL,
    key bytea NOT NULL CHECK (octet_length(key) = 32),
    body bytea NOT NULL CHECK (octet_length(body) = 32),
    submission_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, form_id, key)
);
SELECT tenantize('submission_keys');
CREATE INDEX submission_keys_expired ON submission_keys (expires_at);

CREATE TABLE activities (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    at timestamptz NOT NULL,
    author_id uuid,
    kind text NOT NULL CHECK (kind IN ('submitted', 'noted', 'moved')),
    submission_id uuid CHECK (kind <> 'submitted' OR submission_id IS NOT NULL),
    note text CHECK (kind <> 'noted' OR note IS NOT NULL),
    from_stage_id uuid CHECK (kind <> 'moved' OR from_stage_id IS NOT NULL),
    to_stage_id uuid CHECK (kind <> 'moved' OR to_stage_id IS NOT NULL),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads,
    FOREIGN KEY (organization_id, author_id) REFERENCES memberships,
    FOREIGN KEY (organization_id, submission_id) REFERENCES submissions,
    FOREIGN KEY (organization_id, from_stage_id) REFERENCES stages,
    FOREIGN KEY (organization_id, to_stage_id) REFERENCES stages
);
SELECT tenantize('activities', 'SELECT, INSERT');
CREATE INDEX activities_newest_of_lead ON activities (organization_id, lead_id, at DESC, id DESC);
