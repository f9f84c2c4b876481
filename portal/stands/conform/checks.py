"""What the contract asks of a register, one check each, in the order they are made."""

from collections.abc import Callable
from secrets import token_hex
from typing import Final

from portal.stands.conform.calling import Broken, Json, Wrong, encoded, path_of
from portal.stands.conform.trial import NEW, Trial, device_in, expect, same


def health(trial: Trial) -> None:
    if expect(trial.target.ask("GET", "/v1/health"), 200).json.get("status") != "ok":
        raise Broken("status is not ok")


def capabilities(trial: Trial) -> None:
    told = expect(trial.target.ask("GET", "/v1/capabilities"), 200).json
    if told.get("contract") != "1" or trial.target.profile not in told.get("profiles", ()):
        raise Broken(f"contract {told.get('contract')!r}, profiles {told.get('profiles')!r}")


def nobody_unsigned(trial: Trial) -> None:
    try:
        said = trial.target.ask("GET", path_of(trial.serial), wrong=Wrong(unsigned=True))
    except Broken:
        return  # the line itself was refused
    trial.refused(said, "not_let_in", "bad_signature")


def signature_is_checked(trial: Trial) -> None:
    said = trial.target.ask("GET", path_of(trial.serial), wrong=Wrong(signed_with="another"))
    trial.refused(said, "bad_signature")


def clock_is_checked(trial: Trial) -> None:
    for late in (3600, -3600):
        trial.refused(trial.target.ask("GET", path_of(trial.serial), wrong=Wrong(late=late)), "clock_skew")


def nonce_counts_once(trial: Trial) -> None:
    same = Wrong(nonce=token_hex(16))
    trial.target.ask("GET", path_of(trial.serial), wrong=same)
    trial.refused(trial.target.ask("GET", path_of(trial.serial), wrong=same), "nonce_used")


def unknown_is_told(trial: Trial) -> None:
    trial.refused(trial.get(), "unknown_device")


def key_is_needed(trial: Trial) -> None:
    said = trial.target.ask("PUT", path_of(trial.serial), encoded(trial.document()), headers=NEW)
    trial.refused(said, "bad_request")


def condition_is_needed(trial: Trial) -> None:
    trial.refused_put(trial.document(), {}, "precondition_required")


def device_is_added(trial: Trial) -> None:
    document = trial.document()
    expect(trial.put(document, NEW), 201, 200)
    same(device_in(expect(trial.get(), 200), trial.serial), document)


def same_is_no_change(trial: Trial) -> None:
    told, condition = trial.there()
    again = device_in(expect(trial.put(trial.document(), condition), 200), trial.serial)
    if again["version"] != told["version"]:
        raise Broken("the version has changed")


def version_is_kept_to(trial: Trial) -> None:
    told, _condition = trial.there()
    changed = trial.document(state="disabled")
    for condition in ({"If-Match": f'"{told["version"] + 1000}"'}, NEW):
        trial.refused_put(changed, dict(condition), "version_mismatch")
    if trial.there()[0]["state"] != told["state"]:
        raise Broken("it was changed all the same")


def state_is_changed(trial: Trial) -> None:
    for state in ("disabled", "active"):
        told, condition = trial.there()
        changed = trial.document(state=state)
        expect(trial.put(changed, condition), 200)
        after = device_in(trial.get(), trial.serial)
        same(after, changed)
        if told["state"] != state and after["version"] == told["version"]:
            raise Broken("the version has not changed")
        if after["id"] != told["id"]:
            raise Broken("the id has changed")


def owner_is_changed(trial: Trial) -> None:
    _told, condition = trial.there()
    owner = {"login": "conformance", "display_name": "Другой Владелец", "directory_id": ""}
    changed = trial.document(owner=owner, certificates=[])
    expect(trial.put(changed, condition), 200)
    same(device_in(trial.get(), trial.serial), changed)


def key_is_one_call(trial: Trial) -> None:
    key = token_hex(12)
    _told, condition = trial.there()
    trial.put(trial.document(model="One"), condition, key=key)
    _told, condition = trial.there()
    told = {"Idempotency-Key": key, **condition}
    said = trial.target.ask("PUT", path_of(trial.serial), encoded(trial.document(model="Two")), headers=told)
    trial.refused(said, "idempotency_conflict")


def nothing_else_travels(trial: Trial) -> None:
    _told, condition = trial.there()
    trial.refused_put(trial.document(pin="0000"), condition, "invalid_document")
    owner = {"login": "conformance", "display_name": "", "directory_id": "", "pin": "0000"}
    trial.refused_put(trial.document(owner=owner), condition, "invalid_document")


def form_is_kept_to(trial: Trial) -> None:
    _told, condition = trial.there()
    half = {"certificates": [{"serial": "0a"}]}
    wrong: list[Json] = [{"state": "lost"}, {"serial": "another"}, {"owner": None}, half]
    for other in wrong:
        trial.refused_put(trial.document(**other), condition, "invalid_document")
    trial.refused_put([], condition, "invalid_document", "bad_request")


def text_is_json(trial: Trial) -> None:
    told = {"Idempotency-Key": token_hex(12), **NEW}
    trial.refused(trial.target.ask("PUT", path_of(trial.serial), b"{", headers=told), "bad_request")
    xml = {"Content-Type": "application/xml", **told, "Idempotency-Key": token_hex(12)}
    trial.refused(trial.target.ask("PUT", path_of(trial.serial), b"<a/>", headers=xml), "unsupported_media_type")


def too_much_is_refused(trial: Trial) -> None:
    _told, condition = trial.there()
    trial.refused_put(trial.document(model="x" * 70_000), condition, "too_large")


def profile_is_kept_to(trial: Trial) -> None:
    _told, condition = trial.there()
    trial.refused_put(trial.document(profile="nobody-knows-it"), condition, "profile_unsupported", "invalid_document")


def paths_are_kept_to(trial: Trial) -> None:
    ask = trial.target.ask
    trial.refused(ask("GET", "/v1/operations/none"), "unknown_operation")
    trial.refused(ask("GET", "/v1/nothing"), "unknown_path")
    trial.refused(ask("POST", path_of(trial.serial), b"{}"), "method_not_allowed")


def device_is_removed(trial: Trial) -> None:
    trial.there()
    expect(trial.delete(), 204, 404)
    trial.refused(trial.get(), "unknown_device")


def removing_twice_is_done(trial: Trial) -> None:
    expect(trial.delete(), 204)


def odd_numbers_are_kept(trial: Trial) -> None:
    odd = Trial(trial.target, f"a/b ?#%ё\\{token_hex(4)}")
    try:
        expect(odd.put(odd.document(), NEW), 201, 200)
        device_in(expect(odd.get(), 200), odd.serial)
    finally:
        odd.delete()


Check = Callable[[Trial], None]
#: Those about signatures are made only when calls are signed.
OF_SIGNATURES: Final[tuple[Check, ...]] = (signature_is_checked, clock_is_checked, nonce_counts_once)
CHECKS: Final[tuple[Check, ...]] = (
    health, capabilities, nobody_unsigned, *OF_SIGNATURES, unknown_is_told, key_is_needed, condition_is_needed,
    device_is_added, same_is_no_change, version_is_kept_to, state_is_changed, owner_is_changed, key_is_one_call,
    nothing_else_travels, form_is_kept_to, text_is_json, too_much_is_refused, profile_is_kept_to, paths_are_kept_to,
    device_is_removed, removing_twice_is_done, odd_numbers_are_kept,
)  # fmt: skip
