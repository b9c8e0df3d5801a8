"""The staff's PIN: who may guess how often, what is kept of it, and what becomes void with it."""

import asyncio
import json
import logging
import stat
from pathlib import Path

import pytest

from articket_gateway.errors import Problem
from articket_gateway.settings import GatewaySettings
from articket_gateway.staff import pins as pins_module
from articket_gateway.staff.choosing import is_fit, new_pin
from articket_gateway.staff.pairing import CODE_SECONDS, CODES_AT_ONCE, PairingCodes
from articket_gateway.staff.pins import PIN_NAME, Pins
from articket_gateway.staff.tries import (
    ALL_SECONDS,
    FORGOTTEN_SECONDS,
    FREE_TRIES,
    LONGEST_WAIT_SECONDS,
    TRIES_NAME,
    TRIES_OF_ALL,
    Tries,
    wait_after,
)
from articket_gateway.storing.booth import BoothStore
from articket_gateway.storing.database import Database
from articket_mesh.settings import load_settings

PIN = "482913"
WRONG = "192837"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Door:
    """A PIN with its limits on a clock of its own; `again` is the same booth after a restart, or another replica."""

    def __init__(self, database: Database, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.booth = BoothStore(database)
        self.tries = Tries(self.booth, clock=clock)
        self.letter = folder / "data" / "staff-pin"
        self.pins = Pins(self.booth, self.tries, letter=self.letter)
        self.codes = PairingCodes(self.booth, self.pins, self.tries, clock=clock)
        self.again = lambda: Door(database, folder, clock)

    async def refuses(self, reason: str, pin: str = WRONG, address: str = "10.0.0.1") -> Problem:
        with pytest.raises(Problem) as refused:
            await self.pins.check(pin, address=address)
        assert refused.value.reason == reason
        return refused.value


FULL_COST = dict(pins_module.COST)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pins_module.COST, "n", 2)  # these tests guess hundreds of times


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    door = Door(database, tmp_path, Clock())
    await door.pins.open(PIN)
    return door


@pytest.mark.parametrize("pin", ["482913", "000001", "13579246", "987654321012"[:11] + "0", "112233445566"])
def test_a_pin_of_six_to_twelve_digits_is_fit(pin: str):
    assert is_fit(pin)


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "12345",
        "48291",
        "4829134829134",
        "000000",
        "777777777",
        "123456",
        "654321",
        "890123",
        "210987",
        "12345678",
        "48291a",
        "48 291",
        "-48291",
        "４８２９１３",
        "٤٨٢٩١٣",
        "48291\n",
        "4829.3",
    ],
)
def test_a_pin_that_anybody_would_try_first_or_that_no_key_pad_has_is_unfit(pin: str):
    assert not is_fit(pin)


def test_made_pins_are_fit_and_differ():
    pins = {new_pin() for _ in range(200)}
    assert len(pins) > 190
    assert all(is_fit(pin) and len(pin) == 6 for pin in pins)


def test_an_unfit_pin_in_the_settings_is_told_without_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("ARTICKET_GATEWAY_STAFF_PIN", "123456")
    with pytest.raises(SystemExit) as ended:
        load_settings(GatewaySettings)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "ARTICKET_GATEWAY_STAFF_PIN: expected 6 to 12 digits" in told
    assert "123456" not in told


async def test_the_right_pin_opens_and_another_does_not(door: Door):
    assert await door.pins.check(PIN, address="10.0.0.1")
    await door.refuses("pin_wrong")


@pytest.mark.parametrize("pin", ["", "x" * 64, "\x00", "\ud800", "４８２９１３", PIN + " ", "0" + PIN])
async def test_an_odd_pin_is_wrong(door: Door, pin: str):
    await door.refuses("pin_wrong", pin)


async def test_only_a_salted_hash_of_the_pin_is_kept(door: Door, tmp_path: Path):
    kept = await door.booth.get(PIN_NAME)
    assert kept is not None
    assert FULL_COST == {"n": 2**14, "r": 8, "p": 1}
    assert kept["cost"] == FULL_COST | {"n": 2}
    other = Pins(door.booth, door.tries, letter=tmp_path / "other")
    await other.open("593024")
    await other.open(PIN)
    again = await door.booth.get(PIN_NAME)
    assert again is not None
    assert again["hash"] != kept["hash"]
    assert PIN not in json.dumps([kept, again])
    assert all(PIN.encode() not in path.read_bytes() for path in tmp_path.glob("articket.db*"))


