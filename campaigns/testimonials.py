"""Which praise may go out, and why the rest is held back: only what its author has granted, as it was granted."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from campaigns.consent import expired
from earful.values import Label, SourceState
from models.consent import ConsentState
from models.consents import Standing
from models.outgoing import Candidate

COLUMNS = (
    "quote", "title", "author", "source", "brand", "rating", "language", "published_at", "url", "consent_proof",
    "consent_granted_at", "mention_id", "external_id",
)  # fmt: skip


class HeldBack(StrEnum):
    """Why a candidate stays here. The first reason that holds is the one that counts, in this order."""

    DELETED = "deleted at its source"
    NO_AUTHOR = "author unknown"
    NO_CONSENT = "no consent recorded"
    REVOKED = "consent revoked"
    EXPIRED = "consent expired"
    EDITED = "text changed since the grant"
    OPEN_CASE = "a case is open on it"
    CORRECTED = "a person said it is no praise of the brand"


def standing(candidate: Candidate) -> Standing | None:
    """The author's consent, as it was read with the candidate."""
    if candidate.consent is None or candidate.consent_changed_at is None:
        return None
    return Standing(
        candidate.consent,
        candidate.consent_proof or "",
        candidate.consent_changed_at,
        candidate.consent_expires_at,
        candidate.consent_version or 1,
    )


def held_back(candidate: Candidate, at: datetime) -> HeldBack | None:
    """Why this candidate may not go out at this moment; None when it may."""
    if candidate.state is SourceState.DELETED:
        return HeldBack.DELETED
    if not candidate.author:
        return HeldBack.NO_AUTHOR
    consent = standing(candidate)
    if consent is None:
        return HeldBack.NO_CONSENT
    return _by_consent(consent, candidate.text_changed_at, at) or _by_people(candidate)


def _by_consent(consent: Standing, text_changed_at: datetime | None, at: datetime) -> HeldBack | None:
    if consent.state is not ConsentState.GRANTED:
        return HeldBack.REVOKED
    if expired(consent, at):
        return HeldBack.EXPIRED
    if text_changed_at is not None and text_changed_at > consent.changed_at:
        return HeldBack.EDITED
    return None


def _by_people(candidate: Candidate) -> HeldBack | None:
    if candidate.has_open_case:
        return HeldBack.OPEN_CASE
    said_otherwise = candidate.corrected_label not in {None, Label.POSITIVE}
    return HeldBack.CORRECTED if said_otherwise or candidate.corrected_about_us is False else None


@dataclass(frozen=True, slots=True)
class Sorting:
    """Candidates on their way out, one at a time; `held` counts those that stay, and is complete at the end."""

    held: Counter[HeldBack]
    at: datetime

    def allowed(self, candidates: Iterable[Candidate]) -> Iterator[dict[str, Any]]:
        """The records of those that may go out, with the columns of the export."""
        for candidate in candidates:
            reason = held_back(candidate, self.at)
            if reason is None:
                yield record(candidate)
            else:
                self.held[reason] += 1


def record(candidate: Candidate) -> dict[str, Any]:
    """One testimonial as the export shows it, by column."""
    return {
        "quote": candidate.text,
        "title": candidate.title,
        "author": candidate.author,
        "source": candidate.source,
        "brand": candidate.brand,
        "rating": candidate.rating,
        "language": candidate.language,
        "published_at": candidate.published_at,
        "url": candidate.url,
        "consent_proof": candidate.consent_proof,
        "consent_granted_at": candidate.consent_changed_at,
        "mention_id": candidate.mention_id,
        "external_id": candidate.external_id,
    }
