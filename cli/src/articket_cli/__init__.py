"""The `articket` command: runs a booth on this machine, paints photos through one, and helps artist authors.

It talks to the services over the network only. `main` is the way in; nothing is imported here: `--help` is to be quick.
"""

__all__: list[str] = []
