"""The gateway's settings, read once at start from ARTICKET_GATEWAY_*."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from articket_gateway.dispatch.targets import Target
from articket_gateway.staff.choosing import RULE, is_fit
from articket_gateway.visit.states import PaintMode
from articket_mesh.settings import MeshSettings

CHECKOUT = Path(__file__).parents[4]


class GatewaySettings(MeshSettings):
    """What the gateway needs to know. TLS is for its calls to other services; probes use HTTP, so there is no HEALTH_PORT."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_GATEWAY_", frozen=True)

    health_port: ClassVar[None] = None  # pyright: ignore[reportIncompatibleVariableOverride] -- not a setting of the gateway
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="TCP port of /metrics for Prometheus; 0 takes a free one; unset: on the HTTP port, beside the rest.",
    )
    drain_pause_seconds: float = Field(
        default=0.1,
        ge=0,
        le=300,
        description="Seconds between saying 503 at /readyz and closing the HTTP port, for load balancers to notice; "
        "5 suits Kubernetes.",
    )
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port of HTTP; 0 takes a free one.")
    data_dir: Path = Field(default=Path("var"), description="Folder of the embedded database and pictures.")
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL of the database; unset: SQLite in the data folder."
    )
    pictures_url: str | None = Field(
        default=None, description="Folder or s3:// or gs:// URL of the pictures; unset: a folder in the data folder."
    )
    artists: Path = Field(default=CHECKOUT / "plugins/artists", description="Folder of the artists.")
    web: Path = Field(default=CHECKOUT / "web", description="Folder of the web clients.")
    quiz: Path = Field(default=CHECKOUT / "plugins/quiz/quiz.yaml", description="The quiz.")
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="Where visitors' phones reach the gateway; printed in the ticket's QR code.",
    )
    booth_name: str = Field(default="", max_length=60, description="The booth's or event's name, printed on the ticket.")
    caption_target: str = Field(default="127.0.0.1:50051", description="host:port of the caption service.")
    stylize_targets: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1:50052",),
        min_length=1,
        description="host:port of each stylize pod, separated by commas; dns:///name:port stands for every address of that "
        "name, and is watched.",
    )
    fallback_targets: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="The same for pods that paint only what no other pod could, as a rule with the painterly engine; what they "
        "made is painted again when another pod is back.",
    )
    paint: PaintMode = Field(
        default=PaintMode.ALL,
        description="What is painted of a photo: all artists at once; matched-first: the matched one when the quiz is "
        "answered, then the others; matched-only: the matched one alone.",
    )
    ticket_target: str = Field(default="127.0.0.1:50053", description="host:port of the ticket service.")
    retention_hours: float = Field(
        default=24.0, gt=0, le=24 * 365, description="Hours after which everything of a visit is erased."
    )

    staff_pin: SecretStr | None = Field(
        default=None,
        description="The staff's PIN, 6 to 12 digits; a new one given here takes the place of the present one. Unset: one is "
        "made at first start.",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, "
        "separated by commas; unset: nobody's.",
    )
    open_visits_max: int = Field(
        default=200, ge=1, description="Visits whose paintings are not done yet; with more, new ones get 503."
    )
    visits_per_phone: int = Field(default=10, ge=1, description="New visits in an hour with one kiosk's pass.")
    visits_per_address: int = Field(
        default=300, ge=1, description="New visits in an hour from one address; a whole venue may stand behind it."
    )
    print_sinks: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Where tickets are printed to, separated by commas: a folder's path, ipp:// or ipps://host/path "
        "of a printer, s3:// or gs://bucket/prefix; with name= before it, under that name.",
    )
    print_is_automatic: bool = Field(
        default=True,
        description="Whether each ticket is printed when it is ready; otherwise on staff's tap. Staff may switch it.",
    )
    print_copies: int = Field(default=1, ge=1, le=5, description="Copies of a ticket that is printed automatically.")
    print_copies_max: int = Field(
        default=3, ge=1, le=50, description="Copies of one visit's ticket on each sink, reprints included."
    )
    print_media: str = Field(
        default="custom_ticket_100x200mm",
        pattern=r"^[A-Za-z0-9_.-]{1,255}$",
        description="PWG 5101.1 name of the paper that an IPP printer is asked for.",
    )

    @field_validator("staff_pin", mode="after")
    @classmethod
    def _fit(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not is_fit(value.get_secret_value()):
            raise ValueError(RULE)
        return value

    @field_validator("stylize_targets", "fallback_targets", mode="after")
    @classmethod
    def _are_pods(cls, targets: tuple[str, ...]) -> tuple[str, ...]:
        for target in targets:
            Target.parse(target)
        return targets

    @field_validator("stylize_targets", "fallback_targets", "print_sinks", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
