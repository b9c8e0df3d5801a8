"""`articket paint`: `inputs` checks what was given, `booths` finds or starts a booth, `visiting` drives a visit, `saving`
keeps what came of it, `progress` shows it on the way and `telling` at the end; `command` puts them together.
"""

__all__: list[str] = []
