"""What every room uses: arrays, errors, months, JSON, tensors in Parquet, statistics, pseudonyms."""
