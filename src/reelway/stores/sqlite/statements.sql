-- Every statement of the store, by name. {name} stands for another one of this file, and
-- {changes} and {filters} for what the code puts together from fixed parts.

-- name: task_columns
id, public_id, owner_id, key_id, wire, model_asked, request, status, stage, attempt, engine,
receipt, report, error, deaths, furthest, film, film_info, poster, base_url, accepted_at,
started_at, stored_at, finished_at, voice, priority, start_by, cancel_at, next_at, rests,
notified_at, film_dropped_at, provider, reserved, cost, currency

-- name: key_columns
keys.id, keys.owner_id, owners.name, owners.role, keys.name, keys.prefix, keys.created_at,
keys.revoked_at, keys.dedupe_seconds, keys.budget_day, keys.budget_month, keys.budget_total

-- owners and keys

-- name: add_owner
INSERT INTO owners (name, role, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING

-- name: owner
SELECT id, name, role, created_at FROM owners WHERE name = ?

-- name: add_key
INSERT INTO keys (owner_id, name, digest, prefix, created_at, dedupe_seconds,
                  budget_day, budget_month, budget_total)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

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
                   base_url, accepted_at, engine, priority, start_by, cancel_at, next_at,
                   provider, reserved, currency, request, body)
VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: task
SELECT {task_columns} FROM tasks WHERE id = ?

-- name: find_task
SELECT {task_columns} FROM tasks WHERE public_id = ? AND owner_id = ?

-- name: find_any_task
SELECT {task_columns} FROM tasks WHERE public_id = ?

-- name: set_poster
UPDATE tasks SET poster = ? WHERE id = ? AND film IS NOT NULL

-- name: task_state
SELECT id, status FROM tasks WHERE public_id = ? AND owner_id = ?

-- name: tasks
SELECT {task_columns} FROM tasks WHERE owner_id = ?{filters} ORDER BY id DESC LIMIT ?

-- The two states stand here as the index tasks_open has them, or it would not be used.
-- name: unfinished
SELECT {task_columns} FROM tasks
WHERE status IN ('queued', 'running') AND id > ? ORDER BY id LIMIT ?

-- name: late
SELECT {task_columns} FROM tasks WHERE stage = 'late' AND id > ? ORDER BY id LIMIT ?

-- By owner first, as the index has it: that needs no sorting.
-- name: counts
SELECT status, sum(count) FROM
(SELECT status, count(*) AS count FROM tasks GROUP BY owner_id, status) GROUP BY status

-- What the metrics ask, as often as they like: it takes as long as there are open tasks and owners,
-- however many tasks have ended. Open ones come first by id, which is the order of acceptance.
-- name: load
SELECT
(SELECT count(*) FROM owners CROSS JOIN tasks INDEXED BY tasks_by_status
 ON tasks.owner_id = owners.id WHERE tasks.status = 'queued'),
(SELECT count(*) FROM owners CROSS JOIN tasks INDEXED BY tasks_by_status
 ON tasks.owner_id = owners.id WHERE tasks.status = 'running'),
(SELECT accepted_at FROM tasks INDEXED BY tasks_open
 WHERE status IN ('queued', 'running') AND status = 'queued' ORDER BY id LIMIT 1),
(SELECT count(*) FROM deliveries INDEXED BY deliveries_pending WHERE status = 'pending'),
(SELECT created_at FROM deliveries INDEXED BY deliveries_pending WHERE status = 'pending'
 ORDER BY id LIMIT 1)

-- name: change_task
UPDATE tasks SET {changes} WHERE id = ? AND status = ? AND attempt = ? RETURNING {task_columns}

-- name: drop_task
DELETE FROM tasks WHERE id = ?

-- name: add_event
INSERT INTO events (task_id, owner_id, at, status, attempt, v, data) VALUES (?, ?, ?, ?, ?, 1, ?)

-- name: events
SELECT {event_columns} FROM events JOIN tasks ON tasks.id = events.task_id
WHERE events.task_id = ? AND events.id > ? ORDER BY events.id

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

-- times and upkeep

-- name: to_cancel
SELECT {task_columns} FROM tasks
WHERE status IN ('queued', 'running') AND cancel_at IS NOT NULL AND cancel_at <= ?
ORDER BY cancel_at LIMIT ?

-- name: overdue
SELECT {task_columns} FROM tasks
WHERE status = 'queued' AND start_by IS NOT NULL AND start_by <= ?
AND (attempt = 1 OR provider IS NOT NULL) ORDER BY start_by LIMIT ?

-- name: rested
SELECT {task_columns} FROM tasks
WHERE status = 'queued' AND next_at IS NOT NULL AND next_at <= ? ORDER BY next_at LIMIT ?

