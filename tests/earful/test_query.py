"""The query language: reading, printing, matching and finding, against a naive model of what it means."""

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earful.query import FIELDS, And, Field, Near, Not, Or, QueryError, Term, fold, parse_query
from earful.query.folding import fold_with_places
from earful.query.pushdown import MAX_ALTERNATIVES

WORDS = ["pie", "apple", "juice", "and", "Ærlig", "naïve", "o'neil", "at&t", "c++", "not", "x1", "мой", "😡"]
plain_words = st.sampled_from(WORDS) | st.text("abcxyzåéß", min_size=1, max_size=4)
terms = st.builds(
    lambda words, prefix: Term(" ".join(words), prefix and len(words) == 1 and words[0].isalpha()),
    st.lists(plain_words, min_size=1, max_size=3),
    st.booleans(),
)
odd_terms = (
    st.text(min_size=1, max_size=8).map(lambda text: " ".join(text.split())).filter(lambda text: fold(text).strip())
)
fields = st.builds(Field, st.sampled_from(FIELDS), st.sampled_from(["en", "ada l", 'a"b', "a.example/x", "x)y"]))
nears = st.builds(
    Near,
    st.lists(terms, min_size=1, max_size=2).map(tuple),
    st.lists(terms, min_size=1, max_size=2).map(tuple),
    st.integers(1, 9),
)


def flat(kind, parts):
    inner = [each for part in parts for each in (part.parts if isinstance(part, kind) else (part,))]
    return kind(tuple(inner))


def negated(node):
    return node.of if isinstance(node, Not) else Not(node)


def trees(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(negated),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: flat(And, parts)),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: flat(Or, parts)),
        ),
        max_leaves=8,
    )


# ---------------------------------------------------------------------------------------------------------- reading


@pytest.mark.slow
@given(trees(terms | fields | nears))
def test_a_printed_query_is_read_as_the_same(tree):
    printed = str(tree)
    assert parse_query(printed).root == tree
    assert str(parse_query(printed)) == printed


@given(odd_terms)
def test_any_text_can_be_looked_for_in_quotes(text):
    plain = text.translate(str.maketrans("“”„", '"""'))
    assert parse_query(str(Term(plain))).root == Term(plain)


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_a_mistake_with_a_place(text):
    column, parsed = 1, None
    try:
        parsed = parse_query(text)
    except QueryError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
    assert parsed is None or parse_query(str(parsed)) == parsed


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("a b", "a AND b"),
        ("a -b", "a AND NOT b"),
        ("a OR b c", "a OR (b AND c)"),
        ("NOT a b", "(NOT a) AND b"),
        ("NOT NOT a", "a"),
        ("(a)", "a"),
        ("“united airlines”", '"united airlines"'),
        ('"united\n  airlines"', '"united airlines"'),
        ("a and b", 'a AND "and" AND b'),
    ],
)
def test_ways_to_write_the_same(text, same_as):
    assert parse_query(text) == parse_query(same_as)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("a OR", 5, "too soon"),
        ("(a OR b", 8, "too soon"),
        ("a)", 2, "bracket"),
        ("()", 2, "bracket"),
        ('a "b', 3, "never closed"),
        ("a AND OR b", 7, "beside them"),
        ("a NEAR b", 3, "distance"),
        ("a NEAR/2 b NEAR/3 c", 12, "can't stand here"),
        ("a NEAR/2 lang:en", 3, "nothing else"),
        ("autor:ada", 1, 'did you mean "author"'),
        ("see https://example.com", 5, "no field"),
        ('lang:""', 1, "needs a value"),
        ("12:30", 3, "colon"),
        ("a - b", 3, "dash"),
        ("*a", 1, "star"),
        ("a*b", 1, "star"),
        ('"\u200b"', 1, "no word"),
        ("(" * 60 + "a" + ")" * 60, 51, "brackets"),
        ("a " * 3000, 1, "longer"),
    ],
)
def test_a_mistake_points_at_its_column(text, column, said):
    with pytest.raises(QueryError) as raised:
        parse_query(text)
    assert raised.value.column == column
    assert said in str(raised.value)
    assert str(raised.value).splitlines()[2].index("^") == column + 1


# --------------------------------------------------------------------------------------------------------- matching

