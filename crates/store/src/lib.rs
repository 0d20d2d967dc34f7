//! What was decided, started and finished: the ledger of runs, and their delivery to workers.
