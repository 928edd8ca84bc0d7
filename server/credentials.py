"""Secrets of outside systems by reference: the directory keeps where a token is, and here it is read when it is used."""

import re
from collections.abc import Mapping
from pathlib import Path

from hub.domain.errors import Invalid

PREFIX = "SLRT_HUB_TOKEN_"
"""References lead to these variables and to files of one folder only, so that no other secret can be sent anywhere."""
_ENVIRONMENT = re.compile(rf"env:({PREFIX}[A-Za-z0-9_]+)")
_FILE = re.compile(r"file:([A-Za-z0-9][A-Za-z0-9._-]*)")
_LONGEST = 10_000


class Credentials:
    """Resolves references such as `env:SLRT_HUB_TOKEN_35_10` and `file:35.10.token`; shows no secret."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._tokens = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
        self.folder = folder

    def resolve(self, reference: str) -> str:
        """The secret; Invalid says why the reference leads to none, and what to do."""
        if variable := _ENVIRONMENT.fullmatch(reference):
            return self._checked(
                reference, self._tokens.get(variable[1], ""), "set this variable for the hub's service"
            )
        if file := _FILE.fullmatch(reference):
            return self._checked(reference, self._read(file[1]), f"put the token into this file of {self.folder}")
        raise Invalid(
            f"{reference!r} is no reference to a credential: write env:{PREFIX}NAME, or file:NAME for a file of "
            f"{self.folder}; never the secret itself",
            ("credential",),
        )

    def _read(self, name: str) -> str:
        try:
            with (self.folder / name).open(encoding="utf-8") as file:
                return file.read(_LONGEST).strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _checked(self, reference: str, secret: str, remedy: str) -> str:
        if not secret:
            raise Invalid(f"the credential {reference} leads to no secret: {remedy}", ("credential",))
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise Invalid(
                f"the credential {reference} cannot be sent as a bearer token: one line of ASCII", ("credential",)
            )
        return secret

    def __repr__(self) -> str:
        return f"Credentials({len(self._tokens)} in the environment, folder {self.folder})"
