"""Flags come before the environment, the environment before the file; what is none is refused by its name."""

from pathlib import Path

import pytest

from agent.settings import Language, PromptKind, SettingsError, load, usual_language


def test_who_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(
        'prompt = "none"\nlanguage = "en"\nproxy = "http://a"\nmodules = ["/a.so", "/b.so"]\nread_limit = 5\n'
    )
    environ = {
        "KLYUCHNIK_AGENT_CONFIG": str(file),
        "KLYUCHNIK_AGENT_PROXY": "http://b",
        "KLYUCHNIK_AGENT_LANGUAGE": "ru",
    }
    settings = load({"proxy": "http://c", "state_dir": None, "modules": ()}, environ)
    assert (settings.prompt, settings.language, settings.proxy) == (PromptKind.NONE, Language.RU, "http://c")
    assert (settings.modules, settings.read_limit) == (("/a.so", "/b.so"), 5.0)


def test_the_file_of_the_user_is_found(tmp_path: Path) -> None:
    own = tmp_path / "klyuchnik-agent"
    own.mkdir()
    (own / "agent.toml").write_text('modules = []\nprompt = "window"\n')
    settings = load({}, {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)})
    assert settings.prompt is PromptKind.WINDOW
    assert settings.state_dir == own


@pytest.mark.parametrize(
    ("name", "value"),
    [("PROMPT", "loud"), ("NEWS", "1"), ("READ_LIMIT", "0"), ("PIN_IDLE", "nan"), ("LANGUAGE", "de")],
)
def test_what_is_none_is_named(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"(?i){name}"):
        load({}, {f"KLYUCHNIK_AGENT_{name}": value, "XDG_CONFIG_HOME": str(tmp_path)})


@pytest.mark.parametrize("text", ["prompt = ", "colour = 1", "modules = [1]", "prompt = 'loud'"])
def test_a_file_that_cannot_be_used_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(text)
    with pytest.raises(SettingsError):
        load({"config": str(file)}, {})


@pytest.mark.parametrize(
    ("environ", "language"),
    [({}, "ru"), ({"LANG": "en_US.UTF-8"}, "en"), ({"LANG": "en_US", "LC_ALL": "ru_RU"}, "ru"), ({"LANG": "C"}, "ru")],
)
def test_the_language_of_the_session(environ: dict[str, str], language: str) -> None:
    assert usual_language(environ) == language
