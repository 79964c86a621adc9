"""Each source's own way of giving its items page by page, so that every source is read over more than one.

A book is asked each time anew: items may be added while somebody reads in it, and those that count pages then shift.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def _body(world: Any, items: Sequence[Any], **more: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(world.page(list(items)))
    return value | more


def _part(items: Sequence[Any], size: int, start: int) -> tuple[Sequence[Any], int | None]:
    """The items of the page that starts there, and where the next one starts."""
    end = start + size
    return items[start:end], end if end < len(items) else None


def _reddit(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    after = asked.query.get("after", "")
    start = next((place + 1 for place, item in enumerate(items) if f"t3_{item.id}" == after), 0)
    part, following = _part(items, size, start)
    value = _body(world, part)
    value["data"]["after"] = f"t3_{part[-1].id}" if following else None
    return value


def _hackernews(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    found = list(items)
    for rule in asked.query["numericFilters"].split(","):
        sign, border = rule.removeprefix("created_at_i").split("=")
        found = [item for item in found if (item.at >= int(border) if sign == ">" else item.at <= int(border))]
    return _body(world, found[: int(asked.query["hitsPerPage"])], nbHits=len(found))


def _mastodon(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    border = int(asked.query.get("max_id", 10**18))
    part, following = _part([item for item in items if int(item.id, 36) < border], size, 0)
    value = json.loads(world.page(list(part)))
    link = f'<https://a.example/api/v1/timelines/tag/x?max_id={int(part[-1].id, 36)}>; rel="next"' if following else ""
    return value, {"link": link}


def _appstore(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    page = int(asked.path.split("page=")[1].split("/")[0])
    value = _body(world, _part(items, size, (page - 1) * size)[0])
    last = -(-len(items) // size)
    value["feed"]["link"][0]["attributes"]["href"] = f"https://a.example/us/rss/customerreviews/page={last}/id=1/json"
    return value


def _steam(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    cursor = json.loads(asked.query["input_json"])["cursor"]
    start = 0 if cursor == "*" else int(cursor)
    value = _body(world, _part(items, size, start)[0])
    value["response"] |= {"cursor": str(start + size), "total_matching": len(items)}
    return value


def _stackexchange(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    part, following = _part(items, size, (int(asked.query["page"]) - 1) * size)
    return _body(world, part, has_more=following is not None)


def _discourse(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    border = int(asked.query.get("before", 10**9))
    posts = _body(world, items)["latest_posts"]
    return {"latest_posts": [post for post in posts if post["id"] <= border][:size]}


def _trustpilot(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    part, following = _part(items, size, (int(asked.query["page"]) - 1) * size)
    return _body(world, part, links=[{"rel": "next-page", "href": "x"}] if following else [])


def _googlebusiness(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    part, following = _part(items, size, int(asked.query.get("pageToken", 0)))
    return _body(world, part, totalReviewCount=len(items), nextPageToken=str(following or ""))


def _googleplay(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    part, following = _part(items, size, int(asked.query.get("token", 0)))
    return _body(world, part, tokenPagination={"nextPageToken": str(following or "")})


def _appstoreconnect(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    part, following = _part(items, size, int(asked.query.get("cursor", 0)))
    link = f"{world.fake.url}{asked.path}?cursor={following}&limit=200&sort=-createdDate"
    return _body(world, part, links={"self": "x"} | ({"next": link} if following else {}))


def _bluesky(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    part, following = _part(items, size, int(asked.query.get("cursor", 0)))
    return _body(world, part, hitsTotal=len(items), **({"cursor": str(following)} if following else {}))


def _youtube(world: Any, items: Sequence[Any], size: int, asked: Any) -> Any:
    part, following = _part(items, size, int(asked.query.get("pageToken", 0)))
    return _body(world, part, **({"nextPageToken": str(following)} if following else {}))


BOOKS: Mapping[str, Callable[[Any, Sequence[Any], int, Any], Any]] = {
    "reddit": _reddit,
    "hackernews": _hackernews,
    "mastodon": _mastodon,
    "appstore": _appstore,
    "steam": _steam,
    "stackexchange": _stackexchange,
    "discourse": _discourse,
    "bluesky": _bluesky,
    "youtube": _youtube,
    "trustpilot": _trustpilot,
    "googlebusiness": _googlebusiness,
    "googleplay": _googleplay,
    "appstoreconnect": _appstoreconnect,
}
"""Sources that are read page by page; what is asked for comes with the request, the answer is a JSON value or one with
headers."""

ONE_PAGE = frozenset({"file", "folder", "mailbox", "rss", "webhook"})
"""Sources that give all they have at once, or whose pages are none of a server's making."""
