"""What the provider tells of people."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class Claims(OAuth2Validator):  # type: ignore[misc]
    """Beside the number: the login in the token, the address and groups only on asking."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, object]:
        """In the token and on asking."""
        return {"preferred_username": request.user.username}

    def get_userinfo_claims(self, request: Any) -> dict[str, object]:
        """On asking only."""
        told: dict[str, object] = super().get_userinfo_claims(request)
        groups = [group.name for group in request.user.groups.all()]
        return {**told, "email": request.user.email, "email_verified": True, "groups": groups}
