"""Dispatching paintings: which pod paints what next."""
