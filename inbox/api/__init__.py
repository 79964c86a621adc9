"""The JSON API, for programs: `/api/v1`, an application of its own with bearer tokens and problems as JSON."""

from inbox.api.app import create_api

__all__ = ["create_api"]
