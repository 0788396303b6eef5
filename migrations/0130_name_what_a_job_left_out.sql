-- The first leads that a job left as they are, for each reason: their ids and why. All are counted in its report.
ALTER TABLE jobs ADD left_out jsonb NOT NULL DEFAULT '[]';
