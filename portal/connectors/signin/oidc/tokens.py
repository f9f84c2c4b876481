"""What is believed of an ID token: signed by a key of the provider, for us, for this journey, now."""

from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jws
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import decode

from portal.connectors.signin.oidc.answering import Mistrusted
from portal.connectors.signin.oidc.metadata import Provider
from portal.domain.sign_in import SignInTrouble

#: Signatures by keys only the provider has; neither "none" nor a secret that others share.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: Clocks may differ by so many seconds.
LEEWAY: Final = 120
LONGEST: Final = 16_384
LONGEST_SUBJECT: Final = 255
_TIMES: Final = frozenset({"iat", "nbf"})


def believed(token: object, provider: Provider, *, nonce: str, access_token: str) -> dict[str, Any]:
    """The claims of a token; raises Mistrusted."""
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST:
        raise Mistrusted("no id_token")
    try:
        header = jws.extract_compact(token.encode()).headers()
        if header.get("alg") not in ALGORITHMS:
            raise Mistrusted(f"alg {str(header.get('alg'))[:20]}")
        keys = provider.keys(lambda known: _has(known, header.get("kid")))
        claims = decode(token, keys, algorithms=list(ALGORITHMS)).claims
        _check(claims, header, provider, nonce=nonce, access_token=access_token)
    except ExpiredTokenError as error:
        raise Mistrusted("exp", SignInTrouble.CLOCK) from error
    except InvalidClaimError as error:
        trouble = SignInTrouble.CLOCK if error.claim in _TIMES else SignInTrouble.MISTRUSTED
        raise Mistrusted(str(error), trouble) from error
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Mistrusted(f"{type(error).__name__}: {error}") from error
    return dict(claims)


def _check(
    claims: dict[str, Any], header: dict[str, Any], provider: Provider, *, nonce: str, access_token: str
) -> None:
    settings = provider.settings
    wanted = {"iss": {"value": settings.issuer}, "aud": {"essential": True, "value": settings.client_id}}
    params = {"nonce": nonce, "client_id": settings.client_id, "access_token": access_token}
    token = CodeIDToken(claims, header, wanted, params)
    now = int(provider.clock.now().timestamp())
    token.validate(now=now, leeway=LEEWAY)
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if len(audience) > 1 and claims.get("azp") != settings.client_id:
        raise Mistrusted("azp")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise Mistrusted("sub")


def _has(keys: KeySet, kid: object) -> bool:
    return kid is None or any(key.kid == kid for key in keys.keys)
