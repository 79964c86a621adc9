"""How tests ask a server of their own: past any proxy, and with patience, as other tests keep the machine busy."""

from typing import Any

LOCAL: dict[str, Any] = {"trust_env": False, "timeout": 60}
