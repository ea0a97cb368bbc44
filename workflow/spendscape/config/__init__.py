"""The config as models, a file for each room; how it is validated and written out."""
