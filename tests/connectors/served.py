"""What each source serves for the same few things said: its pages, and its answers by id."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from tests.connectors.server import Asked, Reply

NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())


@dataclass
class Item:
    """One thing said, to be served in each source's own form."""

    id: str
    text: str
    author: str = "ada"
    at: int | None = NOON
    broken: bool = False


def _reddit(items: list[Item]) -> bytes:
    children = [
        {
            "kind": "t3",
            "data": {
                "name": f"t3_{item.id}",
                "title": item.text,
                "selftext": "",
                "author": item.author,
                "subreddit": "fjordair",
                "permalink": f"/r/fjordair/comments/{item.id}/x/",
                "score": 3,
                "edited": False,
                "created_utc": "soon" if item.broken else item.at,
            },
        }
        for item in items
    ]
    return json.dumps({"kind": "Listing", "data": {"after": None, "children": children}}).encode()


def _hackernews(items: list[Item]) -> bytes:
    hits = [
        {
            "objectID": None if item.broken else str(int(item.id, 36)),
            "title": item.text,
            "author": item.author,
            "created_at_i": item.at,
            "points": 2,
            "_tags": ["story"],
        }
        for item in items
    ]
    return json.dumps({"hits": hits, "nbHits": len(hits)}).encode()


def _rss(items: list[Item]) -> bytes:
    def entry(item: Item) -> str:
        if item.broken:
            return f"<entry><id>urn:{item.id}</id></entry>"
        when = f"<published>{datetime.fromtimestamp(item.at, UTC).isoformat()}</published>" if item.at else ""
        author = f"<author><name>{escape(item.author)}</name></author>"
        return f"<entry><id>urn:{item.id}</id><title>{escape(item.text)}</title>{author}{when}</entry>"

    entries = "".join(map(entry, items))
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>f</title>{entries}</feed>'.encode()


def _file(items: list[Item]) -> bytes:
    rows = [f'{item.id},"{item.text}",{item.author},{item.at or ""},{9 if item.broken else ""}' for item in items]
    return "\n".join(["id,text,author,date,rating", *rows, ""]).encode()


