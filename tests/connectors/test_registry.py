"""Connectors are built from settings, and each declares what it can do."""

import msgspec
import pytest

from connectors.district.client import load_contract
from connectors.registry import ConnectorRegistry
from connectors.settings import DistrictSettings, HttpSettings, KisSettings, PkhSettings
from hub.domain.source import Capability

KIS = KisSettings(url="http://kis.test", client_id="a", client_secret="b")
PKH = PkhSettings(url="http://pkh.test", api_key="a")
DISTRICT = DistrictSettings(code="35.10", url="http://d.test", token="a")


@pytest.mark.parametrize(
    ("settings", "code", "capabilities"),
    [
        (KIS, "KIS", {Capability.PULL, Capability.POOLS, Capability.ISSUE}),
        (PKH, "PKH", {Capability.PULL, Capability.POOLS}),
        (
            DISTRICT,
            "35.10",
            {
                Capability.PULL,
                Capability.PROFILES,
                Capability.DELIVER,
                Capability.CASE_UPDATES,
                Capability.REFERRALS,
            },
        ),
    ],
)
async def test_settings_make_their_connector(settings, code, capabilities):
    connector = ConnectorRegistry(contract=load_contract()).build(settings)
    assert (connector.code, connector.capabilities) == (code, capabilities)
    await connector.aclose()


@pytest.mark.parametrize(
    "wrong",
    [
        {"deadline": 0},
        {"wait_initial": -1},
        {"attempts": 0},
        {"calls_per_second": 0},
        {"max_concurrent": 0},
        {"breaker_treshold": 3},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(msgspec.ValidationError, match=next(iter(wrong))):
        msgspec.convert(wrong, HttpSettings)


@pytest.mark.parametrize("settings", [KIS, PKH, DISTRICT], ids=lambda settings: settings.url)
def test_the_text_of_settings_shows_no_secret(settings):
    assert repr(settings) == f"{type(settings).__name__}(url={settings.url!r})"
