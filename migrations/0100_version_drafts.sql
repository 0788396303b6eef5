-- Who publishes a draft names the draft that was seen: it grows with each change.
ALTER TABLE forms ADD draft_version integer NOT NULL DEFAULT 0;
