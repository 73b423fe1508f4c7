"""What is written reads back."""

import tomllib

from vmarch.toml import toml_text


def test_toml_text() -> None:
    text = toml_text({"a": 1, "name with ü": 'say "x"', "t": {"b": True, "c": [1, 2]}, "cost": [{"n": 1.5}, {"n": 2}]})

    assert tomllib.loads(text)["cost"] == [{"n": 1.5}, {"n": 2}]
    assert tomllib.loads(text)["name with ü"] == 'say "x"'
