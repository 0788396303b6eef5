-- Views of the list: the organization's, and each member's own.

CREATE TABLE views (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name COLLATE "und-x-icu")) STORED,
    -- Whose alone it is. It leaves with its member; what is everybody's stays.
    private_of uuid,
    made_by uuid,
    settings jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    removed_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, private_of) REFERENCES memberships ON DELETE CASCADE,
    FOREIGN KEY (organization_id, made_by) REFERENCES memberships ON DELETE SET NULL (made_by)
);
SELECT tenantize('views');
CREATE POLICY own ON views AS RESTRICTIVE TO qualify_app, qualify_owner
    USING (private_of IS NULL OR (SELECT current_member()) IS NULL OR private_of = (SELECT current_member()))
    WITH CHECK (private_of IS NULL OR (SELECT current_member()) IS NULL OR private_of = (SELECT current_member()));
-- A name stands once among the organization's views, and once among a member's.
CREATE UNIQUE INDEX views_by_name ON views (organization_id, private_of, name_norm)
    WHERE removed_at IS NULL AND private_of IS NOT NULL;
CREATE UNIQUE INDEX views_by_shared_name ON views (organization_id, name_norm)
    WHERE removed_at IS NULL AND private_of IS NULL;

-- With which view a member's list begins.
CREATE TABLE view_defaults (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    view_id uuid NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES memberships ON DELETE CASCADE,
    FOREIGN KEY (organization_id, view_id) REFERENCES views ON DELETE CASCADE
);
SELECT tenantize('view_defaults');
SELECT keep_to_member('view_defaults');
