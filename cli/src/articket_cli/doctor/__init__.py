"""`articket doctor`: `machine`, `packages`, `content` and `booths` look, each `finding` is one line, `command` prints them."""

__all__: list[str] = []
