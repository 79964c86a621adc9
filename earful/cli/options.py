"""Options that many commands share, each in the same words in every --help."""

from typing import Annotated

from cyclopts import Parameter

OnlyBrand = Annotated[str | None, Parameter(help="only of this brand")]
OnlySource = Annotated[str | None, Parameter(help="only from the source of this name")]
AsJson = Annotated[bool, Parameter(negative=(), help="one JSON object on standard output")]
AsJsonLines = Annotated[bool, Parameter(negative=(), help="one JSON object a line on standard output")]
