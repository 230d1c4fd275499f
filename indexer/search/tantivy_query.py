"""Schema and queries of the embedded index: the query language's tree becomes Tantivy's own."""

from __future__ import annotations

from ipaddress import ip_network

import tantivy
from tantivy import FieldType, Occur, Query

from indexer.search.analyzer import stems, tokens
from indexer.search.query import And, Beginning, Field, Node, Not, Or, Span, Words

TEXT_FIELDS = (("title_exact", 3.0), ("title_stem", 2.0), ("exact", 1.0), ("stem", 0.7))
"""Fields that hold a document's words, with what a match in each weighs against the others."""

VALUE_FIELDS = ("kind", "source", "country", "asn", "type", "verdict", "lang", "month", "entity", "prefix", "inside")


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("id", fast=True, tokenizer_name="raw", index_option="basic")
    for name, _ in TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in VALUE_FIELDS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("time", indexed=True, fast=True)
    builder.add_text_field("stored", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


class Compiler:
    """Compiles trees for one schema."""

    def __init__(self, of: tantivy.Schema) -> None:
        self._schema = of

    def compile(self, node: Node) -> Query:
        if isinstance(node, Words):
            return self._words(node)
        if isinstance(node, Field):
            return self._field(node)
        if isinstance(node, Span):
            return self._span(node)
        if isinstance(node, Beginning):
            return self._beginning(node)
        if isinstance(node, And):
            return self._and(node)
        if isinstance(node, Or):
            return Query.boolean_query([(Occur.Should, self.compile(part)) for part in node.parts])
        if isinstance(node, Not):
            return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, self.compile(node.part))])
        return Query.all_query()

    def _and(self, node: And) -> Query:
        return Query.boolean_query(
            [
                (Occur.MustNot, self.compile(part.part)) if isinstance(part, Not) else (Occur.Must, self.compile(part))
                for part in node.parts
            ]
            + [(Occur.Must, Query.all_query())] * all(isinstance(part, Not) for part in node.parts)
        )

    def _words(self, node: Words) -> Query:
        terms = [token.term for token in tokens(node.text)]
        if not terms:
            return Query.empty_query()
        choices = []
        for field, weight in TEXT_FIELDS:
            if not field.endswith("stem"):
                choices.append(Query.boost_query(self._phrase(field, terms, node.slop), weight))
            elif not node.exact and len(terms) == 1:
                found = stems(terms[0])
                if found:
                    choices.append(Query.boost_query(Query.term_set_query(self._schema, field, found), weight))
        return Query.disjunction_max_query(choices, 0.1)

    def _phrase(self, field: str, terms: list[str], slop: int) -> Query:
        if len(terms) == 1:
            return Query.term_query(self._schema, field, terms[0], index_option="position")
        return Query.phrase_query(self._schema, field, list(terms), slop)

    def _beginning(self, node: Beginning) -> Query:
        terms = [token.term for token in tokens(node.text)]
        if len(terms) != 1:
            return Query.empty_query()
        pattern = "".join(c if c.isalnum() else f"\\{c}" for c in terms[0]) + ".*"
        fields = [field for field, _ in TEXT_FIELDS if not field.endswith("stem")]
        return Query.disjunction_max_query([Query.regex_query(self._schema, field, pattern) for field in fields])

    def _field(self, node: Field) -> Query:
        if node.name == "prefix":
            inside = Query.term_query(self._schema, "inside", node.value)
            around = Query.term_set_query(self._schema, "prefix", covering(node.value))
            return Query.const_score_query(Query.boolean_query([(Occur.Should, inside), (Occur.Should, around)]), 1.0)
        return Query.const_score_query(Query.term_query(self._schema, node.name, node.value), 1.0)

    def _span(self, node: Span) -> Query:
        start, end = (int(edge.timestamp()) if edge else None for edge in (node.start, node.end))
        return Query.range_query(
            self._schema, "time", FieldType.Integer, lower_bound=start, upper_bound=end, include_upper=end is None
        )


def covering(prefix: str) -> list[str]:
    """The prefix and every shorter one that holds it."""
    net = ip_network(prefix)
    return [str(net.supernet(new_prefix=length)) for length in range(net.prefixlen, -1, -1)]


def terms_of(node: Node) -> frozenset[str]:
    """What to highlight: the query's terms and their stems, negated parts left out."""
    if isinstance(node, Words):
        terms = [token.term for token in tokens(node.text)]
        return frozenset(terms).union(*(stems(term) for term in terms if not node.exact))
    if isinstance(node, Field) and node.name in {"asn", "prefix"}:
        return frozenset({f"as{node.value}" if node.name == "asn" else node.value})
    if isinstance(node, And | Or):
        return frozenset().union(*(terms_of(part) for part in node.parts))
    return frozenset()
