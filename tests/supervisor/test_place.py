"""The demonstration's folder: somebody else's files are never touched."""

import socket
from pathlib import Path

import pytest

from portal.supervisor.logins import Login, read_logins, write_logins
from portal.supervisor.place import PROJECT, Place, PlaceError


def made(folder: Path) -> Place:
    place = Place(folder)
    place.check()
    place.make()
    return place


def test_a_new_folder_is_made_private(tmp_path: Path) -> None:
    place = made(tmp_path / "demo")
    assert place.folder.stat().st_mode & 0o077 == 0
    assert str(place.folder) in place.softhsm_conf.read_text()


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(PlaceError, match="not ours"):
        Place(tmp_path).check()


def test_the_projects_own_folders_are_refused() -> None:
    with pytest.raises(PlaceError, match="inside the project"):
        Place(PROJECT / "docs" / "demo").check()
    Place(PROJECT / "var" / "demo-of-a-test").check()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PlaceError, match="not a folder"):
        Place(tmp_path / "file").check()


def test_emptying_keeps_the_folder_recognisable(tmp_path: Path) -> None:
    place = made(tmp_path / "demo")
    (place.folder / "klyuchnik.db").touch()
    outside = tmp_path / "outside"
    outside.mkdir()
    (place.folder / "link").symlink_to(outside)
    place.empty()
    Place(place.folder).check()
    assert [entry.name for entry in place.folder.iterdir()] == [".klyuchnik-demo"]
    assert outside.is_dir()


def test_only_one_supervisor_holds_a_folder(tmp_path: Path) -> None:
    place = made(tmp_path / "demo")
    with place.lock(), pytest.raises(PlaceError, match="in use"):
        place.lock()
    place.lock().close()


def test_sockets_of_a_deep_folder_live_in_a_short_one(tmp_path: Path) -> None:
    deep = Place(tmp_path / ("deep/" * 20))
    assert len(str(deep.run)) < 60
    assert deep.run != Place(tmp_path / ("deep/" * 19)).run
    assert Place(Path("/srv/keys")).run == Path("/srv/keys/run")


def test_logins_are_told_again_on_every_start(tmp_path: Path) -> None:
    logins = [Login("anna", "пароль", "administrator")]
    write_logins(tmp_path / "logins.json", logins)
    assert read_logins(tmp_path / "logins.json") == logins
    assert (tmp_path / "logins.json").stat().st_mode & 0o077 == 0


def test_prepared_data_is_recognised_until_the_migrations_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = made(tmp_path / "demo")
    assert not place.prepared()
    write_logins(place.logins, [])
    place.note_prepared()
    assert place.prepared()
    monkeypatch.setattr("portal.supervisor.place.PROJECT", tmp_path)
    assert not place.prepared()


def test_the_stand_keeps_its_port_while_it_is_free(tmp_path: Path) -> None:
    place = made(tmp_path / "demo")
    port = place.stand_port()
    assert place.stand_port() == port
    place.logins.touch()
    place.note_prepared()
    assert place.prepared()
    with socket.create_server(("127.0.0.1", port)):
        assert place.stand_port() != port
    assert not place.prepared(), "the database must be told where the stand is now"


def test_agents_find_us_at_the_same_port(tmp_path: Path) -> None:
    place = made(tmp_path / "demo")
    port = place.agents_port()
    assert place.agents_port() == port
    assert place.stand_port() not in {0, port}
    with socket.create_server(("127.0.0.1", port)):
        assert place.agents_port() != port