-- name: last_films
SELECT {task_columns} FROM tasks WHERE film IS NOT NULL ORDER BY finished_at DESC LIMIT ?

-- A task is accepted before it ends, so the walk over ids ends at the first one that is too young;
-- what it passes over is open still, or ended long after it was accepted. One for which money is
-- held stays, as `delete_task` would say.
-- name: ended_before
SELECT owner_id, public_id FROM tasks
WHERE id < coalesce((SELECT id FROM tasks WHERE accepted_at >= ?1 ORDER BY id LIMIT 1), 1 << 62)
AND finished_at < ?1 AND NOT coalesce(reserved > 0, 0) ORDER BY id LIMIT ?2

-- name: films_before
SELECT id, public_id FROM tasks WHERE film IS NOT NULL AND finished_at < ? ORDER BY finished_at LIMIT ?

-- name: drop_film
UPDATE tasks SET film = NULL, poster = NULL, film_dropped_at = ?
WHERE id = ? AND film IS NOT NULL AND finished_at IS NOT NULL

-- name: film_uses
SELECT DISTINCT sha256 FROM task_assets WHERE task_id = ? AND role IN ('film', 'poster')

-- name: drop_film_uses
DELETE FROM task_assets WHERE task_id = ? AND role IN ('film', 'poster')

-- What would go if all before these times went: ?1 tasks, ?2 films, ?3 deliveries, ?4 unused files.
-- name: going
SELECT
(SELECT count(*) FROM tasks WHERE finished_at < ?1 AND coalesce(reserved, 0) = 0),
(SELECT count(*) FROM tasks
 WHERE film IS NOT NULL AND finished_at < ?2 AND NOT finished_at < ?1),
(SELECT count(*) FROM deliveries JOIN tasks ON tasks.id = deliveries.task_id
 WHERE deliveries.created_at < ?3 AND deliveries.status <> 'pending'
 AND NOT coalesce(tasks.finished_at < ?1 AND coalesce(tasks.reserved, 0) = 0, 0)),
count(*), coalesce(sum(size), 0) FROM assets
WHERE NOT EXISTS (
    SELECT 1 FROM task_assets JOIN tasks ON tasks.id = task_assets.task_id
    WHERE task_assets.sha256 = assets.sha256
    AND NOT coalesce(tasks.finished_at < ?1 AND coalesce(tasks.reserved, 0) = 0, 0)
    AND NOT coalesce(task_assets.role IN ('film', 'poster') AND tasks.finished_at < ?2, 0))
AND NOT EXISTS (SELECT 1 FROM resource_assets WHERE resource_assets.sha256 = assets.sha256)
AND (created_at < ?4
     OR EXISTS (SELECT 1 FROM task_assets WHERE task_assets.sha256 = assets.sha256))

-- name: files_after
SELECT sha256, size FROM assets WHERE sha256 > ? ORDER BY sha256 LIMIT ?

-- name: add_audit
INSERT INTO audit (at, actor, act, subject, v, data) VALUES (?, ?, ?, ?, 1, ?)

-- name: audit
SELECT id, at, actor, act, subject, data FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?

-- events, for those that listen

-- name: event_columns
events.id, events.task_id, events.owner_id, events.at, events.status, events.attempt, events.v,
events.data, tasks.public_id

-- name: last_event
SELECT coalesce(max(id), 0) FROM events

-- name: events_after
SELECT {event_columns} FROM events JOIN tasks ON tasks.id = events.task_id
WHERE events.id > ? ORDER BY events.id LIMIT ?

-- name: owner_events
SELECT {event_columns} FROM events JOIN tasks ON tasks.id = events.task_id
WHERE events.owner_id = ? AND events.id > ? ORDER BY events.id LIMIT ?

-- webhooks

-- name: endpoint_columns
id, public_id, owner_id, url, wire, events, description, disabled_at, disabled_why, failing_since,
created_at

-- name: count_endpoints
SELECT count(*) FROM endpoints WHERE owner_id = ?

