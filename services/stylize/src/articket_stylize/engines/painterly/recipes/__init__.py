"""The ways of painting: each module here paints one kind of look from `articket_artists.looks`, of the same name."""
