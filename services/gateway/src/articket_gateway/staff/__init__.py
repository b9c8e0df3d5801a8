"""What staff can do: sign in with the PIN, see at a glance how the booth is doing, and mend it with one tap."""