-- name: add_endpoint
INSERT INTO endpoints (public_id, owner_id, url, wire, events, description, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: endpoint
SELECT {endpoint_columns} FROM endpoints WHERE public_id = ? AND owner_id = ?

-- name: endpoints
SELECT {endpoint_columns} FROM endpoints WHERE owner_id = ? ORDER BY id

-- name: change_endpoint
UPDATE endpoints SET {changes} WHERE public_id = ? AND owner_id = ?

-- name: disable_endpoint
UPDATE endpoints SET disabled_at = ?, disabled_why = ? WHERE id = ? AND disabled_at IS NULL

-- name: failing
UPDATE endpoints SET failing_since = coalesce(failing_since, ?) WHERE id = ?

-- name: not_failing
UPDATE endpoints SET failing_since = NULL WHERE id = ? AND failing_since IS NOT NULL

-- name: move_deliveries
UPDATE deliveries SET url = ? WHERE endpoint_id = ? AND status = 'pending'

-- name: drop_endpoint
DELETE FROM endpoints WHERE public_id = ? AND owner_id = ?

-- name: add_secret
INSERT INTO signing_secrets (owner_id, endpoint_id, sealed, created_at) VALUES (?, ?, ?, ?)

-- name: retire_secrets
UPDATE signing_secrets SET until = ?3
WHERE owner_id = ?1 AND endpoint_id IS ?2 AND (until IS NULL OR until > ?3)

-- Those that are over, and all but the newest two.
-- name: drop_old_secrets
DELETE FROM signing_secrets WHERE owner_id = ?1 AND endpoint_id IS ?2 AND (until <= ?3 OR id NOT IN
(SELECT id FROM signing_secrets WHERE owner_id = ?1 AND endpoint_id IS ?2 ORDER BY id DESC LIMIT 2))

-- name: secrets
SELECT sealed FROM signing_secrets
WHERE owner_id = ? AND endpoint_id IS ? AND (until IS NULL OR until > ?) ORDER BY id DESC

-- name: has_endpoint
SELECT 1 FROM endpoints WHERE owner_id = ?

-- name: tell_endpoints
INSERT INTO deliveries
(public_id, owner_id, task_id, endpoint_id, url, wire, event, event_at, next_at, created_at)
SELECT 'msg_' || lower(hex(randomblob(16))), owner_id, ?1, id, url, wire, ?2, ?3, ?3, ?3
FROM endpoints WHERE owner_id = ?4 AND disabled_at IS NULL
AND EXISTS (SELECT 1 FROM json_each(endpoints.events) WHERE value = ?2)

-- name: tell_address
INSERT INTO deliveries
(public_id, owner_id, task_id, url, wire, event, event_at, next_at, created_at)
VALUES ('msg_' || lower(hex(randomblob(16))), ?4, ?1, ?5, ?6, ?2, ?3, ?3, ?3)

-- name: delivery_columns
deliveries.id, deliveries.public_id, deliveries.owner_id, deliveries.task_id, tasks.public_id,
deliveries.endpoint_id, endpoints.public_id, deliveries.url, deliveries.wire, deliveries.event,
deliveries.event_at, deliveries.status, deliveries.tries, deliveries.next_at,
deliveries.created_at, deliveries.ended_at

-- name: delivery_tables
deliveries JOIN tasks ON tasks.id = deliveries.task_id
LEFT JOIN endpoints ON endpoints.id = deliveries.endpoint_id

-- name: pending_deliveries
SELECT {delivery_columns} FROM {delivery_tables}
WHERE deliveries.status = 'pending' AND deliveries.id > ? ORDER BY deliveries.id LIMIT ?

-- name: delivery
SELECT {delivery_columns} FROM {delivery_tables}
WHERE deliveries.public_id = ? AND deliveries.owner_id = ?

-- name: pending_delivery
SELECT {delivery_columns} FROM {delivery_tables}
WHERE deliveries.id = ? AND deliveries.status = 'pending'

-- name: deliveries
SELECT {delivery_columns} FROM {delivery_tables}
WHERE deliveries.owner_id = ?{filters} ORDER BY deliveries.id DESC LIMIT ?

-- name: tried
UPDATE deliveries SET tries = tries + 1, status = ?, next_at = ?, ended_at = ?
WHERE id = ? AND status = 'pending'

-- name: end_deliveries
UPDATE deliveries SET status = 'failed', ended_at = ? WHERE endpoint_id = ? AND status = 'pending'

-- name: notified
UPDATE tasks SET notified_at = ? WHERE id = ? AND notified_at IS NULL

-- name: add_try
INSERT INTO delivery_tries (delivery_id, at, milliseconds, status, error, request, answer)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: drop_old_tries
DELETE FROM delivery_tries WHERE delivery_id = ?1 AND id <=
(SELECT id FROM delivery_tries WHERE delivery_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)

-- name: tries
SELECT at, milliseconds, status, error, request, answer FROM delivery_tries
WHERE delivery_id = ? ORDER BY id

-- name: redeliver
UPDATE deliveries SET status = 'pending', tries = 0, next_at = ?, ended_at = NULL,
url = coalesce((SELECT url FROM endpoints WHERE endpoints.id = deliveries.endpoint_id), url)
WHERE public_id = ? AND owner_id = ?

-- name: failed_deliveries
SELECT id FROM deliveries
WHERE endpoint_id = ? AND status = 'failed' AND event_at >= ? ORDER BY id LIMIT ?

-- name: redeliver_these
UPDATE deliveries SET status = 'pending', tries = 0, next_at = ?1, ended_at = NULL,
url = (SELECT url FROM endpoints WHERE endpoints.id = deliveries.endpoint_id)
WHERE id IN (SELECT value FROM json_each(?2)) AND status = 'failed'

-- Ends since then that the endpoint asks for and was not told of.
-- name: missed_events
SELECT events.id FROM endpoints JOIN events ON events.owner_id = endpoints.owner_id
WHERE endpoints.id = ?1 AND events.at >= ?2 AND events.status IN ('succeeded', 'failed', 'cancelled')
AND EXISTS (SELECT 1 FROM json_each(endpoints.events) WHERE value = 'task.' || events.status)
AND NOT EXISTS (SELECT 1 FROM deliveries AS known WHERE known.endpoint_id = endpoints.id
                AND known.task_id = events.task_id AND known.event = 'task.' || events.status)
ORDER BY events.id LIMIT ?3

-- name: tell_of_these
INSERT INTO deliveries
(public_id, owner_id, task_id, endpoint_id, url, wire, event, event_at, next_at, created_at)
SELECT 'msg_' || lower(hex(randomblob(16))), endpoints.owner_id, events.task_id, endpoints.id,
       endpoints.url, endpoints.wire, 'task.' || events.status, events.at, ?2, ?2
FROM events JOIN endpoints ON endpoints.id = ?1 AND endpoints.owner_id = events.owner_id
WHERE events.id IN (SELECT value FROM json_each(?3))
AND NOT EXISTS (SELECT 1 FROM deliveries AS known WHERE known.endpoint_id = endpoints.id
                AND known.task_id = events.task_id AND known.event = 'task.' || events.status)
ORDER BY events.id

-- name: delivery_counts
SELECT count(*), min(created_at) FROM deliveries WHERE status = 'pending'

-- name: deliveries_before
DELETE FROM deliveries WHERE id IN
(SELECT id FROM deliveries WHERE created_at < ?1 AND status <> 'pending' ORDER BY id LIMIT ?2)

-- money

-- name: set_budget
UPDATE keys SET {changes} WHERE prefix = ?

-- name: budgets
SELECT budget_day, budget_month, budget_total FROM keys WHERE id = ?

-- name: used
SELECT coalesce(sum(reserved + settled), 0) FROM usage
WHERE key_id = ? AND day BETWEEN ? AND ? AND currency = ?

-- name: add_line
INSERT INTO money (owner_id, key_id, task_id, task, provider, model, resolution, day, currency,
                   at, kind, tasks, seconds, reserved, settled, v)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)

