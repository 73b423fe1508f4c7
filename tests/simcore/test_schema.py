"""Files: read or refused with one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simcore.errors import InputError
from simcore.schema import LARGEST_FILE, read_toml, validated


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    size: int = Field(alias="length", ge=1)
    colour: str = "red"

    @model_validator(mode="after")
    def _no_black(self) -> Inner:
        if self.colour == "black":
            raise InputError("colour", self.colour, "a colour", "blue")
        if self.colour == "loud":
            raise ValueError("louder than allowed")
        return self


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    inner: Inner | None = None
    many: tuple[Inner, ...] = Field(default=(), strict=False)
    by_name: dict[str, Inner] = {}


def test_good_data() -> None:
    found = validated(Outer, {"name": "n", "inner": {"length": 2}, "many": [{"length": 1}]}, "f.toml")
    assert found.inner == Inner(length=2)
    assert found.many == (Inner(length=1),)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "f.toml.name is missing; expected a text"),
        ({"name": 3}, "f.toml.name: 3 is not allowed; expected a text"),
        (
            {"name": "n", "innner": {}},
            "f.toml.innner: 'innner' is not allowed; expected one of the keys by_name, inner, ",
        ),
        ({"name": "n", "innner": {}}, "(did you mean 'inner'?)"),
        ({"name": "n", "inner": {}}, "f.toml.inner.length is missing"),
        (
            {"name": "n", "inner": {"length": 0}},
            "f.toml.inner.length: 0 is not allowed; expected a whole number, 1 or more",
        ),
        (
            {"name": "n", "inner": {"length": 1, "color": "x"}},
            "one of the keys colour, length (did you mean 'colour'?)",
        ),
        ({"name": "n", "many": [{"length": 1}, {"lenght": 1}]}, "f.toml.many.1.lenght: 'lenght' is not allowed"),
        ({"name": "n", "many": [{"length": 1, "lenth": 1}]}, "f.toml.many.0.lenth: 'lenth' is not allowed"),
        ({"name": "n", "many": [{"length": 1, "lenth": 1}]}, "(did you mean 'length'?)"),
        ({"name": "n", "by_name": {"a": {"length": 1, "lenth": 1}}}, "f.toml.by_name.a.lenth: 'lenth' is not allowed"),
        ({"name": "n", "inner": 5}, "f.toml.inner: 5 is not allowed"),
        (
            {"name": "n", "inner": {"length": 1, "colour": "black"}},
            "f.toml.inner.colour: 'black' is not allowed; expected ",
        ),
        ({"name": "n", "inner": {"length": 1, "colour": "black"}}, "(did you mean 'blue'?)"),
        (
            {"name": "n", "inner": {"length": 1, "colour": "loud"}},
            "f.toml.inner: 'dict of 2' is not allowed; expected louder",
        ),
        ([], "f.toml: 'list of 0' is not allowed"),
        (None, "f.toml: None is not allowed"),
    ],
)
def test_bad_data(data: object, text: str) -> None:
    with pytest.raises(InputError) as caught:
        validated(Outer, data, "f.toml")
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"name = ", "valid TOML (Invalid value (at end of document))"),
        (b"[inner\nlength = 1", "valid TOML (Expected ']'"),
        (b"a = 1\na = 2", "valid TOML (Cannot overwrite"),
        (b'a = "\xff\xfe"', "UTF-8 text"),
        (b"\x00\x01\x02", "valid TOML"),
        (b"a = " + b"9" * 5000, "valid TOML (Exceeds the limit"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"#" * (LARGEST_FILE + 1), "at most 4 MiB"),
    ],
    ids=["truncated", "unclosed", "twice", "not-utf8", "binary", "long-integer", "deep", "large"],
)
def test_bad_files(tmp_path: Path, raw: bytes, text: str) -> None:
    path = tmp_path / "f.toml"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=r"^file: ") as caught:
        read_toml(path)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_bytes(b"a = 1\n#" + b"x" * (LARGEST_FILE - 7))
    assert read_toml(path) == {"a": 1}


def test_no_file_and_a_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_toml(tmp_path / "none.toml")
    with pytest.raises(InputError, match="Is a directory"):
        read_toml(tmp_path)
