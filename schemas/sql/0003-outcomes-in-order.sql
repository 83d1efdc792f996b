-- Step 3: the oldest outcome of a client is known in memory, so that a durable turn goes to the end of
-- `outcome` and nowhere else.
DROP INDEX outcome_of_client;
