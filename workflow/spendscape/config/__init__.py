"""The config as models, a file a room; how it is validated and written out."""
