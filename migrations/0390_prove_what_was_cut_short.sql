-- RET-14: what a sweep did before its process was killed is proven too, by whoever takes the rule next. Until a sweep is proven
-- its turn knows, in the commit of each batch, when it began, up to when rows were due, and how many went.
ALTER TABLE retention_turns
    ADD began_at timestamptz,
    ADD cutoff timestamptz,
    ADD rows bigint NOT NULL DEFAULT 0,
    ADD CHECK (rows = 0 OR began_at IS NOT NULL AND cutoff IS NOT NULL);
