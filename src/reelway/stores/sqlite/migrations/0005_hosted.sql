-- What films cost: held when a task is accepted, settled when its film is kept, released when it is
-- known that nothing was charged. Amounts are whole micro-units of `currency`.

ALTER TABLE tasks ADD COLUMN provider TEXT;    -- the account that makes it, or is to
ALTER TABLE tasks ADD COLUMN reserved INTEGER CHECK (reserved >= 0); -- held now; NULL: never any
ALTER TABLE tasks ADD COLUMN cost INTEGER CHECK (cost >= 0);         -- once it is settled
ALTER TABLE tasks ADD COLUMN currency TEXT;

-- What a key may spend and hold together; NULL: as much as it likes.
ALTER TABLE keys ADD COLUMN budget_day INTEGER CHECK (budget_day >= 0);
ALTER TABLE keys ADD COLUMN budget_month INTEGER CHECK (budget_month >= 0);
ALTER TABLE keys ADD COLUMN budget_total INTEGER CHECK (budget_total >= 0);

-- The ledger: only ever added to, and it outlives its tasks, so it refers to none. Each line is a
-- change of the row of `usage` that it names; the sums of the lines are that table.
-- `day` is the one that the task counts for, in the zone that was set when it was accepted.
CREATE TABLE money (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL CHECK (at >= 0),
    owner_id   INTEGER NOT NULL,
    key_id     INTEGER NOT NULL, -- 0: none
    task_id    INTEGER NOT NULL,
    task       TEXT NOT NULL,    -- its public id
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,    -- the family
    resolution TEXT NOT NULL,
    day        TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    currency   TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('reserve', 'settle', 'release', 'adjust')),
    tasks      INTEGER NOT NULL,
    seconds    INTEGER NOT NULL, -- of film
    reserved   INTEGER NOT NULL,
    settled    INTEGER NOT NULL,
    v          INTEGER NOT NULL,
    CHECK (CASE kind
           WHEN 'reserve' THEN reserved > 0 AND settled = 0 AND tasks = 1
           WHEN 'release' THEN reserved < 0 AND settled = 0 AND tasks = -1
           WHEN 'settle'  THEN reserved <= 0 AND settled >= 0 AND tasks = (reserved = 0)
           ELSE reserved = 0 AND settled <> 0 AND tasks = 0 END)
) STRICT;

CREATE INDEX money_by_task ON money (task_id);

CREATE TRIGGER money_is_not_changed BEFORE UPDATE ON money
BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER money_is_not_removed BEFORE DELETE ON money
BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;

-- The sums of the ledger. Tasks and seconds are of what is held or settled; what was released is
-- out again. A key's rows of a day lie together: budgets read them.
CREATE TABLE usage (
    key_id     INTEGER NOT NULL,
    day        TEXT NOT NULL,
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    resolution TEXT NOT NULL,
    currency   TEXT NOT NULL,
    owner_id   INTEGER NOT NULL,
    tasks      INTEGER NOT NULL CHECK (tasks >= 0),
    seconds    INTEGER NOT NULL CHECK (seconds >= 0),
    reserved   INTEGER NOT NULL CHECK (reserved >= 0),
    settled    INTEGER NOT NULL CHECK (settled >= 0),
    PRIMARY KEY (key_id, day, provider, model, resolution, currency, owner_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_by_owner ON usage (owner_id, day);
CREATE INDEX usage_by_day ON usage (day);

-- Tasks that are over here while their vendor may have something of them still: abandoned, or lost.

CREATE INDEX tasks_late ON tasks (id) WHERE stage = 'late';
