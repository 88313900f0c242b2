-- When to look at an attempt again although nobody asks (NULL: never), and when its status last changed.
ALTER TABLE attempts ADD COLUMN look_at INTEGER;
ALTER TABLE attempts ADD COLUMN moved_at INTEGER NOT NULL DEFAULT 0;
UPDATE attempts SET moved_at = asked_at;
UPDATE attempts SET look_at = claimed_until WHERE transaction_status IS NULL OR transaction_status IN ('pending', 'authorize');
CREATE INDEX attempts_due ON attempts (look_at) WHERE look_at IS NOT NULL;
