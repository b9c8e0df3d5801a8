"""The `webui` engine: AUTOMATIC1111 and Forge servers over /sdapi/v1.

`engine.py` puts it together. Pure are `prompting`, `sampling`, `inventory`, `asking`, `answers`, `jobs`, `failures`, `wire` and
`config`; `pictures` and `weights` read pixels and files; `server` and `painting` alone speak with the server.
"""

from articket_stylize.engines.webui.config import NamedLora, WebuiConfig
from articket_stylize.engines.webui.engine import WebuiEngine

__all__ = ["NamedLora", "WebuiConfig", "WebuiEngine"]