MATCHES = [
    ("united", "UNITED!", True),
    ("united", "reunited at last", False),
    ("united", "@united #united united's", True),
    ("united", "united_airlines", True),
    ("united", "Uni\u200bted", True),
    ("united", "Úñîtéd", True),
    ("united", "𝐔𝐧𝐢𝐭𝐞𝐝", True),
    ("united", "ＵＮＩＴＥＤ", True),
    ("united", "United™ is late", True),
    ("united", "Unitedの対応", True),
    ("rode", "Røde", True),
    ("łódź", "Lodz", True),
    ("strasse", "Straße", True),
    ("istanbul", "İSTANBUL", True),
    ("мой", "мои", False),
    ("ёлка", "елка", True),
    ("航空", "格安航空券", True),
    ("ดี", "ไม่ดีเลย", True),
    ("하", "한국", False),
    ("유나이티드", "유나이티드는 최악", True),
    ("मेरा", "यह मेरा है", True),
    ("मेर", "यह मेरा है", False),
    ("سلام", "سَلَام", True),
    ("don't", "I don’t know", True),
    ("c++", "I like C++.", True),
    ("c++", "I like C.", False),
    ("at&t", "AT&T again", True),
    ("😡", "no 😡️", True),
    ('"united airlines"', "United   Airlines", True),
    ('"united airlines"', "United-Airlines", True),
    ('"united airlines"', "**United** _Airlines_", True),
    ('"united airlines"', "United and Airlines", False),
    ('"united airlines"', "unitedairlines", False),
    ("refund*", "three refunds", True),
    ("refund*", "prefund", False),
    ("late NEAR/2 bag", "late my bag", True),
    ('abc NEAR/1 "ab ab"', "ab ab ab abc", True),
    ("late NEAR/2 bag", "bag, then late", True),
    ("late NEAR/2 bag", "late and then my bag", False),
    ("late NEAR/1 late", "late", False),
    ("(late OR slow) NEAR/3 (bag OR flight)", "a slow and dull flight", True),
    ("apple NOT (pie OR juice)", "apple phone", True),
    ("apple NOT (pie OR juice)", "apple juice", False),
    ("NOT pie", "", True),
]


@pytest.mark.parametrize(("query", "text", "expected"), MATCHES)
def test_what_matches(query, text, expected):
    assert parse_query(query).matches(text) is expected


@pytest.mark.parametrize(
    ("query", "about", "expected"),
    [
        ("lang:en", {"language": "en-GB"}, True),
        ("lang:en-gb", {"language": "en_US"}, False),
        ("lang:en", {"language": "no"}, False),
        ("lang:en", {}, True),
        ("NOT lang:en", {}, True),
        ("NOT lang:en", {"language": "en"}, False),
        ("author:ada", {"author": "u/Ada"}, True),
        ("author:@ada", {"author": "ADA"}, True),
        ("author:ada", {"author": "adam"}, False),
        ("author:ada", {}, False),
        ("source:reddit", {"source": "reddit"}, True),
        ("source:reddit", {"source": "rss"}, False),
        ("site:example.com", {"url": "https://www.example.com/a"}, True),
        ("site:example.com", {"url": "https://forum.example.com"}, True),
        ("site:example.com", {"url": "https://badexample.com"}, False),
        ("site:example.com/forum", {"url": "https://example.com/forum/1"}, True),
        ("site:example.com/forum", {"url": "https://example.com/forums"}, False),
        ("site:example.com", {"url": "https://[broken"}, False),
        ("site:example.com", {}, False),
    ],
)
def test_what_is_known_beside_the_text(query, about, expected):
    assert parse_query(query).matches("some text", **about) is expected


def naive_words(text):
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.findall(r"[a-z0-9]+", plain.casefold())


def naive(node, words):
    """What a query means, said as simply as can be, for words of letters only."""
    match node:
        case Not(of):
            return not naive(of, words)
        case And(parts):
            return all(naive(part, words) for part in parts)
        case Or(parts):
            return any(naive(part, words) for part in parts)
        case Near(left, right, within):
            one = [place for term in left for place in places(term, words)]
            two = [place for term in right for place in places(term, words)]
            return any(0 < b[0] - a[1] <= within or 0 < a[0] - b[1] <= within for a in one for b in two)
        case _:
            return bool(places(node, words))


def places(term, words):
    wanted = naive_words(term.text)
    if term.prefix:
        return [(at, at) for at, word in enumerate(words) if word.startswith(wanted[0])]
    size = len(wanted)
    return [(at, at + size - 1) for at in range(len(words) - size + 1) if words[at : at + size] == wanted]


