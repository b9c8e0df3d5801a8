"""The visit: its states, its steps, and running them so that a crash loses nothing."""
