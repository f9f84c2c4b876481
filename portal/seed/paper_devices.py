"""Devices of the demonstration that exist on paper only: states and troubles a token is not needed to show."""

from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from portal.domain.certificate import CommonOnDevice, ManagedCertificate
from portal.domain.contents import TokenContents
from portal.domain.device import AppliedPolicy, Device, DeviceState, Leftover
from portal.domain.ids import DeviceId
from portal.domain.policy import CertificateTemplate
from portal.seed import cast, policies
from portal.seed.cast import Role
from portal.seed.fleet_certificates import Mint
from portal.seed.policies import LOGON, SIGNATURE, VPN, WIFI
from portal.seed.stage import Stage


@dataclass(frozen=True, slots=True)
class PaperDevice:
    """A device as our records know it; its number is given when it is stored."""

    device: Device
    model: str
    label: str
    comment: str


def paper_devices(stage: Stage) -> tuple[PaperDevice, ...]:
    """All of them."""
    return _Desk(stage).devices()


class _Desk:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._mint = Mint(Random(2026), stage.now)  # noqa: S311  demonstration data is no secret
        self._serial = 974_560_000

    def devices(self) -> tuple[PaperDevice, ...]:
        """One for each thing to show."""
        stage, registers = self._stage, policies.PRODUCTS
        head, employees, sales = (stage.applied(one) for one in (policies.HEAD, policies.EMPLOYEES, policies.SALES))
        wifi = (CommonOnDevice(WIFI, 2, stage.policies.current(policies.SALES).commons[0].fingerprint, "5a"),)
        director = self._issued(cast.KUZNETSOV, head, ((LOGON, 200), (SIGNATURE, 18), (VPN, 220)))
        regional = self._issued(cast.SALTYKOVA, sales, ((LOGON, 90), (VPN, 5)))
        branch = self._issued(cast.LEE, employees, ((LOGON, -20),))
        analyst = self._issued(cast.GRISHIN, employees, ((LOGON, 130),))
        leftover = (Leftover("c0ffee" * 6 + "c0ff"),)
        return (
            self._paper(replace(director, registered=registers), "Ключ руководителя"),
            self._paper(replace(regional, commons=wifi), "Командировки"),
            self._paper(replace(branch, state=DeviceState.PENDING), "Ждёт документов"),
            self._paper(replace(analyst, state=DeviceState.DISABLED), "Временно сдан"),
            self._paper(self._issued(cast.KONOVALOV, employees, ((LOGON, 60),)), "Подрядчик"),
            self._paper(replace(self._issued(cast.MIRZOEV, sales, ()), state=DeviceState.REVOKED), "Утерян"),
            self._paper(self._spare(leftover), "На складе"),
        )

    def _issued(
        self, role: Role, applied: AppliedPolicy, certificates: tuple[tuple[CertificateTemplate, float], ...]
    ) -> Device:
        person = self._stage.person(role)
        managed = tuple(
            self._ending(self._mint.certificate(template, person), self._stage.in_days(days))
            for template, days in certificates
        )
        return Device(DeviceId(0), self._next_serial(), DeviceState.ISSUED, person, applied, managed)

    def _spare(self, leftovers: tuple[Leftover, ...]) -> Device:
        contents = TokenContents("", ())
        person = self._stage.person(cast.MIRZOEV)
        serial = self._next_serial()
        return Device(
            DeviceId(0),
            serial,
            DeviceState.ASSIGNED,
            person,
            applied=None,
            leftovers=leftovers,
            contents=replace(contents, serial=serial),
        )

    def _ending(self, made: ManagedCertificate, ends: datetime) -> ManagedCertificate:
        return replace(made, not_after=ends, not_before=ends - (made.not_after - made.not_before))

    def _paper(self, device: Device, comment: str) -> PaperDevice:
        holder = device.holder.attribute("surname") if device.holder else ""
        return PaperDevice(device, "Рутокен ЭЦП 3.0 3100", holder, comment)

    def _next_serial(self) -> str:
        self._serial += 37
        return f"{self._serial:010d}"