async def test_after_five_wrong_ones_even_the_right_pin_waits(door: Door):
    for left in range(FREE_TRIES - 1, -1, -1):
        problem = await door.refuses("pin_wrong")
        assert str(left) in (problem.hint or "") or left == 0
    problem = await door.refuses("pin_tries", PIN)
    assert problem.retry_after == pytest.approx(30)
    door.clock.now += 30
    assert await door.pins.check(PIN, address="10.0.0.1")
    await door.refuses("pin_wrong")  # and five new tries


async def test_the_wait_doubles_to_a_quarter_of_an_hour():
    waits = [wait_after(count) for count in range(12)]
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert wait_after(10**9) == LONGEST_WAIT_SECONDS


async def test_each_wrong_try_after_the_first_wait_waits_longer(door: Door):
    for _ in range(FREE_TRIES):
        await door.refuses("pin_wrong")
    for seconds in (30, 60, 120):
        assert (await door.refuses("pin_tries")).retry_after == pytest.approx(seconds)
        door.clock.now += seconds
        await door.refuses("pin_wrong")


async def test_a_restart_and_another_replica_do_not_give_new_tries(door: Door):
    for _ in range(FREE_TRIES):
        await door.refuses("pin_wrong")
    await door.again().refuses("pin_tries", PIN)


async def test_a_hundred_guesses_at_once_are_five_guesses(door: Door):
    async def guess() -> str:
        with pytest.raises(Problem) as refused:
            await door.pins.check(WRONG, address="10.0.0.1")
        return refused.value.reason

    reasons = await asyncio.gather(*(guess() for _ in range(100)))
    assert reasons.count("pin_wrong") == FREE_TRIES


async def test_another_address_is_not_punished(door: Door):
    for _ in range(FREE_TRIES):
        await door.refuses("pin_wrong")
    assert await door.pins.check(PIN, address="10.0.0.2")


async def test_a_net_of_addresses_cannot_guess_either(door: Door):
    for number in range(TRIES_OF_ALL):
        door.clock.now += 1
        await door.refuses("pin_wrong", address=f"10.0.{number}.1")
    problem = await door.refuses("pin_tries", address="10.9.9.9")
    assert problem.retry_after == pytest.approx(ALL_SECONDS - TRIES_OF_ALL + 1)
    door.clock.now += problem.retry_after or 0
    await door.refuses("pin_wrong", address="10.9.9.9")
    await door.refuses("pin_tries", address="10.9.9.8")


async def test_right_pins_do_not_use_up_the_limit_of_all(door: Door):
    for number in range(TRIES_OF_ALL + 5):
        await door.pins.check(PIN, address=f"10.0.{number}.1")
    await door.refuses("pin_wrong")


async def test_what_is_kept_of_addresses_is_bounded_and_names_none(door: Door):
    for number in range(120):
        door.clock.now += ALL_SECONDS / TRIES_OF_ALL
        await door.refuses("pin_wrong", address=f"203.0.113.{number}")
    kept = await door.booth.get(TRIES_NAME)
    assert kept is not None
    assert "203.0.113" not in json.dumps(kept)
    door.clock.now += FORGOTTEN_SECONDS
    await door.refuses("pin_wrong")
    kept = await door.booth.get(TRIES_NAME)
    assert kept is not None
    assert (len(kept["of"]), len(kept["wrong"])) == (1, 1)


