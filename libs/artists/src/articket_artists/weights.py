"""LoRA weights: safetensors only, pinned by their SHA-256.

A pickle runs code when it is loaded, so it is refused by name and, when the file lies in the folder, by its content
as well.
"""

import json
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, model_validator

from articket_artists.block import Block
from articket_artists.faults import fault
from articket_artists.folder import WEIGHTS_SUFFIX, PluginFolder, check_file_path, folder_of

SCHEMES = ("https", "s3", "gs")
PICKLE_SUFFIXES = (".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle")
MAX_HEADER_BYTES = 16 * 2**20
_SOURCE = f"a {WEIGHTS_SUFFIX} file in the folder, or an https://, s3:// or gs:// address of one"

Sha256 = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{64}$",
        json_schema_extra={
            "x-expected": "the file's SHA-256: 64 lower-case hexadecimal digits",
            "x-hint": "`sha256sum lora.safetensors` prints it",
        },
    ),
]


class Lora(Block):
    """Weights that teach the painting model this artist's manner. Only the GPU engines use them."""

    source: str = Field(max_length=500, description="Where the weights are.", json_schema_extra={"x-expected": _SOURCE})
    sha256: Sha256 = Field(description="Pins the weights: others than these are never loaded.")
    weight: float = Field(default=0.8, ge=0, le=2, description="How strongly the weights are applied; 0.6 to 1 is usual.")
    trigger: str = Field(
        default="",
        max_length=100,
        pattern=r"^[^<>{}()\[\]|#\\]*$",
        description="The word that the weights were trained on; put {trigger} into the prompt.",
        json_schema_extra={"x-expected": "plain words without brackets"},
    )

    @property
    def is_in_folder(self) -> bool:
        """Whether the weights lie in the artist's folder rather than at an address."""
        return "://" not in self.source

    @model_validator(mode="after")
    def _names_safe_weights(self, info: ValidationInfo) -> "Lora":
        if self.source.lower().endswith(PICKLE_SUFFIXES):
            raise fault(
                _SOURCE,
                found=f'"{self.source}", which is a pickle',
                hint="a pickle can run code when it is loaded: convert the weights to safetensors",
                at=("source",),
            )
        if self.is_in_folder:
            self._check_file(folder_of(info))
        else:
            self._check_address()
        return self

    def _check_address(self) -> None:
        try:
            parts = urlsplit(self.source)
        except ValueError:  # brackets that are no IPv6 address
            raise fault(_SOURCE, at=("source",), found=f'"{self.source}"') from None
        if parts.scheme not in SCHEMES or not parts.netloc:
            raise fault(_SOURCE, found=f'"{self.source}"', at=("source",))
        if "@" in parts.netloc:
            raise fault(
                "an address without a user name or password", found="one", hint="give secrets to the pod", at=("source",)
            )
        if not parts.path.endswith(WEIGHTS_SUFFIX):
            raise fault(_SOURCE, found=f'"{self.source}"', hint=f"the path must end with {WEIGHTS_SUFFIX}", at=("source",))

    def _check_file(self, folder: PluginFolder | None) -> None:
        file = check_file_path(self.source, at=("source",))
        if not file.endswith(WEIGHTS_SUFFIX):
            raise fault(_SOURCE, found=f'"{file}"', hint=f"the name must end with {WEIGHTS_SUFFIX}", at=("source",))
        if folder is None:
            return
        if file not in folder.files:
            hint = "copy the weights into the folder, or remove the lora block until there are some"
            raise fault(_SOURCE, found=f'no file "{file}"', hint=hint, at=("source",))
        _refuse_what_is_no_safetensors(folder, file)
        digest = folder.sha256(file)
        if digest != self.sha256:
            hint = "if this is the file that you mean, write its digest; otherwise fetch the right file again"
            raise fault(f"the digest of {file}, which is {digest}", found=self.sha256, hint=hint, at=("sha256",))


def _refuse_what_is_no_safetensors(folder: PluginFolder, file: str) -> None:
    """Read the header only: 8 bytes of length, then JSON that names the tensors and where in the file they end."""
    length = int.from_bytes(folder.read_header(file, 8), "little")
    header = folder.read_header(file, 8 + min(length, MAX_HEADER_BYTES))[8:]
    if header.startswith(b"{") and len(header) == length and _data_bytes(header) == folder.files[file] - 8 - length:
        return
    hint = "it may be a renamed pickle or a copy that broke off; convert or copy it again"
    raise fault("a whole safetensors file", found=f'"{file}", whose content is something else', hint=hint, at=("source",))


def _data_bytes(header: bytes) -> int:
    """How many bytes of tensors the header announces; -1 when it is no safetensors header."""
    try:
        tensors = json.loads(header)
        return max((int(tensor["data_offsets"][1]) for name, tensor in tensors.items() if name != "__metadata__"), default=0)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return -1
