"""Simulated customers whose truth is known."""
