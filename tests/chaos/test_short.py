"""The short form of `make chaos`: some seconds of kills, and not one visitor who has lost anything."""

import os

import pytest

from tests.chaos.checking import Damage
from tests.chaos.visiting import Plan, run
from tests.support.postgres import find_binaries

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not find_binaries(), reason="no PostgreSQL here")]

SHORT = Plan(
    visits=16,
    spread_seconds=10.0,
    kill_every_seconds=1.5,
    replicas=2,
    pods=3,
    painting_seconds=0.4,
    settling_seconds=90.0,  # patience for a busy machine; the booth itself needs some seconds
    seed=int(os.environ.get("ARTICKET_CHAOS_SEED", "3")),
)


def test_kills_lose_no_photo_make_no_second_ticket_and_repeat_no_finished_step():
    outcome = run(SHORT)
    story = "\n".join(outcome.log)
    assert {"pod", "gateway"} <= outcome.blows.keys(), f"the seed kills too little to prove anything:\n{story}"
    expected = Damage([], [], [], [], begun_again=outcome.damage.begun_again)
    assert outcome.damage == expected, story
