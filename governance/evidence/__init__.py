"""What was known when: the ledger of runs and risks, and certificates of single versions."""
