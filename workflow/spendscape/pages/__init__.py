"""What people look at: figures, cards, the explorer and the report."""
