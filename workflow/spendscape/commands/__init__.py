"""The commands that work with Snakemake: what would run and why, and one job in this process."""
