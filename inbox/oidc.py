"""Signing in through an OpenID provider of one's own: code flow with PKCE, state and nonce; the extra `oidc`.

What must outlive the way to the provider and back (state, nonce, verifier) stands in a cookie of ten minutes that no
script can read: it proves that whoever comes back is the browser that left.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from earful.configfile import Configuration
from earful.errors import EarfulError
from earful.extras import require
from earful.settings import OidcSettings
from earful.speech import _
from inbox.asked import Unreadable
from inbox.house import house
from inbox.person import public
from inbox.signin import let_in, own_path, sign_in_page
from inbox.words import sentence
from models.accounts import AccountRefused, Vouched, user_vouched_for
from models.signin import begin

router = APIRouter(include_in_schema=False)

COOKIE = "earful_oidc"
PLACE = "/sign-in"
MINUTES_10 = 600
TIMEOUT = 10.0
LEEWAY = 60  # seconds by which two clocks may differ
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")  # signed by the provider's own key, never by a shared secret


class ProviderRefused(EarfulError):
    """The provider could not be asked, or what it answered does not prove who somebody is."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is kept while a browser is away at the provider."""

    state: str
    nonce: str
    verifier: str
    back: str


def check(config: Configuration) -> None:
    """See that what is configured can work.

    Raises:
        ConfigError: the extra is not installed, or the secret is nowhere.
    """
    oidc = config.settings.inbox.oidc
    if oidc is None:
        return
    require("oidc", "[inbox.oidc]")
    config.secrets.require(oidc.secret, _("the provider knows Earful by it"))


@router.get("/sign-in/provider", dependencies=[public()])
def leave(request: Request, back: str = "/cases") -> Response:
    """Send a browser to the provider."""
    oidc = _settings(request)
    errand = Errand(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), own_path(back))
    try:
        address = _address(request, oidc, _metadata(oidc), errand)
    except ProviderRefused as refused:
        return sign_in_page(request, errand.back, 503, sentence(refused))
    answer = RedirectResponse(address, 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, _packed(errand), MINUTES_10, path=PLACE, httponly=True, samesite="lax", secure=secure)
    return answer


@router.get("/sign-in/return", dependencies=[public()])
def come_back(request: Request, code: str = "", state: str = "", error: str = "") -> Response:
    """Take a browser back from the provider, and sign its person in."""
    oidc, home = _settings(request), house(request)
    errand = _unpacked(request.cookies.get(COOKIE, ""))
    try:
        _same_browser(errand, state)
        if error:
            return _refused(request, errand.back, _("the provider did not sign you in"))
        person = vouched(oidc.issuer, _claims(request, oidc, errand, code))
        with home.database.write() as session:
            user = user_vouched_for(session, home.clock(), person, create=oidc.create_users)
            done = begin(session, user, home.clock())
    except (ProviderRefused, AccountRefused) as refused:
        return _refused(request, errand.back, str(refused))
    answer = let_in(request, done, own_path(errand.back))
    answer.delete_cookie(COOKIE, path=PLACE)
    return answer


def vouched(issuer: str, claims: Mapping[str, Any]) -> Vouched:
    """Whom the provider vouches for. A mail address counts only when the provider says that it has seen to it."""
    email = claims.get("email")
    proven = isinstance(email, str) and claims.get("email_verified") is True
    names = [claims.get(key) for key in ("preferred_username", "name")]
    short, shown = (name if isinstance(name, str) else "" for name in names)
    return Vouched(issuer, str(claims["sub"]), str(email) if proven else None, short, shown)


def _settings(request: Request) -> OidcSettings:
    oidc = house(request).config.settings.inbox.oidc
    if oidc is None:
        raise Unreadable(_("no provider is configured here; sign in with name and password"))
    return oidc


def _same_browser(errand: Errand, state: str) -> None:
    if not errand.state or not secrets.compare_digest(errand.state.encode(), state.encode()):
        raise ProviderRefused(_("this sign-in was not begun in this browser, or took too long; begin again"))