async def test_the_first_start_leaves_a_pin_once_for_this_user_alone(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    door = Door(database, tmp_path, Clock())
    with caplog.at_level(logging.DEBUG):
        await door.pins.open(None)
    pin = door.letter.read_text().strip()
    assert is_fit(pin)
    assert stat.S_IMODE(door.letter.stat().st_mode) == 0o600
    assert str(door.letter) in caplog.text
    assert pin not in caplog.text
    assert await door.pins.check(pin, address="10.0.0.1")
    door.letter.unlink()
    await door.again().pins.open(None)
    assert not door.letter.exists()
    assert await door.again().pins.check(pin, address="10.0.0.1")


async def test_of_two_replicas_that_start_first_one_makes_the_pin(database: Database, tmp_path: Path):
    here, there = Door(database, tmp_path / "here", Clock()), Door(database, tmp_path / "there", Clock())
    await asyncio.gather(here.pins.open(None), there.pins.open(None))
    (letter,) = [door.letter for door in (here, there) if door.letter.exists()]
    assert await here.pins.check(letter.read_text().strip(), address="10.0.0.1")


async def test_a_link_in_the_letters_place_is_not_written_through(database: Database, tmp_path: Path):
    door = Door(database, tmp_path, Clock())
    door.letter.parent.mkdir()
    (tmp_path / "precious").write_text("precious")
    door.letter.symlink_to(tmp_path / "precious")
    await door.pins.open(None)
    assert (tmp_path / "precious").read_text() == "precious"
    assert not door.letter.is_symlink()


async def test_a_folder_that_cannot_be_written_keeps_the_door_shut_and_says_so(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "file").touch()
    door = Door(database, tmp_path / "file", Clock())
    await door.pins.open(None)
    assert "no staff PIN was made" in caplog.text
    await door.refuses("pin_wrong", "")


async def test_the_pin_of_the_settings_replaces_the_present_one_and_the_letter(database: Database, tmp_path: Path):
    door = Door(database, tmp_path, Clock())
    await door.pins.open(None)
    old = door.letter.read_text().strip()
    await door.pins.open(PIN)
    assert not door.letter.exists()
    await door.refuses("pin_wrong", old)
    assert await door.pins.check(PIN, address="10.0.0.1")


async def test_the_same_pin_in_the_settings_signs_nobody_out(door: Door):
    generation = await door.pins.check(PIN, address="10.0.0.1")
    await door.again().pins.open(PIN)
    assert await door.pins.is_current(generation)
    await door.again().pins.open("593024")
    assert not await door.pins.is_current(generation)


async def test_a_pin_that_staff_have_replaced_does_not_come_back_with_the_next_start(door: Door):
    generation = await door.pins.change(PIN, "593024", address="10.0.0.1")
    await door.again().pins.open(PIN)  # the supervisor starts the gateway again with what it was given
    assert await door.pins.is_current(generation)
    await door.again().pins.open("604135")
    assert await door.pins.check("604135", address="10.0.0.1")


async def test_the_given_pin_of_today_replaces_one_that_the_booth_had_made(database: Database, tmp_path: Path):
    door = Door(database, tmp_path, Clock())
    await door.pins.open(None)
    made = door.letter.read_text().strip()
    await door.pins.open(made)
    assert await door.pins.check(made, address="10.0.0.1")


@pytest.mark.parametrize("generation", [None, "", 1, True, "0" * 16, ["a"], {}])
async def test_an_invented_generation_does_not_count(door: Door, generation: object):
    assert not await door.pins.is_current(generation)


async def test_changing_the_pin_asks_for_the_present_one_and_a_fit_new_one(door: Door):
    for old, new, reason in ((WRONG, "593024", "pin_wrong"), (PIN, "111111", "pin_unfit"), (PIN, "5930", "pin_unfit")):
        with pytest.raises(Problem) as refused:
            await door.pins.change(old, new, address="10.0.0.1")
        assert refused.value.reason == reason
    before = await door.pins.check(PIN, address="10.0.0.1")
    after = await door.pins.change(PIN, "593024", address="10.0.0.1")
    assert (await door.pins.is_current(before), await door.pins.is_current(after)) == (False, True)


async def test_of_two_who_change_the_pin_at_once_one_succeeds(door: Door):
    done = await asyncio.gather(
        *(door.pins.change(PIN, new, address=f"10.0.0.{new[0]}") for new in ("593024", "604135")), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Problem", "str"]


async def test_a_pairing_code_is_good_once_and_the_pin_always(door: Door):
    made = await door.codes.make()
    assert len(made.code) == 8
    await door.again().codes.admit(made.code, address="10.0.0.1")
    with pytest.raises(Problem, match="pin"):
        await door.codes.admit(made.code, address="10.0.0.1")
    await door.codes.admit(PIN, address="10.0.0.1")


async def test_a_pairing_code_is_good_for_ten_minutes(door: Door):
    made = await door.codes.make()
    door.clock.now += CODE_SECONDS
    with pytest.raises(Problem) as refused:
        await door.codes.admit(made.code, address="10.0.0.1")
    assert refused.value.reason == "pin_wrong"


async def test_ten_monitors_with_one_code_pair_one(door: Door):
    made = await door.codes.make()
    done = await asyncio.gather(
        *(door.codes.admit(made.code, address=f"10.0.0.{number}") for number in range(10)), return_exceptions=True
    )
    assert sum(one is None for one in done) == 1


async def test_guessing_codes_uses_up_the_tries_of_the_pin(door: Door):
    await door.codes.make()
    for _ in range(FREE_TRIES):
        with pytest.raises(Problem):
            await door.codes.admit("00000000", address="10.0.0.1")
    await door.refuses("pin_tries", PIN)


async def test_only_the_newest_codes_are_kept(door: Door):
    made = [await door.codes.make() for _ in range(CODES_AT_ONCE + 2)]
    with pytest.raises(Problem):
        await door.codes.admit(made[0].code, address="10.0.0.1")
    await door.codes.admit(made[-1].code, address="10.0.0.1")
    await door.codes.admit(made[-CODES_AT_ONCE].code, address="10.0.0.1")


async def test_no_code_stands_in_the_database(door: Door):
    made = await door.codes.make()
    assert made.code not in json.dumps(await door.booth.get("pairing_codes"))
