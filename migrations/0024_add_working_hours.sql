-- When an organization works, and on which days it does not. Seven spans, Monday first, empty on days off; what a span
-- looks like is known to the domain, which reads every one of them.
ALTER TABLE organizations
    ADD working_hours text[] NOT NULL
        DEFAULT ARRAY['09:00-18:00', '09:00-18:00', '09:00-18:00', '09:00-18:00', '09:00-18:00', '', '']
        CHECK (cardinality(working_hours) = 7 AND array_to_string(working_hours, ' ', '?') ~ '^[0-9:\- ]*$'),
    ADD version integer NOT NULL DEFAULT 1 CHECK (version > 0);

CREATE TABLE holidays (
    organization_id uuid NOT NULL REFERENCES organizations,
    day date NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (organization_id, day)
);
SELECT tenantize('holidays', 'SELECT, INSERT, DELETE');
