"""The settings of the ticket service: `ARTICKET_TICKET_…` in the environment, read once by `__main__`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from articket_mesh.settings import MeshSettings

CHECKOUT = Path(__file__).parents[4]


class TicketSettings(MeshSettings):
    """What the ticket service needs to know."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_TICKET_", frozen=True)

    port: int = Field(default=50053, ge=0, le=65535, description="TCP port of the gRPC server; 0 takes a free one and logs it.")
    artists: Path = Field(
        default=CHECKOUT / "plugins/artists", description="Folder of the artists; watched while the service runs."
    )
