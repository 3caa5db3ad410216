-- Seconds within which an equal request by the same key is the same request; 0: never.

ALTER TABLE keys ADD COLUMN dedupe_seconds INTEGER NOT NULL DEFAULT 0 CHECK (dedupe_seconds >= 0);
