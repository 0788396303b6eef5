-- PRV-3: a subprocessor that left is one that nobody has to expect any more: if it comes back, it is announced anew.
ALTER TABLE subprocessors ADD COLUMN left_at timestamptz;
ALTER TABLE subprocessors DROP CONSTRAINT subprocessors_pkey;
ALTER TABLE subprocessors ADD PRIMARY KEY (announcement, name, purpose, country, transfer, since);
GRANT UPDATE (left_at) ON subprocessors TO qualify_app;
