-- Every statement of the store, by name. {name} stands for another one of this file, and
-- {changes} and {filters} for what the code puts together from fixed parts.

-- name: task_columns
id, public_id, owner_id, key_id, wire, model_asked, request, status, stage, attempt, engine,
receipt, report, error, deaths, furthest, film, film_info, poster, base_url, accepted_at,
started_at, stored_at, finished_at, voice

-- name: key_columns
keys.id, keys.owner_id, owners.name, owners.role, keys.name, keys.prefix, keys.created_at,
keys.revoked_at, keys.dedupe_seconds

-- owners and keys

-- name: add_owner
INSERT INTO owners (name, role, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING

-- name: owner
SELECT id, name, role, created_at FROM owners WHERE name = ?

-- name: add_key
INSERT INTO keys (owner_id, name, digest, prefix, created_at, dedupe_seconds)
VALUES (?, ?, ?, ?, ?, ?)

-- name: key
SELECT {key_columns} FROM keys JOIN owners ON owners.id = keys.owner_id WHERE keys.digest = ?

-- name: key_by_prefix
SELECT {key_columns} FROM keys JOIN owners ON owners.id = keys.owner_id WHERE keys.prefix = ?

-- name: keys
SELECT {key_columns} FROM keys JOIN owners ON owners.id = keys.owner_id ORDER BY keys.id

-- name: revoke_key
UPDATE keys SET revoked_at = ? WHERE prefix = ? AND revoked_at IS NULL

-- tasks

-- name: add_task
INSERT INTO tasks (public_id, owner_id, key_id, wire, model, model_asked, status, report,
                   base_url, accepted_at, engine, request, body)
VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)

-- name: task
SELECT {task_columns} FROM tasks WHERE id = ?

-- name: find_task
SELECT {task_columns} FROM tasks WHERE public_id = ? AND owner_id = ?

-- name: find_any_task
SELECT {task_columns} FROM tasks WHERE public_id = ?

-- name: set_poster
UPDATE tasks SET poster = ? WHERE id = ?

-- name: task_state
SELECT id, status FROM tasks WHERE public_id = ? AND owner_id = ?

-- name: tasks
SELECT {task_columns} FROM tasks WHERE owner_id = ?{filters} ORDER BY id DESC LIMIT ?

-- The two states stand here as the index tasks_open has them, or it would not be used.
-- name: unfinished
SELECT {task_columns} FROM tasks
WHERE status IN ('queued', 'running') AND id > ? ORDER BY id LIMIT ?

-- By owner first, as the index has it: that needs no sorting.
-- name: counts
SELECT status, sum(count) FROM
(SELECT status, count(*) AS count FROM tasks GROUP BY owner_id, status) GROUP BY status

-- name: change_task
UPDATE tasks SET {changes} WHERE id = ? AND status = ? AND attempt = ? RETURNING {task_columns}

-- name: drop_task
DELETE FROM tasks WHERE id = ?

-- name: add_event
INSERT INTO events (task_id, owner_id, at, status, attempt, v, data) VALUES (?, ?, ?, ?, ?, 1, ?)

-- name: events
SELECT id, task_id, owner_id, at, status, attempt, v, data FROM events
WHERE task_id = ? AND id > ? ORDER BY id

-- idempotency

-- name: replay
SELECT fingerprint, public_id, status, body, created_at FROM idempotency WHERE owner_id = ? AND key = ?

-- name: add_replay
INSERT INTO idempotency (owner_id, key, fingerprint, public_id, status, body, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: drop_replays
DELETE FROM idempotency WHERE id IN
(SELECT id FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?)

-- assets

-- A file that was sent again is as young as its last sending: the sweep must not take it before
-- the task that it was sent for is there.
-- name: add_asset
INSERT INTO assets (sha256, kind, size, info, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (sha256) DO UPDATE SET created_at = excluded.created_at
WHERE excluded.created_at > assets.created_at

-- name: asset
SELECT sha256, kind, size, info, created_at FROM assets WHERE sha256 = ?

-- name: use_asset
INSERT INTO task_assets (task_id, role, sha256) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: used_assets
SELECT DISTINCT sha256 FROM task_assets WHERE task_id = ?

-- name: unused
NOT EXISTS (SELECT 1 FROM task_assets WHERE task_assets.sha256 = assets.sha256)
AND NOT EXISTS (SELECT 1 FROM resource_assets WHERE resource_assets.sha256 = assets.sha256)

-- name: unused_assets
SELECT sha256 FROM assets WHERE created_at < ? AND {unused}

-- name: drop_asset
DELETE FROM assets WHERE sha256 = ? AND created_at < ? AND {unused}

-- resources

-- name: resource_columns
id, public_id, owner_id, kind, name, data, created_at

-- name: add_resource
INSERT INTO resources (public_id, owner_id, kind, name, data, created_at)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (public_id) DO NOTHING

-- name: use_by_resource
INSERT INTO resource_assets (resource_id, role, sha256) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: resource
SELECT {resource_columns} FROM resources WHERE public_id = ? AND owner_id = ? AND kind = ?

-- name: resources
SELECT {resource_columns} FROM resources
WHERE owner_id = ? AND kind = ? AND id < ? ORDER BY id DESC LIMIT ?

-- name: assets_of_resource
SELECT DISTINCT sha256 FROM resource_assets WHERE resource_id = ?

-- name: drop_resource
DELETE FROM resources WHERE id = ?
