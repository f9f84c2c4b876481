"""An OpenID provider: where people are sent, and what is believed of what comes back."""
