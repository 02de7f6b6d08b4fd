"""Differences: each side stays what it was, and only what parts is marked."""

from hypothesis import given
from hypothesis import strategies as st

from models.difference import marked


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_pieces_of_each_side_are_that_side_again_and_what_is_not_marked_is_the_same(left: str, right: str) -> None:
    found = marked(left, right)

    assert ("".join(p.text for p in found.left), "".join(p.text for p in found.right)) == (left, right)
    if left and right:
        kept = ["".join(piece.text for piece in side if not piece.differs) for side in (found.left, found.right)]
        assert kept[0] == kept[1]
        assert found.differs is (left != right)
    else:
        assert not found.differs


def test_of_two_hangul_names_the_very_syllable_is_marked() -> None:
    assert [p.text for p in marked("배준미", "배중미").right if p.differs] == ["중"]