def _iso(at: int | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat() if at else None


def _mastodon(items: list[Item]) -> bytes:
    statuses = [
        {
            "id": str(int(item.id, 36)),
            "uri": None if item.broken else f"{{url}}/users/ada/statuses/{int(item.id, 36)}",
            "url": f"https://a.example/@ada/{item.id}",
            "content": f"<p>{escape(item.text)}</p>",
            "created_at": _iso(item.at),
            "account": {"acct": item.author},
            "language": "en",
        }
        for item in items
    ]
    return json.dumps(statuses).encode()


def _label(value: str) -> dict[str, str]:
    return {"label": value}


def _appstore(items: list[Item]) -> bytes:
    entries = [
        {
            "author": {"name": _label(item.author)},
            "im:rating": _label("9" if item.broken else "2"),
            "id": _label(str(int(item.id, 36))),
            "title": _label(item.text),
            "content": _label(""),
        }
        | ({"updated": _label(_iso(item.at) or "")} if item.at else {})
        for item in items
    ]
    last = {"attributes": {"rel": "last", "href": "https://a.example/us/rss/customerreviews/page=1/id=1/json"}}
    return json.dumps({"feed": {"entry": entries, "link": [last]}}).encode()


def _steam(items: list[Item]) -> bytes:
    reviews = [
        {
            "recommendationid": None if item.broken else str(int(item.id, 36)),
            "author": {"steamid": item.author},
            "review": item.text,
            "language": "english",
            "timestamp_created": item.at,
            "timestamp_updated": item.at,
        }
        for item in items
    ]
    return json.dumps({"response": {"reviews": reviews, "total_matching": len(reviews)}}).encode()


def _stackexchange(items: list[Item]) -> bytes:
    questions = [
        {
            "question_id": None if item.broken else int(item.id, 36),
            "title": item.text,
            "body": "",
            "owner": {"display_name": item.author},
            "creation_date": item.at,
            "link": f"https://travel.example/questions/{item.id}",
        }
        for item in items
    ]
    return json.dumps({"items": questions, "has_more": False, "quota_remaining": 299}).encode()


def _discourse(items: list[Item]) -> bytes:
    posts = [
        {
            "id": int(item.id[1:]),
            "post_number": 2,
            "topic_id": 9,
            "topic_slug": "bags",
            "username": item.author,
            "cooked": [1] if item.broken else f"<p>{escape(item.text)}</p>",
            "created_at": _iso(item.at),
        }
        for item in items
    ]
    return json.dumps({"latest_posts": posts}).encode()


def _bluesky(items: list[Item]) -> bytes:
    posts = [
        {
            "uri": None if item.broken else f"at://did:plc:ada/app.bsky.feed.post/{item.id}",
            "cid": f"bafy{item.id}",
            "author": {"did": "did:plc:ada", "handle": item.author},
            "record": {"text": item.text, "createdAt": _iso(item.at), "langs": ["en"]},
            "indexedAt": _iso(NOON + 3600),
            "labels": [],
        }
        for item in items
    ]
    return json.dumps({"posts": posts, "hitsTotal": len(posts)}).encode()


def _youtube_comment(item: Item) -> dict[str, Any]:
    snippet = {"textDisplay": item.text, "authorDisplayName": item.author, "videoId": "v" * 11, "likeCount": 1}
    return {"id": None if item.broken else item.id, "snippet": snippet | {"publishedAt": _iso(item.at)}}


def _youtube(items: list[Item]) -> bytes:
    threads = [{"snippet": {"topLevelComment": _youtube_comment(item), "totalReplyCount": 0}} for item in items]
    return json.dumps({"items": threads}).encode()


def _trustpilot(items: list[Item]) -> bytes:
    reviews = [
        {
            "id": item.id,
            "consumer": {"displayName": item.author},
            "stars": 9 if item.broken else 2,
            "title": item.text,
            "text": "",
            "language": "en",
            "createdAt": _iso(item.at),
        }
        for item in items
    ]
    return json.dumps({"reviews": reviews, "links": []}).encode()


def _googlebusiness(items: list[Item]) -> bytes:
    reviews = [
        {
            "name": f"accounts/1/locations/2/reviews/{item.id}",
            "reviewer": {"displayName": item.author},
            "starRating": "STAR_RATING_UNSPECIFIED" if item.broken else "TWO",
            "comment": item.text,
            "createTime": _iso(item.at),
            "updateTime": _iso(item.at),
        }
        for item in items
    ]
    return json.dumps({"reviews": reviews, "totalReviewCount": len(reviews)}).encode()


def _googleplay(items: list[Item]) -> bytes:
    def review(item: Item) -> dict[str, Any]:
        said = {"text": item.text, "starRating": 9 if item.broken else 2}
        said |= {"lastModified": {"seconds": str(item.at), "nanos": 0}} if item.at else {}
        return {"reviewId": item.id, "authorName": item.author, "comments": [{"userComment": said}]}

    return json.dumps({"reviews": [review(item) for item in items]}).encode()


def _appstoreconnect(items: list[Item]) -> bytes:
    reviews = [
        {
            "type": "customerReviews",
            "id": item.id,
            "attributes": {
                "rating": 9 if item.broken else 2,
                "title": item.text,
                "body": "",
                "reviewerNickname": item.author,
                "createdDate": _iso(item.at),
                "territory": "NOR",
            },
        }
        for item in items
    ]
    return json.dumps({"data": reviews, "links": {"self": "https://a.example/"}}).encode()


def _mailbox(items: list[Item]) -> bytes:
    """Messages, one after another; each keeps its UID, so what is new stands last."""
    return b"\0".join(map(_mail, sorted(items, key=lambda item: item.id)))


def _mail(item: Item) -> bytes:
    when = f"Date: {format_datetime(datetime.fromtimestamp(item.at, UTC))}\r\n" if item.at else ""
    head = (
        f"From: {item.author}\r\n{when}Message-ID: <{item.id}@a.example>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    )
    return f"{head}\r\n{'> quoted' if item.broken else item.text}\r\n".encode()


def _webhook(items: list[Item]) -> bytes:
    told = [
        {
            "id": item.id,
            "text": item.text,
            "author": item.author,
            "date": _iso(item.at),
            "rating": 9 if item.broken else None,
        }
        for item in items
    ]
    return json.dumps(told).encode()


def json_reply(value: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status)


def _reddit_lookup(asked: Asked, items: list[Item]) -> Reply:
    wanted = asked.query["id"].split(",")
    return Reply(_reddit([item for item in items if f"t3_{item.id}" in wanted]))


def _hackernews_lookup(asked: Asked, items: list[Item]) -> Reply:
    number = int(asked.path.split("/")[-1].removesuffix(".json"))
    for item in items:
        if int(item.id, 36) == number:
            return json_reply({"id": number, "type": "story", "title": item.text, "by": item.author, "time": item.at})
    return json_reply({"id": number, "type": "story", "deleted": True, "time": NOON})


def _mastodon_lookup(asked: Asked, items: list[Item]) -> Reply:
    found = {each["uri"].split("/")[-1]: each for each in json.loads(_mastodon(items))}
    status = found.get(asked.path.split("/")[-1])
    return json_reply(status) if status else json_reply({"error": "Record not found"}, 404)


def _discourse_lookup(asked: Asked, items: list[Item]) -> Reply:
    posts = {str(each["id"]): each for each in json.loads(_discourse(items))["latest_posts"]}
    post = posts.get(asked.path.split("/")[-1].removesuffix(".json"))
    return json_reply(post) if post else json_reply({"errors": ["it is not there"], "error_type": "not_found"}, 404)


def _bluesky_lookup(asked: Asked, items: list[Item]) -> Reply:
    wanted = {uri.split("/")[-1] for uri in asked.values["uris"]}
    return Reply(_bluesky([item for item in items if item.id in wanted]))


def _youtube_lookup(asked: Asked, items: list[Item]) -> Reply:
    return json_reply({"items": [_youtube_comment(item) for item in items if item.id in asked.query["id"].split(",")]})


def _stackexchange_lookup(asked: Asked, items: list[Item]) -> Reply:
    wanted = asked.path.split("/")[-1].split(";")
    return Reply(_stackexchange([item for item in items if str(int(item.id, 36)) in wanted]))


def _review_lookup(source: str) -> Callable[[Asked, list[Item]], Reply]:
    def answer(asked: Asked, items: list[Item]) -> Reply:
        found = [item for item in items if item.id == asked.path.rsplit("/", 1)[1]]
        value = json.loads(PAGES[source](found))
        records = value.get("reviews", value.get("data"))
        if not records:
            return json_reply({"error": {"message": "there is no such review"}}, 404)
        return json_reply({"data": records[0]} if "data" in value else records[0])

    return answer


LOOKUPS: dict[str, Callable[[Asked, list[Item]], Reply]] = {
    "reddit": _reddit_lookup,
    "hackernews": _hackernews_lookup,
    "mastodon": _mastodon_lookup,
    "discourse": _discourse_lookup,
    "bluesky": _bluesky_lookup,
    "youtube": _youtube_lookup,
    "stackexchange": _stackexchange_lookup,
    **{name: _review_lookup(name) for name in ("trustpilot", "googlebusiness", "googleplay", "appstoreconnect")},
}
PAGES = {
    "reddit": _reddit,
    "bluesky": _bluesky,
    "youtube": _youtube,
    "hackernews": _hackernews,
    "rss": _rss,
    "file": _file,
    "folder": _file,
    "mailbox": _mailbox,
    "webhook": _webhook,
    "mastodon": _mastodon,
    "appstore": _appstore,
    "steam": _steam,
    "stackexchange": _stackexchange,
    "discourse": _discourse,
    "trustpilot": _trustpilot,
    "googlebusiness": _googlebusiness,
    "googleplay": _googleplay,
    "appstoreconnect": _appstoreconnect,
}
