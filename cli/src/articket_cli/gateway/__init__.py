"""The gateway as the command sees it over HTTP: `client` asks, `events` follows, `views` is what comes back."""

__all__: list[str] = []
