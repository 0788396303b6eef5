-- 200 colleagues of the one who signed up, with the same password.
INSERT INTO users (id, first_name, last_name, email, language, created_at)
SELECT gen_random_uuid(), 'User', n::text, 'u' || n || '@example.com', 'en', created_at
FROM users, generate_series(1, 200) AS n;

INSERT INTO passwords (user_id, hash, pepper)
SELECT u.id, p.hash, p.pepper FROM users AS u, passwords AS p WHERE u.id <> p.user_id;

INSERT INTO memberships (organization_id, user_id, roles, notify_new_leads, joined_at)
SELECT m.organization_id, u.id, '{viewer}', false, m.joined_at
FROM users AS u, memberships AS m WHERE u.id <> m.user_id;
