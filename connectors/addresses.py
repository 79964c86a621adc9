"""How an address is shown to people: without what only the source should see."""

import re


def shown(url: str) -> str:
    """The address without its query and login, where tokens stand: what may be printed."""
    return re.sub(r"//[^/@]*@", "//", url.split("?", 1)[0].split("#", 1)[0])
