"""Lets every request be answered in a language of its own: what the browser asks for, until an account says more."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from earful.speech import speak
from earful.tongues import speech_for


class Tongue:
    """The ASGI layer that begins each request in the language that its browser accepts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            speak(speech_for(None, Headers(scope=scope).get("accept-language", "")))
        await self.app(scope, receive, send)
