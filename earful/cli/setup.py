"""`earful init`."""
def init() -> int:
    """Write a commented earful.toml here."""
    return 0
