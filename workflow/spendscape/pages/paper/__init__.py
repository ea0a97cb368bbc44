"""The paper: one page that reads like a paper, made of a run's results."""
