"""`certreq` and `certutil` as Microsoft documents them, over OpenSSL: strict, and with a database that can be viewed.

No Windows was asked: what stands here is what the worker relies on.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agent.ca_worker.programs import ProgramError, Said
from tests.support.openssl_ca import OpensslCa

NAME: Final = r"CA01.corp.example\Corp CA"
_RANGE: Final = re.compile(r"RequestId(==\$|>\d+|=\d+)")
_REASONS: Final = {
    -1: "removeFromCRL",
    0: "unspecified",
    1: "keyCompromise",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
}


@dataclass
class Row:
    """A request in the database."""

    number: int
    attributes: str
    disposition: str
    message: str = ""


@dataclass
class MicrosoftStand:
    """``mood`` decides about new requests: issued, pending, denied. ``lost`` loses what is said, ``away`` all of it."""

    openssl: OpensslCa
    mood: str = "issued"
    lost: bool = False
    away: bool = False
    rows: list[Row] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)

    def run(self, command: Sequence[str]) -> Said:
        program, *arguments = command
        self.calls.append(list(command))
        if self.away:
            return Said(-2147023174, "Сервер RPC недоступен. 0x800706ba (WIN32: 1722)")
        return {"certreq": self._certreq, "certutil": self._certutil}[program](arguments)

    def decide(self, number: int, mood: str) -> None:
        """An officer at the console."""
        self._decide(self.rows[number - 1], mood)

    def _certreq(self, arguments: list[str]) -> Said:
        verb, *rest = arguments
        assert rest[:4] == ["-f", "-q", "-config", NAME]
        if verb == "-retrieve":
            number, answer = rest[4:]
            Path(answer).write_bytes(self._made(int(number)).read_bytes())
            return Said(0, "Сертификат получен(Выдан)")
        assert verb == "-submit"
        flag, attributes, request, answer = rest[4:]
        assert flag == "-attrib"
        row = Row(len(self.rows) + 1, attributes.replace("\\n", "\n"), "")
        self.rows.append(row)
        self._request(row.number).write_bytes(Path(request).read_bytes())
        self._decide(row, self.mood)
        if self.lost:
            self.lost = False
            raise ProgramError("certreq: gone")
        if row.disposition.startswith("20"):
            Path(answer).write_bytes(self._made(row.number).read_bytes())
        return Said(0, f'Код запроса (RequestId): {row.number}\nКод запроса: "{row.number}"')

    def _certutil(self, arguments: list[str]) -> Said:
        assert arguments[:2] == ["-config", NAME]
        match arguments[2:]:
            case ["-view", "-restrict", restriction, "-out", columns, "csv"]:
                return Said(0, self._view(restriction, columns.split(",")))
            case ["-revoke", serial, reason]:
                assert len(serial) % 2 == 0
                self.openssl.revoke(serial.lstrip("0"), _REASONS[int(reason)])
            case ["-CRL"]:
                self.openssl.list_revoked(self.openssl.folder / "published.crl")
            case ["-f", "-getcrl", to]:
                published = self.openssl.folder / "published.crl"
                if not published.exists():
                    self.openssl.list_revoked(published)
                Path(to).write_bytes(published.read_bytes())
            case other:
                raise AssertionError(other)
        return Said(0, "CertUtil: команда успешно выполнена.")

    def _view(self, restriction: str, columns: list[str]) -> str:
        found = _RANGE.fullmatch(restriction)
        assert found, restriction
        said = found[1]
        if said == "==$":
            rows = self.rows[-1:]
        else:
            bound = int(said[1:])
            rows = [row for row in self.rows if (row.number > bound if said[0] == ">" else row.number == bound)]
        lines = [",".join(f'"{one}"' for one in columns)]
        for row in rows:
            known = {
                "RequestId": f"0x{row.number:x} ({row.number})",
                "Request.Disposition": row.disposition,
                "Request.RequestAttributes": row.attributes,
                "Request.DispositionMessage": row.message,
            }
            lines.append(",".join(f'"{known[one]}"' for one in columns))
        return "\r\n".join([*lines, "CertUtil: команда -view успешно выполнена."])

    def _decide(self, row: Row, mood: str) -> None:
        if mood == "pending":
            row.disposition, row.message = "9 -- Запрос находится на рассмотрении", "Рассматривается"
        elif mood == "denied":
            row.disposition, row.message = "31 -- Запрос отклонен", "Отклонено: Нет доверенности"
        else:
            self.openssl.sign(self._request(row.number), self._made(row.number))
            row.disposition, row.message = "20 -- Выдан", "Выдан"

    def _request(self, number: int) -> Path:
        return self.openssl.folder / f"request-{number}.p10"

    def _made(self, number: int) -> Path:
        return self.openssl.folder / f"made-{number}.cer"
