"""The ticket service: painting, words and an artist's template become a printable PDF and its preview."""
