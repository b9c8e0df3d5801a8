"""The doctor's look at the printers."""

from pathlib import Path

from articket_cli.doctor.printers import look_at_printers
from tests.support.ipp_printer import needs_printer, running_printer


def test_without_a_printer_there_is_nothing_to_mend(tmp_path: Path):
    (finding,) = look_at_printers(f"{tmp_path}, s3://bucket")
    assert not finding.is_problem


def test_a_printer_that_does_not_answer_is_a_problem_and_its_password_is_not_told():
    (finding,) = look_at_printers("front=ipp://user:secret@127.0.0.1:9/ipp/print")
    assert finding.is_problem
    assert "127.0.0.1:9" in finding.found
    assert "secret" not in str(finding)


@needs_printer
def test_a_printer_that_takes_pdf_is_fine(tmp_path: Path):
    with running_printer(tmp_path / "printer") as printer:
        (finding,) = look_at_printers(printer.uri)
    assert not finding.is_problem
    assert finding.found == f"{printer.uri} answers and takes PDF"


@needs_printer
def test_a_printer_that_takes_no_pdf_is_a_problem(tmp_path: Path):
    with running_printer(tmp_path / "printer", formats="image/pwg-raster") as printer:
        (finding,) = look_at_printers(printer.uri)
    assert finding.is_problem
    assert "image/pwg-raster, not application/pdf" in finding.found