def _refused(request: Request, back: str, said: str) -> Response:
    answer = sign_in_page(request, own_path(back), 403, sentence(said))
    answer.delete_cookie(COOKIE, path=PLACE)
    return answer


# ------------------------------------------------------------------------------------------------ asking the provider


def _metadata(oidc: OidcSettings) -> Mapping[str, Any]:
    found = _get(f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != oidc.issuer:
        raise ProviderRefused(
            _("the provider calls itself %(name)s; is issuer set to exactly that?", name=repr(found.get("issuer")))
        )
    return found


def _get(address: str) -> Mapping[str, Any]:
    try:
        answer = httpx.get(address, timeout=TIMEOUT).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderRefused(_("the provider does not answer as one; try again later")) from error
    if not isinstance(answer, dict):
        raise ProviderRefused(_("the provider does not answer as one; try again later"))
    return answer


def _client(request: Request, oidc: OidcSettings) -> Any:
    from authlib.integrations.httpx_client import OAuth2Client

    config = house(request).config
    base = config.settings.inbox.url or str(request.base_url)
    return OAuth2Client(
        oidc.client_id,
        config.secrets.require(oidc.secret, _("the provider knows Earful by it")),
        scope="openid email profile",
        redirect_uri=f"{base.rstrip('/')}/sign-in/return",
        code_challenge_method="S256",
        timeout=TIMEOUT,
    )


def _address(request: Request, oidc: OidcSettings, metadata: Mapping[str, Any], errand: Errand) -> str:
    with _client(request, oidc) as client:
        address, _ = client.create_authorization_url(
            metadata["authorization_endpoint"], state=errand.state, nonce=errand.nonce, code_verifier=errand.verifier
        )
    return str(address)


def _claims(request: Request, oidc: OidcSettings, errand: Errand, code: str) -> Mapping[str, Any]:
    """What the ID token says, once its signature, issuer, audience, nonce and times are seen to."""
    from authlib.common.errors import AuthlibBaseError

    metadata = _metadata(oidc)
    try:
        with _client(request, oidc) as client:
            token = client.fetch_token(metadata["token_endpoint"], code=code, code_verifier=errand.verifier)
    except (AuthlibBaseError, httpx.HTTPError, ValueError) as error:
        raise ProviderRefused(_("the provider does not know this sign-in; begin again")) from error
    return proven(str(token.get("id_token", "")), _get(metadata["jwks_uri"]), oidc, errand.nonce)


def proven(id_token: str, keys: Mapping[str, Any], oidc: OidcSettings, nonce: str) -> Mapping[str, Any]:
    """The claims of an ID token.

    Raises:
        ProviderRefused: it is not signed by the provider, not for us, not of this sign-in, or over.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": oidc.issuer},
        aud={"essential": True, "value": oidc.client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
    )
    try:
        token = jwt.decode(id_token, KeySet.import_key_set(dict(keys)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        rules.validate(token.claims)
    except (JoseError, ValueError, KeyError) as error:
        raise ProviderRefused(_("what the provider sent does not prove who you are; begin again")) from error
    if token.claims.get("azp", oidc.client_id) != oidc.client_id:
        raise ProviderRefused(_("what the provider sent was meant for another application; begin again"))
    return token.claims


def _packed(errand: Errand) -> str:
    return urlsafe_b64encode(json.dumps(asdict(errand)).encode()).decode()


def _unpacked(cookie: str) -> Errand:
    """What was kept; empty, which nothing fits, where it is missing or broken."""
    try:
        kept = json.loads(urlsafe_b64decode(cookie.encode()))
        return Errand(*(str(kept[name]) for name in ("state", "nonce", "verifier", "back")))
    except (ValueError, KeyError, TypeError):
        return Errand("", "", "", "/cases")
