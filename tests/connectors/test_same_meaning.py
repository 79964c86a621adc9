"""A query means the same at every source: what its own search narrows and what is checked here give one answer."""

import re

import pytest

from earful.settings import Brand
from flows.steps.jobs import Job, Subjects

SAID = [
    "An apple phone",
    "apple pie for all",
    "I drank apple juice today",
    "Ápple again, and a pear",
    "pear juice",
    "no fruit whatsoever",
    "pineapple phone",
    "the phone is late, says apple",
]
QUERIES = {
    "apple NOT (pie OR juice)": {0, 3, 7},
    "(apple OR pear) phone": {0, 7},
    '"apple pie" OR "pear juice"': {1, 4},
    "phon* NEAR/4 apple": {0, 7},
    "apple -phone": {1, 2, 3},
}


def search_of_a_source(question: str, text: str) -> bool:
    """How a search of the web understands words, phrases in quotes and OR: by whole words, without accents."""
    plain = text.casefold().replace("á", "a")
    parts = [re.findall(r'"([^"]+)"|(\w+)', part.casefold()) for part in question.split(" OR ")]
    return any(all(re.search(rf"\b{phrase or word}", plain) for phrase, word in part) for part in parts)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_the_same_everywhere(world, make_item, make_reply, query):
    items = [make_item(f"a{number}", text) for number, text in enumerate(SAID)]
    world.serve(world.page(items))
    settings = {"listen": ["search"]} if world.connector.name == "reddit" else {}
    ask = world.ask(query=query, **settings)
    served = world.fake.reply

    def answer(asked):
        question = asked.query.get("q") or asked.query.get("query")
        if not question:
            return served(asked)
        return make_reply(world.page([item for item in items if search_of_a_source(question, item.text)]))

    world.fake.reply = answer
    brand = Brand(name="Fruit", query=query)
    kept = Subjects(Job(brand, ask.source.model_copy(update={"match": "query"})))
    found = {found.title or found.text for found in world.read(ask)[1].found if kept.of(found)}
    assert found == {SAID[number] for number in QUERIES[query]}
