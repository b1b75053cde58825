"""The query language: text in, a query out. What its names mean is not known here."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s+
    | (?P<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<sign>!=|>=|<=|[=<>(),])""",
    re.VERBOSE,
)
ESCAPE = re.compile(r"\\(.)")
FIELD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
RESOURCE = re.compile(r"[a-z][a-z0-9_]*")
COMPARISONS = ("=", "!=", ">", ">=", "<", "<=")
# Operators that a word (or NOT and a word) begins, each with what must follow.
WORDED = {"IN": "list", "LIKE": "single", "REGEXP_MATCH": "single", "BETWEEN": "pair", "CONTAINS": "list"}
NEGATABLE = ("IN", "LIKE", "REGEXP_MATCH")
PARAMETERS = ("include_drafts", "omit_unselected_resource_names")


class BadQuery(Exception):
    """The query is refused: the name out of the API's QueryErrorEnum, and the part at fault."""

    def __init__(self, name: str, part: str = "") -> None:
        super().__init__(name)
        self.name, self.part = name, part


@dataclass(frozen=True)
class Condition:
    """One comparison of the WHERE clause; `values` are literals as they were written, without quotes."""

    field: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """A query that is one; the order pairs a field with whether it descends."""

    fields: tuple[str, ...]
    resource: str
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def parse(text: str) -> Query:
    """Return the query. Raises `BadQuery`."""
    reader = _Reader(list(_tokens(text)))
    reader.keyword("SELECT", "EXPECTED_SELECT")
    fields = reader.fields()
    reader.keyword("FROM", "EXPECTED_FROM")
    resource = reader.name(RESOURCE)
    conditions, order, limit = reader.where(), reader.order(), reader.limit()
    reader.parameters()
    reader.end()
    return Query(fields, resource, conditions, order, limit)


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            unfinished = text[place] in "'\""
            raise BadQuery("STRING_NOT_TERMINATED" if unfinished else "BAD_SYMBOL", text[place])
        place = match.end()
        if match.lastgroup:
            yield _Token(match.lastgroup, match.group())


class _Reader:
    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens, self.place = tokens, 0

    def peek(self) -> _Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else _Token("end", "")

    def take(self) -> _Token:
        token = self.peek()
        self.place += 1
        if token.kind == "end":
            raise BadQuery("UNEXPECTED_END_OF_QUERY")
        return token

    def skip(self, word: str) -> bool:
        token = self.peek()
        found = token.kind in ("word", "sign") and token.text.upper() == word
        self.place += found
        return found

    def keyword(self, word: str, otherwise: str) -> None:
        if not self.skip(word):
            raise BadQuery(otherwise, self.peek().text)

    def name(self, shape: re.Pattern[str]) -> str:
        token = self.take()
        if token.kind != "word" or not shape.fullmatch(token.text):
            raise BadQuery("BAD_FIELD_NAME" if shape is FIELD else "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", token.text)
        return token.text

    def fields(self) -> tuple[str, ...]:
        found = [self.name(FIELD)]
        while self.skip(","):
            found.append(self.name(FIELD))
        return tuple(dict.fromkeys(found))

    def where(self) -> tuple[Condition, ...]:
        if not self.skip("WHERE"):
            return ()
        found = [self.condition()]
        while self.skip("AND"):
            found.append(self.condition())
        return tuple(found)

    def condition(self) -> Condition:
        field, token = self.name(FIELD), self.take()
        word = token.text.upper()
        if token.text in COMPARISONS:
            return Condition(field, token.text, (self.single(),))
        if word == "IS":
            negated = self.skip("NOT")
            self.keyword("NULL", "BAD_OPERATOR")
            return Condition(field, "IS NOT NULL" if negated else "IS NULL")
        negated = word == "NOT"
        word = self.take().text.upper() if negated else word
        if word not in (NEGATABLE if negated else WORDED):
            raise BadQuery("BAD_OPERATOR", token.text)
        if word == "CONTAINS":
            word = f"CONTAINS {self.take().text.upper()}"
        values = self.values(WORDED[word.partition(" ")[0]])
        return Condition(field, f"NOT {word}" if negated else word, values)

    def values(self, how: str) -> tuple[str, ...]:
        if how == "list":
            return self.list()
        first = self.single()
        if how == "single":
            return (first,)
        self.keyword("AND", "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR")
        return first, self.single()

    def list(self) -> tuple[str, ...]:
        self.keyword("(", "EXPECTED_LIST")
        if self.skip(")"):
            raise BadQuery("PROHIBITED_EMPTY_LIST_IN_CONDITION")
        found = [self.single()]
        while self.skip(","):
            found.append(self.single())
        self.keyword(")", "UNEXPECTED_INPUT")
        return tuple(found)

    def single(self) -> str:
        token = self.take()
        if token.text == "(":
            raise BadQuery("EXPECTED_SINGLE_VALUE")
        if token.kind == "sign":
            raise BadQuery("BAD_VALUE", token.text)
        return ESCAPE.sub(r"\1", token.text[1:-1]) if token.kind == "text" else token.text

    def order(self) -> tuple[tuple[str, bool], ...]:
        if not self.skip("ORDER"):
            return ()
        self.keyword("BY", "EXPECTED_BY")
        found = [self._one_order()]
        while self.skip(","):
            found.append(self._one_order())
        return tuple(found)

    def _one_order(self) -> tuple[str, bool]:
        field = self.name(FIELD)
        descends = self.skip("DESC")
        if not descends:
            self.skip("ASC")
        return field, descends

    def limit(self) -> int | None:
        if not self.skip("LIMIT"):
            return None
        token = self.take()
        if not token.text.lstrip("-").isdecimal():
            raise BadQuery("BAD_LIMIT_VALUE", token.text)
        if int(token.text) < 1:
            raise BadQuery("LIMIT_VALUE_TOO_LOW", token.text)
        return int(token.text)

    def parameters(self) -> None:
        if not self.skip("PARAMETERS"):
            return
        while True:
            token = self.take()
            if token.text not in PARAMETERS:
                raise BadQuery("BAD_PARAMETER_NAME", token.text)
            self.keyword("=", "UNEXPECTED_INPUT")
            value = self.take().text
            if value not in ("true", "false"):
                raise BadQuery("BAD_PARAMETER_VALUE", value)
            if not self.skip(","):
                return

    def end(self) -> None:
        if self.peek().kind != "end":
            raise BadQuery("UNEXPECTED_INPUT", self.peek().text)
