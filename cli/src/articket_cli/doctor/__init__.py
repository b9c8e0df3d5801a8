"""`articket doctor`: `machine`, `packages`, `content`, `printers` and `booths` look, `finding` is a line, `command` prints."""

__all__: list[str] = []
