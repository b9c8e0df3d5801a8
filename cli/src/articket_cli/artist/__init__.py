"""`articket artist`: `commands` are the four verbs; `folders` checks, `scaffolding` starts, `previewing` paints.

What an artist may be is known by `articket_artists` alone, which the services load with as well.
"""

__all__: list[str] = []
