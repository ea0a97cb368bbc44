"""Raw files to monthly sums, with a quarantine and a ledger that adds up."""
