"""What every room uses: arrays, errors, months, tensors in Parquet, statistics, pseudonyms."""
