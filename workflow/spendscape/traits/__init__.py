"""The targets: traits as a formula of spending, or measured, and the split."""
