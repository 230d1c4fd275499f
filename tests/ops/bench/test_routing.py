from ops.bench.routing import figures


def test_the_reader_is_measured_beside_the_parser_below_it() -> None:
    found = {figure["name"]: figure for figure in figures()}
    ours, raw = found["routing.read_elems"]["value"], found["routing.ftlbgp"]["value"]
    assert ours > 0
    assert abs(found["routing.read_to_ftlbgp"]["value"] - ours / raw) < 0.01
