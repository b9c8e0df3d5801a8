"""Write plugins/artists/artist.schema.json from the models, for editors. Run it after a change to libs/artists."""

from pathlib import Path

from articket_artists.schema import artist_schema

SCHEMA_FILE = Path(__file__).parents[1] / "plugins/artists/artist.schema.json"


def main() -> None:
    """Write the schema."""
    SCHEMA_FILE.write_text(artist_schema(), encoding="utf-8")
    print(f"wrote {SCHEMA_FILE}")


if __name__ == "__main__":
    main()
