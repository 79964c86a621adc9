"""What is wrong with a value that was sent, in the reader's language: pydantic's findings, said as we say things."""

import re
from collections.abc import Mapping
from typing import Any

from earful.speech import N_, Said, either

_NO_NUMBER, _NO_WHOLE = N_("this must be a number"), N_("this must be a whole number")
_NO_TRUTH, _NO_MOMENT = N_("this must be true or false"), N_("this must be a time, as in 2026-03-04T12:00:00Z")
_NO_OBJECT = N_("this must be an object, in braces")

#: By pydantic's name for the finding, with its values; what is not here stays in pydantic's own words.
_FINDINGS: Mapping[str, str] = Said(
    {
        "missing": N_("this is missing"),
        "extra_forbidden": N_("there is nothing of this name here"),
        "json_invalid": N_("this is not whole JSON"),
        "enum": N_("this must be %(choices)s"),
        "literal_error": N_("this must be %(choices)s"),
        "string_type": N_("this must be a text"),
        "string_unicode": N_("this must be a text"),
        "string_too_short": N_("this needs at least %(min_length)s characters"),
        "string_too_long": N_("this may have at most %(max_length)s characters"),
        "too_long": N_("there may be at most %(max_length)s of these"),
        "greater_than_equal": N_("this must be %(ge)s or more"),
        "less_than_equal": N_("this must be %(le)s or less"),
        "finite_number": _NO_NUMBER,
        "float_type": _NO_NUMBER,
        "float_parsing": _NO_NUMBER,
        "int_type": _NO_WHOLE,
        "int_parsing": _NO_WHOLE,
        "int_parsing_size": _NO_WHOLE,
        "int_from_float": _NO_WHOLE,
        "bool_type": _NO_TRUTH,
        "bool_parsing": _NO_TRUTH,
        "datetime_type": _NO_MOMENT,
        "datetime_parsing": _NO_MOMENT,
        "datetime_from_date_parsing": _NO_MOMENT,
        "datetime_object_invalid": _NO_MOMENT,
        "timezone_aware": _NO_MOMENT,
        "dict_type": _NO_OBJECT,
        "model_type": _NO_OBJECT,
        "model_attributes_type": _NO_OBJECT,
    }
)


def wrong_with(finding: Mapping[str, Any]) -> str:
    """What pydantic found (one of `errors()`) as the rest of a sentence that begins with the field."""
    kind, values = str(finding["type"]), finding.get("ctx", {})
    if kind == "value_error":
        return str(values["error"])  # our own words already
    said = _FINDINGS.get(kind)
    values = {name: f"{value:g}" if isinstance(value, float) else value for name, value in values.items()}
    return said % {**values, "choices": either(choices(finding))} if said else str(finding["msg"])


def choices(finding: Mapping[str, Any]) -> list[str]:
    """The words of which one was expected; none where any other thing was."""
    return re.findall("'([^']*)'", str(finding.get("ctx", {}).get("expected", "")))
