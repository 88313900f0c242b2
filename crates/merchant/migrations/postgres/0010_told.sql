-- Which changes the shop's own code has taken in. What is behind `version` is still to be told.
ALTER TABLE attempts ADD COLUMN told_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX attempts_untold ON attempts (order_id) WHERE version > told_version;
