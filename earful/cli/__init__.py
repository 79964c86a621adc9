"""The front door: `earful` and its commands."""