simple_words = st.sampled_from(["ab", "abc", "b", "é", "E", "ba"])
simple_terms = st.builds(
    lambda words, prefix: Term(" ".join(words), prefix and len(words) == 1),
    st.lists(simple_words, min_size=1, max_size=2),
    st.booleans(),
)
simple_nears = st.builds(
    Near,
    st.lists(simple_terms, min_size=1, max_size=2).map(tuple),
    st.lists(simple_terms, min_size=1, max_size=2).map(tuple),
    st.integers(1, 4),
)
simple_texts = st.lists(st.tuples(simple_words, st.sampled_from([" ", ", ", "\n", "-", "! ", "_"])), max_size=8).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)


@pytest.mark.slow
@settings(max_examples=400)
@given(trees(simple_terms | simple_nears), simple_texts)
def test_matching_means_what_the_naive_model_means(tree, text):
    assert parse_query(str(tree)).matches(text) is naive(tree, naive_words(text))


# ----------------------------------------------------------------------------------------------------- finding, asking


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ('united OR "united airlines"', "Oh UNITED Airlines!", ["UNITED Airlines"]),
        ("united NOT delta", "united, not delta", ["united"]),
        ("refund*", "refunds and Refunding", ["refunds", "Refunding"]),
        ("straße", "Die STRASSE und die Straße", ["STRASSE", "Straße"]),
        ("united", "xx Ünite\u0301d™ yy", ["Ünite\u0301d"]),
        ("航空", "格安航空券", ["航空"]),
        ("late NEAR/2 bag", "late late my bag. bag", ["late", "bag"]),
        ("author:ada", "ada", []),
    ],
)
def test_hits_are_places_in_the_original_text(query, text, found):
    assert [text[start:end] for start, end in parse_query(query).hits(text)] == found


@pytest.mark.slow
@given(trees(terms | nears), st.text(max_size=60))
def test_hits_lie_in_the_text_in_order(tree, text):
    last = 0
    for start, end in parse_query(str(tree)).hits(text):
        assert last <= start < end <= len(text)
        last = end


@given(st.text(max_size=30))
def test_folding_piece_by_piece_is_folding_the_whole(text):
    folded, starts, ends = fold_with_places(text)
    assert folded == fold(text)
    assert len(starts) == len(ends) == len(folded)


@pytest.mark.slow
@given(trees(simple_terms | simple_nears), simple_texts)
def test_whatever_matches_has_all_terms_of_one_alternative(tree, text):
    query = parse_query(str(tree))
    alternatives = query.alternatives()
    if alternatives is not None and query.matches(text):
        words = naive_words(text)
        assert any(all(places(term, words) for term in alternative) for alternative in alternatives)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ('united OR "united airlines"', [["united"]]),
        ("apple NOT (pie OR juice)", [["apple"]]),
        ("(a OR b) c", [["a", "c"], ["b", "c"]]),
        ("a NEAR/3 (b OR c)", [["a", "b"], ["a", "c"]]),
        ("NOT a", None),
        ("a OR lang:en", None),
        ("a lang:en", [["a"]]),
    ],
)
def test_what_a_source_can_be_asked_for(query, asked):
    found = parse_query(query).alternatives()
    shown = None if found is None else [sorted(str(term).strip('"') for term in each) for each in found]
    assert shown == asked


def test_too_many_alternatives_are_left_to_the_local_check():
    many = " ".join("(" + " OR ".join(f"w{a}x{b}" for b in range(6)) + ")" for a in range(5))
    assert len(parse_query(many).alternatives()) <= MAX_ALTERNATIVES


def test_equal_queries_are_equal():
    assert len({parse_query("a b"), parse_query("a AND b"), parse_query("b a")}) == 2
    assert eval(repr(parse_query('"a b" OR c')), {"parse_query": parse_query}) == parse_query('"a b" OR c')


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "!" * 200_000, "united " * 30_000, "united" + "!" * 200_000, "日" * 200_000]
)
def test_time_is_linear_in_the_length_of_the_text(text):
    query = parse_query('"united airlines" OR "!!! x" OR (united NEAR/3 delta) OR "日 本" OR air*')
    started = time.perf_counter()
    query.matches(text)
    assert time.perf_counter() - started < 2
