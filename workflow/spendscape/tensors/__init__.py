"""Monthly sums to spending fractions per customer, step and class."""
