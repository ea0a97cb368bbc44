"""The recurrent network: its cell as plain arrays, its training, its data."""
