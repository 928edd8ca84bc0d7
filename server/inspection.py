"""Checks districts for the directory: with the credential that the directory names, within a deadline."""

import asyncio

import httpx2

from connectors.district.client import load_contract
from connectors.district.conformance.asking import Asker, Limits
from connectors.district.conformance.suite import Suite
from hub.domain.directory import DistrictAccess, Extent, Inspection
from hub.domain.errors import Retriable
from server.credentials import Credentials

DEADLINE_SECONDS = 25.0
"""For a whole check: shorter than a caller's request may take."""


class Inspector:
    """Checks district systems; it only reads."""

    def __init__(self, credentials: Credentials, limits: Limits | None = None) -> None:
        self.contract = load_contract()
        self._credentials = credentials
        self._limits = limits or Limits()
        self.tls = httpx2.create_ssl_context(trust_env=False)

    async def inspect(self, access: DistrictAccess, extent: Extent) -> Inspection:
        """What it finds; raises Invalid when the credential leads to no secret, Retriable when it takes too long."""
        token = self._credentials.resolve(access.credential)
        asker = Asker(access.endpoint, token, self._limits, tls=self.tls)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                suite = Suite(asker, self.contract, expected_code=access.regency_code)
                return (await suite.run(extent)).inspection
        except TimeoutError:
            raise Retriable(
                access.regency_code,
                f"District {access.regency_code} did not answer all checks within {DEADLINE_SECONDS:g} s: try again later, "
                "or see with `slrt-hub district check URL` what takes so long",
            ) from None
        finally:
            await asker.aclose()
