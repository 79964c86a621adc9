"""What the operator may set: every table and key of `earful.toml` as typed values with their defaults."""

import os
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from earful.errors import ConfigError, nearest
from earful.languagecodes import known_language
from earful.lexicon import checked
from earful.query.folding import fold
from earful.query.terms import quoted
from earful.speech import N_, _
from earful.text import without_password
from earful.values import Label, Severity

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = 100 * 366 * 86_400


def parse_duration(value: object) -> timedelta:
    """Read `"45s"`, `"30m"`, `"4h"`, `"2d"`, `"1w"` (or a timedelta as it is).

    Raises:
        ValueError: the value is none of these.
    """
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d+)\s*([smhdw])", str(value).strip())
    if not match:
        raise ValueError('a duration is a number and a unit, as in "45s", "30m", "4h", "2d" or "1w"')
    seconds = int(match[1]) * _SECONDS[match[2]]
    if seconds > _LONGEST:
        raise ValueError(f"{value} is longer than a hundred years")
    return timedelta(seconds=seconds)


def parse_interval(value: object) -> tuple[time, time]:
    """Read `"09:00-17:00"` as opening and closing time.

    Raises:
        ValueError: it is no such interval, or ends before it begins.
    """
    if isinstance(value, tuple):
        return value
    match = re.fullmatch(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)", str(value).strip())
    if not match:
        raise ValueError('working hours are written "09:00-17:00"')
    start, end = time.fromisoformat(match[1]), time.fromisoformat(match[2])
    if start >= end:
        raise ValueError(f"{value} ends before it begins")
    return start, end


def parse_quiet(value: object) -> tuple[time, time]:
    """Read `"22:00-07:00"`: from one time to another, over midnight or not.

    Raises:
        ValueError: it is no such stretch, or has no length.
    """
    if isinstance(value, tuple):
        return value
    match = re.fullmatch(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)", str(value).strip())
    if not match or match[1] == match[2]:
        raise ValueError('quiet hours are written "22:00-07:00"')
    return time.fromisoformat(match[1]), time.fromisoformat(match[2])


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is no time zone; write one like "Europe/Oslo" or "UTC"') from error
    return name


def _cron(text: str) -> str:
    if len(text.split()) != 5:
        raise ValueError('a schedule is a cron line of five fields, as in "30 6 * * *", or "" for none')
    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f'{error}; a schedule is a cron line such as "30 6 * * *", or "" for none') from error
    return text


def _readable(query: str) -> str:
    from earful.query import QueryError, parse_query  # here, as settings made in code mostly need none of it

    try:
        if query.strip():
            parse_query(query)
    except QueryError as error:
        raise ValueError(str(error)) from error
    return query.strip()


