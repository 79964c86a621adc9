"""Many words are hashed at once, into the buckets that zlib's CRC32 of each says."""

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from sentiment.hashing import BUCKETS, buckets, pieces

WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=8)


@given(WORDS)
def test_pieces_are_all_sequences_of_two_to_five_letters(words):
    found, owners = pieces(words)
    for i, word in enumerate(words):
        marked = f"<{word}>"
        cut = [marked[start : start + size] for size in (2, 3, 4, 5) for start in range(len(marked) - size + 1)]
        assert found[owners == i].tolist() == [crc32(piece.encode()) % BUCKETS for piece in cut]


@given(WORDS)
def test_a_word_has_a_bucket_for_each_kind(words):
    assert buckets("w", words).tolist() == [crc32(f"w {word}".encode()) % BUCKETS for word in words]
