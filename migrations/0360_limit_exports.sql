-- In one organization, one export runs at a time (DSR-13). Whoever runs one holds a row by a keyed digest, from which nobody
-- reads where it runs, and holds it for a while only: what breaks lets others in.
CREATE TABLE export_runs (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    id uuid NOT NULL,
    exported text NOT NULL CHECK (exported IN ('person', 'account', 'organization')),
    held_until timestamptz NOT NULL
);
SELECT platformize('export_runs');
