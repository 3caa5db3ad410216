-- The first schema. Times are UTC milliseconds; JSON columns are text; ids are never reused.

PRAGMA application_id = 1382376812; -- "Reel"

CREATE TABLE owners (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE CHECK (name <> ''),
    role       TEXT NOT NULL CHECK (role IN ('admin', 'user')),
    created_at INTEGER NOT NULL CHECK (created_at >= 0)
) STRICT;

CREATE TABLE keys (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id   INTEGER NOT NULL REFERENCES owners (id),
    name       TEXT NOT NULL,
    digest     BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    prefix     TEXT NOT NULL UNIQUE CHECK (prefix <> ''),
    created_at INTEGER NOT NULL CHECK (created_at >= 0),
    revoked_at INTEGER CHECK (revoked_at >= 0)
) STRICT;

CREATE TABLE assets (
    sha256     TEXT NOT NULL PRIMARY KEY
               CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    kind       TEXT NOT NULL CHECK (kind <> ''),
    size       INTEGER NOT NULL CHECK (size >= 0),
    info       TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL CHECK (created_at >= 0)
) STRICT, WITHOUT ROWID;

-- `stage` has no CHECK: stages come and go with the engines, and a CHECK cannot be altered.
-- `body` comes last: what is read often then never touches its overflow pages.
CREATE TABLE tasks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL UNIQUE CHECK (public_id <> ''),
    owner_id    INTEGER NOT NULL REFERENCES owners (id),
    key_id      INTEGER REFERENCES keys (id),
    wire        TEXT NOT NULL,
    model       TEXT NOT NULL, -- the family
    model_asked TEXT NOT NULL,
    status      TEXT NOT NULL
                CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    stage       TEXT,
    attempt     INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1),
    engine      TEXT,
    receipt     TEXT,
    report      TEXT NOT NULL DEFAULT '{}',
    error       TEXT,
    deaths      INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0),
    furthest    INTEGER NOT NULL DEFAULT 0 CHECK (furthest BETWEEN 0 AND 100),
    film        TEXT, -- uses of assets are rows of task_assets
    film_info   TEXT NOT NULL DEFAULT '{}',
    poster      TEXT,
    base_url    TEXT,
    accepted_at INTEGER NOT NULL CHECK (accepted_at >= 0),
    started_at  INTEGER CHECK (started_at >= 0),
    stored_at   INTEGER CHECK (stored_at >= 0),
    finished_at INTEGER CHECK (finished_at >= 0),
    request     TEXT NOT NULL, -- canonical, with its "v"
    body        BLOB NOT NULL, -- raw, inline images replaced by asset references
    CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'cancelled')))
) STRICT;

-- Every index ends in the row's id, so these give an owner's tasks in order of time.
CREATE INDEX tasks_by_owner ON tasks (owner_id);
CREATE INDEX tasks_by_status ON tasks (owner_id, status);
CREATE INDEX tasks_by_model ON tasks (owner_id, model);
CREATE INDEX tasks_open ON tasks (id) WHERE status IN ('queued', 'running');

CREATE TABLE task_assets (
    task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    sha256  TEXT NOT NULL REFERENCES assets (sha256),
    PRIMARY KEY (task_id, role, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_assets_by_sha256 ON task_assets (sha256);

CREATE TABLE events (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id  INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL,
    at       INTEGER NOT NULL CHECK (at >= 0),
    status   TEXT NOT NULL,
    attempt  INTEGER NOT NULL,
    v        INTEGER NOT NULL,
    data     TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE INDEX events_by_task ON events (task_id);

-- By public id and without a reference to the task: a retry that comes after the task was deleted
-- must still be answered, not made again.
CREATE TABLE idempotency (
    id          INTEGER PRIMARY KEY,
    owner_id    INTEGER NOT NULL REFERENCES owners (id),
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    public_id   TEXT NOT NULL,
    status      INTEGER NOT NULL,
    body        BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (owner_id, key)
) STRICT;

CREATE INDEX idempotency_by_age ON idempotency (created_at);
