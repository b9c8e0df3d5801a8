"""What several gateway replicas share: news, GPU slots, and who does what only once."""
