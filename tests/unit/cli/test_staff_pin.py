"""The staff's PIN at the command line: shown once when it is new, given without anybody looking over the shoulder."""

import os
from pathlib import Path
from typing import Any

import pytest

from articket_cli.booth import plan_booth
from articket_cli.errors import BadInputError
from articket_cli.staff_pin import LETTER_NAME, RULE, VARIABLE, check_staff_pin, is_fit, take_new_pin
from articket_gateway.staff import choosing
from articket_gateway.staff.pins import LETTER_NAME as GATEWAYS_LETTER
from tests.unit.cli.support import eventually
from tests.unit.cli.test_up import Up, start  # noqa: F401 -- the fixture

PIN = "482913"
LEAVES_A_PIN = f"""
import pathlib
pathlib.Path(settings["DATA_DIR"], "staff-pin").write_text("{PIN}\\n")
"""


def test_the_command_line_and_the_gateway_agree_on_pins():
    assert (LETTER_NAME, RULE) == (GATEWAYS_LETTER, choosing.RULE)
    tried = ["", "1", "12345", "123456", "234567", "890123", "654321", "000000", "999999999999", PIN, "48291a", "４８２９１３"]
    tried += ["1" * 13, "4829134829134", "98765432109", "13579135", " 482913", "482913\n", "-48291", "112233"]
    assert [is_fit(pin) for pin in tried] == [choosing.is_fit(pin) for pin in tried]


def test_a_new_pin_is_shown_once(start: Any):  # noqa: F811
    up: Up = start(extra={"gateway": LEAVES_A_PIN})
    assert up.says("Ctrl-C stops the booth.")
    assert f"staff PIN {PIN}, new: note it down, it is shown only this once\n" in up.told
    assert not (up.data_dir / LETTER_NAME).exists()
    assert all(PIN not in path.read_text() for path in (up.data_dir / "logs").iterdir())


def test_a_booth_that_has_its_pin_shows_none(start: Any):  # noqa: F811
    up: Up = start()
    assert up.says("Ctrl-C stops the booth.")
    assert "staff PIN" not in up.told


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")
def test_a_given_pin_reaches_the_gateway_alone_and_by_its_environment(start: Any):  # noqa: F811
    up: Up = start("--staff-pin", PIN)
    assert up.says("Ctrl-C stops the booth.")
    assert f"ARTICKET_GATEWAY_STAFF_PIN={PIN}" in Path(f"/proc/{up.pids('gateway')[0]}/environ").read_text()
    for name in ("caption", "stylize", "ticket"):
        assert PIN not in Path(f"/proc/{up.pids(name)[0]}/environ").read_text()
    for name in ("gateway", "stylize"):
        assert PIN not in Path(f"/proc/{up.pids(name)[0]}/cmdline").read_text()
    assert PIN not in up.told
    os.kill(up.pids("gateway")[0], 9)  # the supervisor starts it again with the same
    assert eventually(lambda: len(up.pids("gateway")) == 2)


@pytest.mark.parametrize("pin", ["123456", "48291", "111111", "48291a", "4829134829134", ""])
def test_an_unfit_pin_is_refused_in_one_line_without_itself(start: Any, pin: str):  # noqa: F811
    up: Up = start("--staff-pin", pin)
    assert up.ends() == 2
    assert up.told == f"articket: --staff-pin: expected {RULE}, found something else\n"


def test_an_unfit_pin_in_the_environment_is_refused_too(start: Any):  # noqa: F811
    up: Up = start(env={VARIABLE: "654321"})
    assert up.ends() == 2
    assert up.told == f"articket: {VARIABLE}: expected {RULE}, found something else\n"


def test_a_plan_does_not_tell_its_pin(tmp_path: Path):
    plan = plan_booth(host="127.0.0.1", port=0, public_url=None, data_dir=tmp_path, artists=tmp_path, quiz=None, staff_pin=PIN)
    assert PIN not in repr(plan)
    assert plan.environment("gateway")[VARIABLE] == PIN
    assert all(PIN not in value for value in plan.environment("ticket").values())


def test_no_letter_no_pin(tmp_path: Path):
    assert take_new_pin(tmp_path) is None


def test_a_letter_is_taken_once(tmp_path: Path):
    (tmp_path / LETTER_NAME).write_text(f"{PIN}\n")
    assert (take_new_pin(tmp_path), take_new_pin(tmp_path)) == (PIN, None)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not a pin", b"4" * 1000])
def test_what_is_no_pin_is_not_shown(tmp_path: Path, content: bytes):
    (tmp_path / LETTER_NAME).write_bytes(content)
    assert take_new_pin(tmp_path) is None


def test_a_link_in_the_letters_place_is_not_followed(tmp_path: Path):
    (tmp_path / "other").write_text(PIN)
    (tmp_path / LETTER_NAME).symlink_to(tmp_path / "other")
    assert take_new_pin(tmp_path) is None
    assert (tmp_path / "other").exists()


def test_the_environment_is_left_alone_where_it_is_empty(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "")
    check_staff_pin(None)
    with pytest.raises(BadInputError):
        check_staff_pin("1")
