-- What an owner keeps beside tasks: voices, elements and uploaded assets; and the voice that a
-- task made. `data` has its "v".

CREATE TABLE resources (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id  TEXT NOT NULL UNIQUE CHECK (public_id <> ''),
    owner_id   INTEGER NOT NULL REFERENCES owners (id),
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    data       TEXT NOT NULL,
    created_at INTEGER NOT NULL CHECK (created_at >= 0)
) STRICT;

CREATE INDEX resources_by_owner ON resources (owner_id, kind);

CREATE TABLE resource_assets (
    resource_id INTEGER NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    role        TEXT NOT NULL,
    sha256      TEXT NOT NULL REFERENCES assets (sha256),
    PRIMARY KEY (resource_id, role, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX resource_assets_by_sha256 ON resource_assets (sha256);

ALTER TABLE tasks ADD COLUMN voice TEXT;
