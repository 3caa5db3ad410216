-- Who is told, when a task is to be begun or given up, and who did what.

-- Greater goes first, inside one owner.
ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN start_by INTEGER;  -- a queued task fails after it
ALTER TABLE tasks ADD COLUMN cancel_at INTEGER; -- an unfinished task is cancelled then
ALTER TABLE tasks ADD COLUMN next_at INTEGER;   -- a queued task is not begun before it
ALTER TABLE tasks ADD COLUMN rests INTEGER NOT NULL DEFAULT 0; -- in a row
ALTER TABLE tasks ADD COLUMN notified_at INTEGER;
ALTER TABLE tasks ADD COLUMN film_dropped_at INTEGER; -- by retention; film and poster are NULL then

CREATE INDEX tasks_cancel_at ON tasks (cancel_at)
    WHERE cancel_at IS NOT NULL AND status IN ('queued', 'running');
CREATE INDEX tasks_start_by ON tasks (start_by) WHERE start_by IS NOT NULL AND status = 'queued';
CREATE INDEX tasks_next_at ON tasks (next_at) WHERE next_at IS NOT NULL AND status = 'queued';
CREATE INDEX tasks_with_film ON tasks (finished_at) WHERE film IS NOT NULL;
CREATE INDEX events_by_owner ON events (owner_id);

CREATE TABLE endpoints (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id    TEXT NOT NULL UNIQUE CHECK (public_id <> ''),
    owner_id     INTEGER NOT NULL REFERENCES owners (id),
    url          TEXT NOT NULL,
    wire         TEXT NOT NULL,
    events       TEXT NOT NULL, -- names, as a JSON list
    description  TEXT NOT NULL DEFAULT '',
    disabled_at  INTEGER CHECK (disabled_at >= 0),
    disabled_why TEXT,
    failing_since INTEGER, -- the first failed try since the last that arrived
    created_at   INTEGER NOT NULL CHECK (created_at >= 0)
) STRICT;

CREATE INDEX endpoints_by_owner ON endpoints (owner_id);

-- What webhooks are signed with, sealed: an endpoint's, or, where that is NULL, the owner's, for
-- addresses that requests name. One that was replaced is good until `until`.
CREATE TABLE signing_secrets (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id    INTEGER NOT NULL REFERENCES owners (id),
    endpoint_id INTEGER REFERENCES endpoints (id) ON DELETE CASCADE,
    sealed      BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    until       INTEGER
) STRICT;

CREATE INDEX signing_secrets_by_owner ON signing_secrets (owner_id, endpoint_id);
CREATE INDEX signing_secrets_by_endpoint ON signing_secrets (endpoint_id);

CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL UNIQUE CHECK (public_id <> ''), -- the webhook-id
    owner_id    INTEGER NOT NULL REFERENCES owners (id),
    task_id     INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    endpoint_id INTEGER REFERENCES endpoints (id) ON DELETE CASCADE,
    url         TEXT NOT NULL,
    wire        TEXT NOT NULL,
    event       TEXT NOT NULL,
    event_at    INTEGER NOT NULL,
    status      TEXT NOT NULL DEFAULT 'pending'
                CHECK (status IN ('pending', 'delivered', 'failed')),
    tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    next_at     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;

CREATE INDEX deliveries_pending ON deliveries (id) WHERE status = 'pending';
CREATE INDEX deliveries_by_owner ON deliveries (owner_id);
CREATE INDEX deliveries_by_task ON deliveries (task_id);
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id);

CREATE TABLE delivery_tries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id  INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    at           INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    status       INTEGER,
    error        TEXT,
    request      TEXT NOT NULL,
    answer       TEXT NOT NULL
) STRICT;

CREATE INDEX delivery_tries_by_delivery ON delivery_tries (delivery_id);

-- What people with power over others did: keys, endpoints, backups, sweeps by hand.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    act     TEXT NOT NULL,
    subject TEXT NOT NULL,
    v       INTEGER NOT NULL,
    data    TEXT NOT NULL DEFAULT '{}'
) STRICT;
