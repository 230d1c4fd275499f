"""How the tables came to be, one step a version; run by `indexer.record.database.migrate`."""
