"""One tree of errors, and the text of those that the user mends."""

import pickle

import pytest

from simcore import errors
from simcore.errors import CapabilityError, CheckError, InputError, StuckError, UnsettledError, VmarchError, unknown


def test_one_tree() -> None:
    assert all(issubclass(getattr(errors, name), VmarchError) for name in errors.__all__ if name.endswith("Error"))
    assert issubclass(InputError, ValueError)  # so that pydantic collects it
    for kind in (CapabilityError, CheckError, StuckError, UnsettledError):
        assert kind.__mro__[1] is VmarchError


def test_text() -> None:
    error = InputError("--guests", 0, "1 to 100")
    assert str(error) == "--guests: 0 is not allowed; expected 1 to 100"
    assert (error.field, error.value, error.allowed, error.suggestion) == ("--guests", 0, "1 to 100", None)


def test_text_is_quoted_and_a_suggestion_follows() -> None:
    error = InputError("kind", "flahs", "flash or rotating", "flash")
    assert str(error) == "kind: 'flahs' is not allowed; expected flash or rotating (did you mean 'flash'?)"


def test_text_is_one_line_of_bearable_length() -> None:
    text = str(InputError("f", "two\nlines " + "x" * 10_000, "one"))
    assert "\n" not in text
    assert len(text) < 300
    assert "..." in text


@pytest.mark.parametrize(("name", "near"), [("compile", "compute"), ("zzz", None), ("", None)])
def test_the_nearest_known_name_is_suggested(name: str, near: str | None) -> None:
    error = unknown("--workload", name, {"web-server", "compute"})
    assert error.suggestion == near
    assert error.allowed == "one of compute, web-server"


def test_an_input_error_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(InputError("--guests", 0, "1 or more", "1")))
    assert (error.field, error.value, error.allowed, error.suggestion) == ("--guests", 0, "1 or more", "1")


def test_a_message_is_short_and_fit_for_a_terminal() -> None:
    text = str(InputError("k" * 3000, "v\x1b[31m\n" * 500, "less"))
    assert len(text) < 1000
    assert text.isprintable()
    assert "\\x1b[31m\\n" in text
    assert str(VmarchError("two\nlines\x07")) == "two\\nlines\\x07"
