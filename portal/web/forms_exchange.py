"""The forms of the connection to СМЭВ."""

from typing import Self

from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.exchange_settings import ROUTINGS, VERSIONS, ExchangeSettings, Transport
from portal.web.forms_directory import number
from portal.web.translate import lazy_gettext as _l

_TEXTS = ("address", "authority", "system", "node", "signer", "name", "inn", "ogrn")


class ExchangeForm(FlaskForm):  # type: ignore[misc]
    """How this installation takes part in the exchange."""

    transport = SelectField(
        _l("Way"),
        choices=[
            SelectChoice(Transport.ADAPTER.value, _l("standard adapter, which signs for us")),
            SelectChoice(Transport.DIRECT.value, _l("directly, signed by our own signing process")),
        ],
        validate_choice=False,
    )
    address = StringField(_l("Address"))
    authority = StringField(_l("Certificates that vouch for the address"))
    version = SelectField(_l("Version of the exchange"), choices=[*VERSIONS], validate_choice=False)
    system = StringField(_l("Mnemonics of our system"))
    node = StringField(_l("Node"))
    signer = StringField(_l("Socket of the signing process"))
    name = StringField(_l("Name of the organisation"))
    inn = StringField(_l("ИНН of the organisation"))
    ogrn = StringField(_l("ОГРН of the organisation"))
    routing = SelectField(_l("Environment of ЕСИА"), choices=[*ROUTINGS], validate_choice=False)
    test = BooleanField(_l("Mark every message as a test"))
    kept_days = StringField(_l("Days to keep data and messages"))
    revision = HiddenField()

    @classmethod
    def showing(cls, stored: ExchangeSettings, revision: int) -> Self:
        """The form with what is stored."""
        names = (*_TEXTS, "version", "routing", "test", "kept_days")
        values = {name: getattr(stored, name) for name in names}
        return cls(formdata=None, data={**values, "transport": stored.transport.value, "revision": revision})

    def wanted(self, trusted: str) -> ExchangeSettings:
        """What was entered; the certificates that are believed have a form of their own."""
        texts = {name: (self[name].data or "").strip() for name in _TEXTS}
        return ExchangeSettings(
            transport=Transport.DIRECT if self.transport.data == Transport.DIRECT.value else Transport.ADAPTER,
            version=self.version.data or "",
            routing=self.routing.data or "",
            test=bool(self.test.data),
            trusted=trusted,
            kept_days=number(self.kept_days.data),
            **texts,
        )


class TrustForm(FlaskForm):  # type: ignore[misc]
    """Certificates of СМЭВ in a file."""

    file = FileField(_l("File of certificates"))

    def content(self) -> bytes:
        """What the file holds; nothing when none was sent."""
        return self.file.data.read() if self.file.data else b""
