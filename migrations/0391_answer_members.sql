-- What members ask of the operator about their own accounts: that it is objected to something, or that their data are kept and not
-- used. It stands in the operator's register, with when it came and by when it is answered, and goes with it.
ALTER TABLE operator_requests
    ADD by_member boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT operator_requests_check3,
    ADD CHECK (by_member OR (email IS NULL) = (entered_at IS NOT NULL OR closed_at IS NOT NULL)),
    -- It is nobody else's to answer, and their address stands in their account.
    ADD CHECK (NOT by_member OR email IS NULL AND passed_on_at IS NULL AND closed_at IS NULL);

-- Everything follows from the steps; what stands beside them is by which the list and the worker find their rows.
CREATE TABLE member_requests (
    request_id uuid PRIMARY KEY REFERENCES operator_requests ON DELETE CASCADE,
    -- None once their account is gone.
    user_id uuid REFERENCES users ON DELETE SET NULL,
    kind text NOT NULL CHECK (kind IN ('objection', 'restriction')),
    words text,
    steps jsonb NOT NULL,
    is_open boolean NOT NULL,
    reminded jsonb NOT NULL,
    -- When the operator is to be reminded next.
    next_at timestamptz,
    CHECK (NOT is_open OR user_id IS NOT NULL AND words IS NOT NULL),
    CHECK (next_at IS NULL OR is_open)
);
SELECT platformize('member_requests');
REVOKE DELETE ON member_requests FROM qualify_app;
CREATE INDEX member_requests_of_user ON member_requests (user_id);
-- One of a kind waits at a time.
CREATE UNIQUE INDEX member_requests_one_open ON member_requests (user_id, kind) WHERE is_open;
CREATE INDEX member_requests_to_remind ON member_requests (next_at) WHERE next_at IS NOT NULL;

-- With an account goes what its user and the operator wrote; what waited for an answer waits no more. However an account goes, it
-- comes by here.
CREATE FUNCTION forget_member_request() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.words := NULL;
    NEW.is_open := false;
    NEW.next_at := NULL;
    SELECT coalesce(jsonb_agg(
        jsonb_set(jsonb_set(jsonb_set(step,
            '{what,extended,reasons}', 'null', false), '{what,answered,words}', 'null', false),
            '{what,refused,words}', 'null', false) ORDER BY place
    ), '[]') INTO NEW.steps FROM jsonb_array_elements(NEW.steps) WITH ORDINALITY AS taken (step, place);
    RETURN NEW;
END $$;
CREATE TRIGGER forgets BEFORE UPDATE OF user_id ON member_requests
    FOR EACH ROW WHEN (NEW.user_id IS NULL) EXECUTE FUNCTION forget_member_request();
