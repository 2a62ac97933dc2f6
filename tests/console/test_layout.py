"""Where the tasks of a job go in its drawing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.console.graph.drawing import together
from batchcompute.server.console.graph.layout import HEIGHT, WIDTH, crossings, lay_out, layers_of


@st.composite
def _dags(draw: st.DrawFn) -> tuple[tuple[int, ...], ...]:
    count = draw(st.integers(1, 12))
    return tuple(
        tuple(sorted(draw(st.sets(st.integers(node + 1, count - 1), max_size=4))))
        if node + 1 < count
        else ()
        for node in range(count)
    )


@given(_dags())
def test_no_box_covers_another_and_edges_lead_to_the_right(
    dag: tuple[tuple[int, ...], ...],
) -> None:
    layout = lay_out(dag)
    for node, (x, y) in enumerate(layout.places):
        assert 0 <= x <= layout.width - WIDTH
        assert 0 <= y <= layout.height - HEIGHT
        for other_x, other_y in layout.places[node + 1 :]:
            assert x != other_x or abs(y - other_y) >= HEIGHT
        for later in dag[node]:
            assert layout.places[later][0] >= x + WIDTH
    assert len(layout.edges) == sum(map(len, dag))


def test_layer_is_the_longest_way() -> None:
    assert layers_of([(1, 2), (2,), (3,), ()]) == [0, 1, 2, 3]


def test_crossings_are_taken_away() -> None:
    # Two pairs that are written crosswise.
    (_, zero), (_, one), (_, two), (_, three) = lay_out(((3,), (2,), (), ())).places
    assert (zero < one) == (three < two)
    after = {0: [3], 1: [2], 2: [], 3: []}
    assert crossings([[0, 1], [2, 3]], after) == 1
    assert crossings([[0, 1], [3, 2]], after) == 0


def test_diamond_is_drawn_around_its_middle() -> None:
    first, second, third, last = (y for _, y in lay_out(((1, 2), (3,), (3,), ())).places)
    assert first == last == (second + third) // 2


def test_alike_tasks_are_taken_together() -> None:
    # One before and one behind a thousand that are alike, and one beside them.
    thousand = tuple(range(1, 1001))
    dag = (thousand, *((1001,) for _ in thousand), (), ())
    groups, edges = together(dag)
    assert groups == [[0], list(thousand), [1001], [1002]]
    assert edges == ((1,), (2,), (), ())
