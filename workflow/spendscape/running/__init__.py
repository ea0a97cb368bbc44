"""What stands between the library and Snakemake."""
