"""What is kept: rows in SQL, pictures in an object store, events for those who watch."""
