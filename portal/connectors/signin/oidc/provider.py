"""The way to a provider and back: authorization code with PKCE."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from portal.connectors.http import Reply
from portal.connectors.signin.oidc.answering import Mistrusted
from portal.connectors.signin.oidc.metadata import OK, Provider, json_of
from portal.connectors.signin.oidc.tokens import believed
from portal.domain.sign_in import SignInTrouble
from portal.ports.sign_in import Journey, Proved

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
#: Longer addresses are refused by servers; then the provider asks instead.
_LONGEST_HINT: Final = 4096
#: What a provider calls a client it does not know, or one that is set up otherwise.
_MISSET: Final = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"})


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """An IdentityProvider."""

    provider: Provider

    def way_there(self, journey: Journey) -> str:
        """Where a browser is sent."""
        settings = self.provider.settings
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": journey.back,
            "scope": settings.scopes,
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": create_s256_code_challenge(journey.verifier),
            "code_challenge_method": "S256",
        }
        return _with(self.provider.metadata().place("authorization_endpoint"), asked)

    def identify(self, journey: Journey, code: str) -> Proved:
        """Who came back with this code."""
        given = self._exchanged(journey, code)
        access = given.get("access_token")
        access = access if isinstance(access, str) else ""
        claims = believed(given.get("id_token"), self.provider, nonce=journey.nonce, access_token=access)
        told = self._completed(claims, access)
        return Proved(self.provider.settings.issuer, claims["sub"], told, hint=str(given["id_token"]))

    def way_out(self, back: str, hint: str = "") -> str:
        """Where one signs out over there, too; with the token as a hint nobody is asked who he is."""
        place = self.provider.metadata().place("end_session_endpoint")
        said = {"client_id": self.provider.settings.client_id, "post_logout_redirect_uri": back}
        if 0 < len(hint) <= _LONGEST_HINT:
            said["id_token_hint"] = hint
        return _with(place, said) if place else ""

    def _exchanged(self, journey: Journey, code: str) -> dict[str, Any]:
        settings, metadata = self.provider.settings, self.provider.metadata()
        said = {"grant_type": "authorization_code", "code": code, "redirect_uri": journey.back}
        said["code_verifier"] = journey.verifier
        headers = dict(_FORM)
        if settings.client_secret and metadata.says_in_header:
            pair = f"{quote_plus(settings.client_id)}:{quote_plus(settings.client_secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            said["client_id"] = settings.client_id
            if settings.client_secret:
                said["client_secret"] = settings.client_secret
        place = metadata.place("token_endpoint")
        reply = self.provider.ask("POST", place, urlencode(said).encode(), headers)
        if reply.status != OK:
            raise _refused(reply)
        return json_of(reply)

    def _completed(self, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        """With what is told only on asking, when what is needed is not in the token."""
        settings = self.provider.settings
        needed = {settings.claim, settings.groups_claim} - {""}
        place = self.provider.metadata().place("userinfo_endpoint")
        if needed <= claims.keys() or not place or not access_token or not access_token.isprintable():
            return claims
        reply = self.provider.ask("GET", place, headers={"Authorization": f"Bearer {access_token}"})
        if reply.status != OK or reply.media_type != "application/json":
            return claims
        told = json_of(reply)
        if told.get("sub") != claims["sub"]:
            raise Mistrusted("userinfo of somebody else")
        return {**told, **claims}


def _with(address: str, asked: dict[str, str]) -> str:
    between = "&" if urlsplit(address).query else "?"
    return f"{address}{between}{urlencode(asked)}"


def _refused(reply: Reply) -> Mistrusted:
    said = str(json_of(reply).get("error", ""))[:60]
    if said in _MISSET:
        return Mistrusted(f"HTTP {reply.status} {said}", SignInTrouble.MISSET)
    trouble = SignInTrouble.LOST if said == "invalid_grant" else SignInTrouble.MISTRUSTED
    return Mistrusted(f"HTTP {reply.status} {said}", trouble)
