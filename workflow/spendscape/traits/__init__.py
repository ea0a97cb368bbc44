"""The targets: traits by a formula of spending or as measured, and the split of the customers."""