-- Not one INSERT … ON CONFLICT: its checks would look at what is taken away as if it were all.
-- name: change_usage
UPDATE usage SET tasks = tasks + ?, seconds = seconds + ?, reserved = reserved + ?,
settled = settled + ? WHERE key_id = ? AND day = ? AND provider = ? AND model = ?
AND resolution = ? AND currency = ? AND owner_id = ?

-- name: begin_usage
INSERT INTO usage (tasks, seconds, reserved, settled,
                   key_id, day, provider, model, resolution, currency, owner_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: last_line
SELECT owner_id, key_id, task_id, task, provider, model, resolution, day, currency FROM money
WHERE task_id = ? ORDER BY id DESC LIMIT 1

-- name: held
SELECT reserved FROM tasks WHERE id = ? AND status = ? AND attempt = ?

-- name: is_held
SELECT 1 FROM tasks WHERE id = ? AND reserved > 0

-- name: set_provider
UPDATE tasks SET provider = ?, reserved = ?, currency = ? WHERE id = ? RETURNING {task_columns}

-- name: set_money
UPDATE tasks SET reserved = ?, cost = ?, currency = ? WHERE id = ? RETURNING {task_columns}

-- name: usage
SELECT {by}currency, sum(usage.tasks), sum(usage.seconds), sum(usage.reserved), sum(usage.settled)
FROM usage LEFT JOIN keys ON keys.id = usage.key_id LEFT JOIN owners ON owners.id = usage.owner_id
WHERE day BETWEEN ? AND ?{filters}
GROUP BY {by}currency
HAVING sum(usage.tasks) > 0 OR sum(usage.reserved) > 0 OR sum(usage.settled) > 0
ORDER BY {by}currency LIMIT ?

-- a look from outside; any schema from the first on must understand it, but for what is sealed

-- name: quick_check
PRAGMA quick_check(5)

-- name: foreign_key_check
PRAGMA foreign_key_check

-- name: kept_files
SELECT sha256, size FROM assets

-- name: count_kept_files
SELECT count(*) FROM assets

-- name: films_of
SELECT task_id FROM task_assets WHERE sha256 = ? AND role = 'film'

-- name: last_at
SELECT at FROM events ORDER BY id DESC LIMIT 1

-- name: some_sealed
SELECT sealed FROM signing_secrets ORDER BY id DESC LIMIT ?
