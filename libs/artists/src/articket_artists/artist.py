"""An artist: what `artist.yaml` says, checked and frozen.

`loading.py` makes one from a folder; the gateway shows and matches it, the stylize service paints with it, the ticket
service prints it. docs/adding-an-artist.md explains every key to authors, artist.schema.json to their editors.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from articket_artists.block import Block
from articket_artists.faults import fault
from articket_artists.folder import folder_of
from articket_artists.looks import Look, Strokes
from articket_artists.prompt import check_template, fill_prompt
from articket_artists.slots import TicketDesign
from articket_artists.weights import Lora
from articket_artists.words import Name, Text, Title

SCHEMA_VERSION = 1
ARTIST_FILE = "artist.yaml"

ID_PATTERN = r"^[a-z][a-z0-9-]{1,31}$"
TRAIT_PATTERN = r"^[a-z][a-z0-9_]{0,31}$"

Trait = Annotated[float, Field(ge=-1, le=1)]
TraitName = Annotated[str, Field(pattern=TRAIT_PATTERN)]
TRAIT_NAMES = "names of lower-case letters, digits and _, beginning with a letter"
Prompt = Annotated[str, AfterValidator(check_template)]


class Personality(Block):
    """What the ticket says of a visitor who matches this artist."""

    title: Title = Field(description="One line: who this visitor is.")
    text: Text = Field(description="A paragraph of 60 to 90 words in the second person; about 450 characters fit the page.")


class Img2Img(Block):
    """How the GPU engines repaint a photo: the usual img2img values."""

    denoising_strength: float = Field(default=0.55, ge=0.05, le=1, description="How far from the photo: 0.4 close, 0.7 far.")
    guidance_scale: float = Field(default=6.5, ge=1, le=30, description="How literally the prompt is taken.")
    steps: int = Field(
        default=24, ge=1, le=150, description="More steps take longer; about denoising_strength × steps are run."
    )
    sampler: str = Field(
        default="DPM++ 2M",
        min_length=1,
        max_length=60,
        description="The sampler's name as the painting server lists it.",
    )
    scheduler: str | None = Field(
        default=None,
        min_length=1,
        max_length=60,
        description="The noise schedule's name; without it, the server's default.",
    )


class Scaling(Block):
    """How many pods of its own the artist may have in a cluster, and what an hour of one costs."""

    min_replicas: int = Field(default=0, ge=0, le=100, description="Pods that run even when nobody waits; 0 costs least.")
    max_replicas: int = Field(default=1, ge=1, le=100, description="Pods at most, however many visitors wait.")
    gpu: str | None = Field(
        default="nvidia.com/gpu",
        min_length=1,
        max_length=100,
        description="The Kubernetes resource to ask for; null for none.",
    )
    gpu_hour_price_usd: float = Field(default=0.0, ge=0, le=1000, description="For the cost shown per painting and artist.")

    @model_validator(mode="after")
    def _is_a_range(self) -> "Scaling":
        if self.min_replicas > self.max_replicas:
            expected = f"at most max_replicas, which is {self.max_replicas}"
            raise fault(expected, found=str(self.min_replicas), at=("min_replicas",))
        return self


class Credit(Block):
    """Whose work this is, and what may be done with it."""

    licence: str = Field(min_length=1, max_length=60, description="The licence of this folder, as an SPDX name.")
    source: str = Field(min_length=1, max_length=600, description="Where the style, the words and the weights come from.")
    note: Text | None = Field(default=None, description="A line for visitors, where one is due.")


class Artist(Block):
    """The `artist.yaml` of one artist."""

    schema_version: Literal[1] = Field(description="The version of this file's format: 1.")
    id: Annotated[
        str,
        Field(
            pattern=ID_PATTERN,
            description="The folder's name: 2 to 32 lower-case letters, digits and hyphens, beginning with a letter.",
            json_schema_extra={"x-expected": "2 to 32 lower-case letters, digits and hyphens, beginning with a letter"},
        ),
    ]
    name: Name = Field(description="The artist's name, on screens and on the ticket.")
    personality: Personality = Field(description="What the ticket says of a visitor who matches.")
    traits: dict[TraitName, Trait] = Field(
        min_length=1,
        max_length=24,
        json_schema_extra={"x-names": TRAIT_NAMES},
        description="The artist's character, from -1 (the opposite) to 1, in the quiz's words: visitors match by it.",
    )
    prompt: Annotated[Prompt, Field(min_length=1, max_length=600)] = Field(
        description="What the GPU engines paint. {caption} and {trigger} are filled in."
    )
    negative_prompt: Annotated[Prompt, Field(max_length=600)] = Field(
        default="", description="What the GPU engines keep away from; without placeholders."
    )
    lora: Lora | None = Field(
        default=None, description="Weights of the style, for the GPU engines. Without it the prompt alone."
    )
    img2img: Img2Img = Field(default_factory=Img2Img, description="How the GPU engines repaint.")
    painterly: Look = Field(default_factory=Strokes, description="How the CPU engine paints: a recipe and its parameters.")
    ticket: TicketDesign = Field(description="The ticket's template and what is placed on it.")
    scaling: Scaling = Field(default_factory=Scaling, description="Pods and price in a cluster.")
    credit: Credit = Field(description="Origin and licence.")

    def prompt_for(self, caption: str) -> str:
        """The prompt for one photo, with the cleaned caption and the LoRA's trigger word in it."""
        return fill_prompt(self.prompt, caption=caption, trigger=self.lora.trigger if self.lora else "")

    @field_validator("id")
    @classmethod
    def _is_the_folder(cls, artist_id: str, info: ValidationInfo) -> str:
        folder = folder_of(info)
        if folder is not None and artist_id != folder.name:
            raise fault(f'the folder\'s name, "{folder.name}"', hint="rename the folder, or change the id")
        return artist_id

    @field_validator("traits")
    @classmethod
    def _says_something(cls, traits: dict[str, float]) -> dict[str, float]:
        if not any(traits.values()):
            raise fault(
                "at least one trait other than 0", found="only zeros", hint="an artist without character never matches anybody"
            )
        return traits

    @field_validator("negative_prompt")
    @classmethod
    def _has_no_placeholder(cls, negative_prompt: str) -> str:
        if "{" in negative_prompt:
            raise fault("no placeholders", hint="the caption says what is in the photo, which is wanted in the painting")
        return negative_prompt

    @model_validator(mode="after")
    def _uses_the_trigger(self) -> "Artist":
        if self.lora and self.lora.trigger and "{trigger}" not in self.prompt:
            hint = f'without it the weights are loaded but not asked for "{self.lora.trigger}"'
            raise fault(
                "{trigger} somewhere, because lora.trigger is given", found=f'"{self.prompt}"', hint=hint, at=("prompt",)
            )
        return self
