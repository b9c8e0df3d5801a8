"""Settings: read from the environment, and a mistake is told in a line that a person can act on."""

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from articket_mesh.settings import MeshSettings, load_settings, variable_name


class StudioSettings(MeshSettings):
    """A service's own settings, as a service declares them."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_STUDIO_")

    slots: int = Field(default=2, ge=1, description="Paintings made at once.")
    artists: tuple[str, ...] = Field(default=(), description="Artists served.")
    token: SecretStr = Field(default=SecretStr(""), min_length=0, max_length=4, description="A secret.")


class DemandingSettings(MeshSettings):
    """One that cannot start without being told something."""

    model_config = SettingsConfigDict(env_prefix="ARTICKET_STUDIO_")

    database: str = Field(description="URL of the database.")


def refused(monkeypatch, capsys, cls=StudioSettings, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as exit_info:
        load_settings(cls)
    assert exit_info.value.code == 2
    return capsys.readouterr().err.splitlines()


def test_a_service_reads_its_own_variables(monkeypatch):
    monkeypatch.setenv("ARTICKET_STUDIO_SLOTS", "4")
    monkeypatch.setenv("ARTICKET_STUDIO_METRICS_PORT", "9100")
    settings = load_settings(StudioSettings)
    assert (settings.slots, settings.metrics_port, settings.host) == (4, 9100, "127.0.0.1")


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("ARTICKET_STUDIO_METRICS_PORT", "")
    assert load_settings(StudioSettings).metrics_port is None


def test_a_wrong_value_is_one_line_with_variable_expectation_and_finding(monkeypatch, capsys):
    lines = refused(monkeypatch, capsys, ARTICKET_STUDIO_SLOTS="0")
    assert lines == ["ARTICKET_STUDIO_SLOTS: expected greater than or equal to 1, found '0'"]


def test_each_mistake_has_its_line(monkeypatch, capsys):
    lines = refused(monkeypatch, capsys, ARTICKET_STUDIO_SLOTS="many", ARTICKET_STUDIO_LOG_FORMAT="xml")
    assert {line.partition(":")[0] for line in lines} == {"ARTICKET_STUDIO_SLOTS", "ARTICKET_STUDIO_LOG_FORMAT"}


def test_a_missing_value_is_named_with_its_meaning(monkeypatch, capsys):
    lines = refused(monkeypatch, capsys, DemandingSettings)
    assert lines == ["ARTICKET_STUDIO_DATABASE: expected a value (URL of the database.), found none"]


def test_a_list_that_is_no_json_is_one_line(monkeypatch, capsys):
    (line,) = refused(monkeypatch, capsys, ARTICKET_STUDIO_ARTISTS="vangogh,renoir")
    assert line.startswith("ARTICKET_STUDIO_ARTISTS: expected JSON")


def test_a_secret_is_never_shown(monkeypatch, capsys):
    (line,) = refused(monkeypatch, capsys, ARTICKET_STUDIO_TOKEN="hunter2hunter2")
    assert "hunter2" not in line


def test_half_of_mutual_tls_is_refused(monkeypatch, capsys):
    (line,) = refused(monkeypatch, capsys, ARTICKET_STUDIO_TLS_CERT="/tls/tls.crt")
    assert line == "ARTICKET_STUDIO_*: expected tls_cert, tls_key and tls_ca together, found only tls_cert"


def test_a_port_set_by_a_kubernetes_service_link_gets_a_hint(monkeypatch, capsys):
    (line,) = refused(monkeypatch, capsys, ARTICKET_STUDIO_PORT="tcp://10.0.0.7:50052")
    assert "enableServiceLinks: false" in line


def test_a_misspelt_variable_is_told_and_the_process_starts(monkeypatch, capsys):
    monkeypatch.setenv("ARTICKET_STUDIO_SLTOS", "4")
    assert load_settings(StudioSettings).slots == 2
    assert capsys.readouterr().err == (
        "ARTICKET_STUDIO_SLTOS: no such setting, ignored. Hint: did you mean ARTICKET_STUDIO_SLOTS?\n"
    )


def test_variables_of_kubernetes_service_links_are_no_misspellings(monkeypatch, capsys):
    for suffix in ("SERVICE_HOST", "SERVICE_PORT_GRPC", "PORT_50052_TCP_ADDR"):
        monkeypatch.setenv(f"ARTICKET_STUDIO_{suffix}", "10.0.0.7")
    load_settings(StudioSettings)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("field", MeshSettings.model_fields)
def test_every_setting_says_in_a_sentence_what_it_is(field):
    description = MeshSettings.model_fields[field].description
    assert description is not None
    assert description.endswith(".")


def test_the_variable_of_a_field_carries_the_prefix():
    assert variable_name(StudioSettings, "slots") == "ARTICKET_STUDIO_SLOTS"
