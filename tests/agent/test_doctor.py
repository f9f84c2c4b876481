"""The doctor names what is wrong and what to do, in both languages, and never falls ill himself."""

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.advice import ADVICE
from agent.doctor import examined
from agent.doctor_tokens import architecture, of_token
from agent.settings import Language, PromptKind, Settings
from agent.state import Standing, State
from agent.texts import TEXTS, TROUBLES
from portal.domain.contents import PinTries, TokenCertificate, TokenContents, TokenKey, TokenSighting
from tests.agent.authority import AgentAuthority
from tests.agent.portal_double import PortalDouble, listening
from tests.support.faults import fault_module
from tests.support.native import Compiler
from tests.support.tokens import SoftHsm

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = re.compile(r"\{\w+\}")


def settings_for(state: State, *modules: Path, patience: float = 60.0) -> Settings:
    named = tuple(str(module) for module in modules)
    return Settings(state.folder, named, PromptKind.NONE, Language.EN, read_limit=patience)


def codes(state: State, *modules: Path, patience: float = 60.0) -> list[str]:
    return [finding.code for finding in examined(settings_for(state, *modules, patience=patience), state)]


def test_a_sound_workstation_is_told_to_be(member: State, hsm: SoftHsm) -> None:
    hsm.init_token("one")
    findings = examined(settings_for(member, hsm.module), member)
    assert [finding.code for finding in findings if finding.grade] == ["certificate_ends"]
    assert {"portal_fine", "module_fine", "token_fine"} <= {finding.code for finding in findings}


def test_libraries_that_are_none(state: State, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.so"
    head = bytearray(Path(sys.executable).read_bytes()[:64])
    head[18:20] = b"\x15\x00"
    foreign.write_bytes(head)
    no_library = tmp_path / "text.so"
    no_library.write_text("hello")
    found = codes(state, tmp_path / "nowhere.so", foreign, no_library)
    assert found == ["not_enrolled", "module_absent", "module_architecture", "module_broken"]
    assert codes(state) == ["not_enrolled", "no_modules"]
    assert architecture(no_library) == ""


def test_libraries_that_break(state: State, hsm: SoftHsm, compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm.init_token("one")
    faults = fault_module(compiler, hsm, monkeypatch)
    faults.rules("C_GetSlotList crash")
    assert codes(state, faults.module)[1:] == ["module_crashes"]
    faults.rules("C_GetSlotList hang")
    assert codes(state, faults.module, patience=4.0)[1:] == ["module_hangs"]
    faults.rules("C_GetTokenInfo rv=0x30")
    assert "token_trouble" in codes(state, faults.module)
    faults.rules()
    faults.wrong_pins(3)
    assert "pin_locked" in codes(state, faults.module)


def test_a_token_nobody_initialized(state: State, hsm: SoftHsm) -> None:
    assert "uninitialized" in codes(state, hsm.module)


def test_what_lies_on_a_token() -> None:
    def certificate(key_id: str, *, has_key: bool) -> TokenCertificate:
        return TokenCertificate("f" * 64, key_id, "", "CN=И", "CN=УЦ", "1", NOW, NOW, has_key)

    contents = TokenContents(
        "00a1",
        (certificate("0a" * 20, has_key=False), certificate("01", has_key=True)),
        (TokenKey("0b" * 20, "", "p256", public=True, private=None),),
    )
    sighting = TokenSighting("00a1", "one", "m", "m", PinTries.LAST, contents)
    assert [code for code, _ in of_token(sighting)] == [
        "token_fine",
        "foreign",
        "orphan_certificate",
        "orphan_key",
        "pin_last",
    ]


def test_the_way_to_the_portal(double: PortalDouble, member: State, tmp_path: Path) -> None:
    double.ahead = timedelta(minutes=20)
    assert "clock" in codes(member)
    member.tell(Standing(revoked=True))
    assert "revoked" in codes(member)
    enrolment = member.enrolment()
    assert enrolment is not None
    impostor = PortalDouble(AgentAuthority())
    with listening(impostor, impostor.authority.server_context(tmp_path)):
        member.keep_enrolment(replace(enrolment, url=impostor.url))
        assert "untrusted" in codes(member)
    assert "unreachable" in codes(member)
    member.identity.unlink()
    assert "certificate_missing" in codes(member)


def test_both_languages_say_the_same() -> None:
    for code, (grade, english, russian) in ADVICE.items():
        assert grade in {0, 1, 2}, code
        assert sorted(FIELDS.findall(english)) == sorted(FIELDS.findall(russian)), code
    for key, pair in (*TEXTS.items(), *TROUBLES.items()):
        assert sorted(FIELDS.findall(pair[0])) == sorted(FIELDS.findall(pair[1])), key
        assert all(pair), key
