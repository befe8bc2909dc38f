"""The settings the app is started with."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from streamlit import config

CONFIG = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def names(section: dict[str, object], prefix: str = "") -> list[str]:
    """Return the dotted names of all settings."""
    return [
        name
        for key, value in section.items()
        for name in (names(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"])
    ]


@pytest.mark.parametrize("name", names(CONFIG))
def test_every_setting_exists(name: str) -> None:
    """Streamlit ignores settings that it does not know: none of ours is."""
    assert name in config._config_options_template


def test_the_app_stays_on_this_machine_and_silent() -> None:
    """No other interface, no usage statistics, no question on the first start."""
    assert CONFIG["server"]["address"] == "localhost"
    assert CONFIG["server"]["showEmailPrompt"] is False
    assert CONFIG["browser"]["gatherUsageStats"] is False


def test_no_setting_asks_another_server() -> None:
    """Fonts and themes come with the app."""
    text = (Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert "http" not in text