def _findable(name: str) -> str:
    if not fold(name).strip():  # all that a query of it could be refused for, without the grammar
        raise ValueError("a name needs a letter or a sign")
    return name


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Interval = Annotated[tuple[time, time], BeforeValidator(parse_interval)]
Quiet = Annotated[tuple[time, time], BeforeValidator(parse_quiet)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Cron = Annotated[str, AfterValidator(lambda text: _cron(text) if text else text)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Polarity = Annotated[float, Field(ge=-1, le=1)]
Port = Annotated[int, Field(ge=1, le=65535)]
Search = Annotated[str, AfterValidator(_readable)]
PartyName = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_findable)]
Language = Annotated[str, AfterValidator(known_language)]
Lexicon = Annotated[dict[str, float], AfterValidator(checked)]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Setting(BaseModel):
    """The ground of every table in `earful.toml`: unknown keys are errors, values don't change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(Setting):
    """What every source may set, whatever its type; each connector adds its own."""

    type: str = Field(description="the connector that reads it; `earful sources` lists them")
    name: str = Field(description="your name for it, unique within the brand", min_length=1, max_length=80)
    match: Literal["query", "all"] = Field(
        "query", description="`query`: keep what the brand's (or a competitor's) query matches; `all`: keep everything"
    )
    about: str | None = Field(None, description="a competitor's name, when everything here is about that competitor")
    expect_every: Duration | None = Field(
        None, description='warn when it was read and nothing new came for longer, as in "7d"'
    )
    credentials: str | None = Field(
        None, description="prefix of its secrets when several sources of a type use different ones"
    )


class Competitor(Setting):
    """Another brand whose mentions are kept for comparison, and never flagged."""

    name: PartyName
    query: Search = Field("", description="what to look for; the name when left out")

    @property
    def search(self) -> str:
        """The query to look for: as set, or the name as a phrase."""
        return self.query or quoted(self.name)


class Promise(Setting):
    """Within how much working time a person answers, by severity."""

    urgent: Duration = timedelta(hours=2)
    high: Duration = timedelta(hours=4)
    normal: Duration = timedelta(days=1)
    low: Duration = timedelta(days=3)

    def of(self, severity: Severity) -> timedelta:
        """The promise for this severity. A day of it counts as one working day."""
        promised: timedelta = getattr(self, severity.value)
        return promised


class Flagging(Setting):
    """When a mention needs a person."""

    polarity_below: Polarity = Field(-0.05, description="flag negative readings at or below this polarity")
    confidence_above: Fraction = Field(0.0, description="… whose confidence is at least this")
    rating_at_most: Annotated[float, Field(ge=1, le=5)] = Field(
        2, description="flag ratings of this many stars or fewer"
    )
    nps_at_most: Annotated[int, Field(ge=0, le=10)] = Field(6, description="flag recommendation scores up to this")
    phrases: tuple[str, ...] = Field((), description="further words that flag a mention wherever they stand")
    urgent_phrases: tuple[str, ...] = Field((), description="further words that make a mention urgent")
    high_reach: int = Field(500, ge=1, description="a flagged mention that reached this many is one severity higher")
    testimonial_polarity: Polarity = Field(0.5, description="positive readings from here on are testimonial candidates")
    testimonial_rating: Annotated[float, Field(ge=1, le=5)] = Field(
        4, description="… when rated, with at least so many"
    )


RuleDoes = Literal["flag", "leave", "sort"]
_BOUNDS = ("confidence", "rating", "reach")
_WHAT_FOLLOWS = ("severity", "assignee", "tags", "notify")


class Rule(Setting):
    """A team's own rule: where all that it asks holds of a mention about the brand, it says what follows."""

    name: str = Field(min_length=1, max_length=80, description="shown as the reason on what it flags")
    does: RuleDoes = Field(
        "flag", description="`flag`; `leave`: don't flag; `sort`: only severity, person, tags of what is flagged anyway"
    )
    brands: tuple[str, ...] = Field((), description="only these brands; all when left out")
    labels: tuple[Label, ...] = Field((), description="asks: it reads as one of these")
    confidence_from: Fraction | None = Field(None, description="asks: the reading is at least so confident")
    confidence_to: Fraction | None = Field(None, description="asks: … and at most")
    rating_from: Annotated[float, Field(ge=0, le=5)] | None = Field(None, description="asks: at least so many stars")
    rating_to: Annotated[float, Field(ge=0, le=5)] | None = Field(None, description="asks: … and at most")
    reach_from: Annotated[int, Field(ge=0, le=2**53)] | None = Field(None, description="asks: it reached so many")
    reach_to: Annotated[int, Field(ge=0, le=2**53)] | None = Field(None, description="asks: … and no more")
    query: Search = Field("", description="asks: title and text match this query")
    themes: tuple[str, ...] = Field((), description="asks: it is about one of these themes")
    sources: tuple[str, ...] = Field((), description="asks: it came from one of these sources, by name")
    author_seen: bool | None = Field(None, description="asks: its author was heard before at this source, or was not")
    severity: Severity | None = Field(None, description="then: this severity, and its promise")
    assignee: str = Field("", max_length=80, description="then: this person's")
    tags: tuple[str, ...] = Field((), max_length=20, description="then: with these tags")
    notify: tuple[str, ...] = Field((), description="then: these channels are told, whatever its severity")

    @property
    def asks(self) -> bool:
        """Whether it asks anything at all beside the brand."""
        bounds = [getattr(self, f"{name}_{end}") for name in _BOUNDS for end in ("from", "to")]
        return bool(self.labels or self.query or self.themes or self.sources) or any(
            each is not None for each in [*bounds, self.author_seen]
        )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.asks:
            raise ValueError(
                _('rule "%(name)s" asks nothing, so it would hold of everything; give it a condition', name=self.name)
            )
        for name in _BOUNDS:
            low, high = getattr(self, f"{name}_from"), getattr(self, f"{name}_to")
            if low is not None and high is not None and low > high:
                raise ValueError(
                    _(
                        'rule "%(name)s": %(field)s from %(low)s to %(high)s holds of nothing',
                        name=self.name, field=name, low=f"{low:g}", high=f"{high:g}",
                    )
                )  # fmt: skip
        follows = any(getattr(self, name) for name in _WHAT_FOLLOWS)
        if self.does == "leave" and follows:
            raise ValueError(_('rule "%(name)s" leaves what it finds, so nothing can follow for it', name=self.name))
        if self.does == "sort" and not follows:
            raise ValueError(
                _('rule "%(name)s" sorts, so it needs a severity, a person, a tag or a channel', name=self.name)
            )
        return self

    @field_validator("tags")
    @classmethod
    def _tags_are_kept(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        kept = tuple(dict.fromkeys(" ".join(tag.split()).lower().lstrip("#").strip() for tag in tags))
        if any(not 1 <= len(tag) <= 40 for tag in kept):
            raise ValueError(_("a tag has 1 to %(most)s characters", most=40))
        return kept


WORKWEEK: dict[Day, tuple[Interval, ...]] = {
    day: ((time(9), time(17)),) for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}


class Brand(Setting):
    """One brand: its names, its promise, and where to listen for it."""

    name: PartyName
    query: Search = Field("", description="what to look for; the name when left out")
    accounts: tuple[str, ...] = Field((), description="our own accounts; what they post is kept and never flagged")
    languages: tuple[Language, ...] = Field(
        (), description="languages its customers write (ISO 639-1); all when left out"
    )
    time_zone: TimeZone = "UTC"
    working_hours: dict[Day, tuple[Interval, ...]] = Field(default_factory=lambda: dict(WORKWEEK))
    holidays: tuple[date, ...] = ()
    promise: Promise = Promise()
    lead: str = Field("", max_length=80, description="who gets what is escalated, and hears of what nobody touched")
    give_back: Duration | None = Field(
        timedelta(days=1), description="working time after which a case that its assignee never touched is given back"
    )
    reopen_within: Duration = Field(
        timedelta(days=30), description="a resolved case reopens when its author posts again within this time"
    )
    flagging: Flagging | None = Field(None, description="its own thresholds; those of all brands when left out")
    lexicon: Lexicon = Field(default_factory=dict, description="its own words with their weights, over those of all")
    competitors: tuple[Competitor, ...] = ()
    sources: tuple[SourceSettings, ...] = ()

    @field_validator("working_hours")
    @classmethod
    def _somebody_is_there(cls, hours: dict[Day, tuple[Interval, ...]]) -> dict[Day, tuple[Interval, ...]]:
        if not any(hours.values()):
            raise ValueError("there are no working hours at all; give at least one interval")
        return hours

    @property
    def search(self) -> str:
        """The query to look for: as set, or the brand's name as a phrase."""
        return self.query or quoted(self.name)


class Schedules(Setting):
    """When the flows run by themselves under `earful up`: cron lines, "" for never."""

    collect: Cron = Field("30 6 * * *", description="per brand, in the brand's time zone")
    read: Cron = Field("15 * * * *", description="reads what is still unread; in UTC")
    flag: Cron = Field("20 * * * *", description="judges what is read and unjudged; in UTC")
    remind: Cron = Field("*/10 * * * *", description="tells of what falls due, wakes what slept; in UTC")
    notify: Cron = Field("*/10 * * * *", description="sends what waits in the outbox; in UTC")
    recheck: Cron = Field("40 5 * * *", description="looks whether open cases still stand at their source; in UTC")
    cleanup: Cron = Field("10 4 * * 0", description="forgets what is past its retention; in UTC")
    calibrate: Cron = Field("50 4 * * 1", description="learns from what the team decided; in UTC")
    reread: Cron = Field("", description="tells what reading again would change; in UTC")


class Learning(Setting):
    """How Earful learns from what people decide."""

    sample_a_day: int = Field(
        10, ge=0, le=1000, description="unflagged mentions a day and brand that a person is asked to look at; 0: none"
    )


class Encoder(Setting):
    """How the readers `encoder` and `transformers` look twice."""

    budget: Duration = Field(
        timedelta(seconds=60), description="time that second looks may take in a run; what is left is read as it was"
    )


class Retention(Setting):
    """How long things are kept. What a person decided, and consent, are kept."""

    mentions: Duration = Field(
        timedelta(days=730), description="texts and authors of mentions without a case or consent"
    )
    rejected: Duration = Field(timedelta(days=90), description="raw text of rejected records")
    runs: Duration = Field(timedelta(days=365), description="the coverage ledger")


Spoken = Literal["en", "nb", "bg", "id", "hu"]


class Channel(Setting):
    """Where the team is told, by an apprise address kept among the secrets."""

    name: str = Field(min_length=1, max_length=80)
    secret: str = Field(description="name of the secret that holds the apprise address, e.g. EARFUL_TEAM_CHAT")
    brands: tuple[str, ...] = Field((), description="only these brands; all when left out")
    at_least: Severity = Field(Severity.HIGH, description="only cases this severe or more")
    summary: bool = Field(False, description="also a summary of the day before, each morning")
    language: Spoken = Field("en", description="in which it is told: en, nb, bg, id or hu")

    def hears_of(self, brand: str) -> bool:
        """Whether it is told of this brand at all."""
        return not self.brands or brand.casefold() in {name.casefold() for name in self.brands}

    @field_validator("name")
    @classmethod
    def _is_no_person(cls, name: str) -> str:
        if name.startswith("@"):
            raise ValueError("a channel's name can't begin with @; that is how people are told")
        return name


class Person(Setting):
    """How one person is told. What is set here counts; what is left out, they choose themselves under their account."""

    name: str = Field(min_length=1, max_length=80, description="as it stands in the inbox")
    secret: str = Field(description="name of the secret that holds the apprise address, e.g. EARFUL_DANA_MAIL")
    mention: bool = Field(True, description="when a note calls them")
    assigned: bool = Field(True, description="when a case is given to them")
    escalated: bool | None = Field(None, description="when one is escalated or given back to them; else as `assigned`")
    returned: bool | None = Field(None, description="when the author of one of theirs is back; else as `assigned`")
    due: bool = Field(True, description="when the time of their case is over")
    half: bool | None = Field(None, description="when half of that time is over; else as `due`")
    summary: bool = Field(False, description="a summary of the day before, each morning")
    silent: bool = Field(False, description="when a source that is read gives nothing new any more")
    unreadable: bool = Field(False, description="when a source could not be read")
    brands: tuple[str, ...] = Field((), description="only of these brands; all when left out")
    daily: bool = Field(False, description="all in one message each morning at eight, and not at once")
    quiet: Quiet | None = Field(None, description='hours in which nothing is sent, as in "22:00-07:00"; it comes after')
    time_zone: TimeZone | None = Field(None, description="of these hours; the first brand's when left out")
    language: Spoken | None = Field(None, description="in which they are told: en, nb, bg, id or hu")


def _safe_issuer(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("the issuer is an https address: nobody in between may speak for it")
    return address


class OidcSettings(Setting):
    """The OpenID provider through which the team may sign in, beside passwords."""

    issuer: Annotated[str, AfterValidator(_safe_issuer)] = Field(description="its address, exactly as it calls itself")
    client_id: str = Field(description="how it knows Earful", min_length=1)
    secret: str = Field("EARFUL_OIDC_SECRET", description="name of the secret that it gave Earful")
    name: str = Field("your provider", description="what the button to sign in says", max_length=40)
    create_users: bool = Field(False, description="give whoever it vouches for an account, as viewer")


class InboxSettings(Setting):
    """Where the inbox is served."""

    host: str = "127.0.0.1"
    port: Port = 8420
    processes: int = Field(
        default_factory=lambda: min(2, os.cpu_count() or 1), ge=1, le=16,
        description="how many serve it side by side; each takes some 120 MB; two where the machine has two cores",
    )  # fmt: skip
    url: str | None = Field(None, description="where the team reaches it; it answers to this name, and links say it")
    trusted_proxies: tuple[str, ...] = Field(
        (), description="addresses of the proxies in front of it, whose X-Forwarded-For and -Proto are believed"
    )
    oidc: OidcSettings | None = Field(None, description="sign in through a provider of one's own")
    mail: str | None = Field(
        None, description="name of the secret with the mail server's apprise address; who chose none is told by mail"
    )
    own_addresses: Literal["public", "any", "none"] = Field(
        "public", description="where people may have themselves told; `any` reaches the private network too"
    )

    @property
    def here(self) -> str:
        """Where a browser on this machine finds it, with a slash at the end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    @property
    def address(self) -> str:
        """Where the team reaches it, with a slash at the end: as set; else here."""
        return f"{self.url.rstrip('/')}/" if self.url else self.here


class PrefectSettings(Setting):
    """The Prefect server that `earful up` runs for itself, on loopback."""

    port: Port = 4210


class Settings(Setting):
    """All of `earful.toml`."""

    brands: tuple[Brand, ...] = Field(min_length=1)
    data_dir: Path = Field(Path("earful-data"), description="where all state lives; relative to this file")
    database_url: str | None = Field(
        None, description="sqlite:///… or postgresql://…; SQLite in data_dir when left out"
    )
    reader: str = Field(
        "default", description="who reads the texts: `default`, `encoder`, `vader` or `transformers:FOLDER`"
    )
    encoder: Encoder = Encoder()
    lexicon: Lexicon = Field(default_factory=dict, description="words with weights from -4 to 4, for all brands")
    themes: Path = Field(Path("themes.txt"), description="the team's own themes; beside this file, need not be there")
    flagging: Flagging = Flagging()
    rules: tuple[Rule, ...] = Field((), description="own rules; those that the inbox keeps come after them")
    schedules: Schedules = Schedules()
    learning: Learning = Learning()
    retention: Retention = Retention()
    notifications: tuple[Channel, ...] = ()
    people: tuple[Person, ...] = ()
    inbox: InboxSettings = InboxSettings()
    prefect: PrefectSettings = PrefectSettings()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        wrong = [
            InitErrorDetails(
                type=PydanticCustomError("no_such_name", "{said}", {"said": said}),
                loc=("rules", place),
                input=rule.name,
            )
            for place, rule in enumerate(self.rules)
            if (said := self.wrong_with(rule))
        ]
        if wrong:
            raise ValidationError.from_exception_data("Settings", wrong)
        return self

    def wrong_with(self, rule: Rule) -> str | None:
        """What a rule names that these settings don't have, as a sentence."""
        for named, known, said in (
            (rule.brands, [brand.name for brand in self.brands], N_('rule "%(rule)s": there is no brand "%(name)s"')),
            (
                rule.notify,
                [channel.name for channel in self.notifications],
                N_('rule "%(rule)s": there is no notification channel "%(name)s"'),
            ),
        ):
            for name in named:
                if name not in known:
                    return _(said, rule=rule.name, name=name) + nearest(name, known)
        return None

    def brand(self, name: str) -> Brand:
        """The brand of this name, whatever its case.

        Raises:
            ConfigError: there is none; the message lists those there are.
        """
        for brand in self.brands:
            if brand.name.casefold() == name.casefold():
                return brand
        known = nearest(name, [brand.name for brand in self.brands])
        raise ConfigError(_('there is no brand "%(name)s"', name=name) + known)

    def brand_or_bare(self, name: str) -> Brand:
        """The brand of exactly this name; of one that is configured no longer, its name alone."""
        return next((brand for brand in self.brands if brand.name == name), None) or Brand(name=name)

    @property
    def store_url(self) -> str:
        """The database's URL: as set, or that of a file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'earful.db'}"

    @property
    def safe_url(self) -> str:
        """The database's URL for people to read, without its password."""
        return without_password(self.store_url)
