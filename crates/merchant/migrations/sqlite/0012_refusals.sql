-- How often an attempt was claimed, and how many of those claims ended with Midtrans' refusal. Where both are the same, there is
-- no transaction; any other claim may have made one.
ALTER TABLE attempts ADD COLUMN claims INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
