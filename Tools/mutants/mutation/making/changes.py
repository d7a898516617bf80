"""What a sweep changes in the body of a function, and what it calls each kind of change."""

import re
from dataclasses import dataclass

from . import queries, swift

GUARD, CONDITION, TURNED, SHIFTED = "guard dropped", "condition decided", "comparison turned", "comparison shifted"
BOOLEAN, SYNC, CALL, ASSIGNMENT = "boolean turned", "sync skipped", "call skipped", "assignment dropped"
SWAPPED, EARLY, CONSTANT, ARITHMETIC = "argument swapped", "early return", "constant changed", "arithmetic turned"
NEIGHBOUR_TAKEN = "neighbour taken"

# A statement that does nothing, where one is taken out.
NOTHING = "_ = ()"

OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "==", "===": "!==", "!==": "==="}
NEIGHBOUR = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
OTHER_BOOLEAN = {"&&": "||", "||": "&&"}
OTHER_ARITHMETIC = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "??": None}
OTHER_WORD = {"max": "min", "min": "max", "first": "last", "last": "first", "prefix": "suffix", "suffix": "prefix"}
SYSTEM_CALLS = {"fsync", "fdatasync", "flock", "posix_fallocate", "unlink", "rename", "link"}
# Values of one type that stand beside each other and mean something else.
BESIDE = {
    "epoch": ["generation"], "generation": ["epoch", "version"], "version": ["generation"], "presented": ["held"],
    "held": ["presented"], "spent": ["fingerprint"], "retryAt": ["retryFrom"], "retryFrom": ["retryAt"],
    "rotatedAt": ["latestAt", "floorUntil"], "confirmedAt": ["answeredAt"], "answeredAt": ["confirmedAt"],
    "latestAt": ["rotatedAt", "createdAt"], "lastUsedAt": ["confirmedAt"], "until": ["from"], "from": ["until"],
    "landings": ["touches"], "touches": ["era"], "era": ["touches"], "accessToken": ["refreshToken"],
    "tenant": ["approver"], "approver": ["tenant"], "floorGeneration": ["generation"], "clientID": ["id"],
    "earlierIntent": ["connection.intent"],
}
EMPTY = {"Bool": ["false", "true"], "Int": ["0"], "Int64": ["0"], "String": ['""']}


@dataclass
class Change:
    kind: str
    first: int
    end: int
    put: str


class Finder:
    def __init__(self, source, tokens, body):
        self.source, self.tokens, self.body = source, tokens, body
        self.opening, self.closing = body.opening, tokens[body.opening].partner

    def text(self, first, end):
        """The source from one token to before another."""
        return self.source[self.tokens[first].start : self.tokens[end - 1].end]

    def over(self, kind, first, end, put):
        return Change(kind, self.tokens[first].start, self.tokens[end - 1].end, put)

    def changes(self):
        found = [*self.in_tokens(), *self.in_blocks(), *self.in_queries(), *self.early()]
        return [change for change in found if self.source[change.first : change.end] != change.put]

    def in_tokens(self):
        tokens = self.tokens
        for index in range(self.opening + 1, self.closing):
            token, before, after = tokens[index], tokens[index - 1], tokens[index + 1]
            if token.kind == "operator" and token.spaced:
                if token.text in OPPOSITE:
                    yield self.over(TURNED, index, index + 1, OPPOSITE[token.text])
                # Descriptor 0 is standard input, which is open.
                if token.text in NEIGHBOUR and before.text not in ("descriptor", "folder"):
                    yield self.over(SHIFTED, index, index + 1, NEIGHBOUR[token.text])
                if token.text in OTHER_BOOLEAN:
                    yield self.over(BOOLEAN, index, index + 1, OTHER_BOOLEAN[token.text])
                if OTHER_ARITHMETIC.get(token.text) and "text" not in (before.kind, after.kind):
                    yield self.over(ARITHMETIC, index, index + 1, OTHER_ARITHMETIC[token.text])
            elif token.text == "!" and token.end == after.start and not (before.end == token.start and before.text != "("):
                yield self.over(BOOLEAN, index, index + 1, "")
            elif token.kind == "word" and token.text in ("true", "false"):
                yield self.over(CONSTANT, index, index + 1, "false" if token.text == "true" else "true")
            elif token.kind == "word" and token.text in OTHER_WORD and (before.text == "." or after.text == "("):
                yield self.over(ARITHMETIC, index, index + 1, OTHER_WORD[token.text])
            elif token.kind == "word" and token.text in BESIDE and before.text == "." and before.end == token.start:
                # A member, and not a case that begins with a dot or the label of a call.
                owner = tokens[index - 2]
                if owner.end == before.start and (owner.kind == "word" or owner.text in ("?", ")")) and after.text not in ("(", ":"):
                    for other in BESIDE[token.text]:
                        yield self.over(NEIGHBOUR_TAKEN, index, index + 1, other)
            elif token.kind == "number" and re.fullmatch(r"[0-9_]+", token.text):
                yield self.over(CONSTANT, index, index + 1, other_number(token.text))
            elif token.text in SYSTEM_CALLS and after.text == "(" and before.text != ".":
                statement = before.begins_line or before.text in ("{", "}", ";", ")") or token.begins_line
                if not statement or before.text in ("(", "&&", "||"):
                    kind = SYNC if "sync" in token.text else CALL
                    yield self.over(kind, index, after.partner + 1, "Int32(0)")
            if token.text == "(" and token.kind == "mark" and before.kind == "word" and before.end == token.start:
                yield from self.swaps(index)
            if token.text in ("if", "while") and token.kind == "word":
                yield from self.clauses(CONDITION, index + 1, "{")
            if token.text == "where" and token.kind == "word":
                yield from self.clauses(CONDITION, index + 1, "{:")
            if token.text == "guard" and token.kind == "word":
                yield from self.clauses(GUARD, index + 1, "else")

    def clauses(self, kind, first, ends):
        """Each clause that binds nothing, taken for true; or for false, where both are a course of the program."""
        start, clauses = first, []
        for index in swift.level(self.tokens, first, self.closing):
            text = self.tokens[index].text
            if text == ends or (ends != "else" and text in ends):
                clauses.append((start, index))
                break
            if text == ",":
                clauses.append((start, index))
                start = index + 1
        for start, end in clauses:
            if end <= start or self.tokens[start].text in ("let", "var", "case", "#available"):
                continue
            whole = self.text(start, end)
            system = next((call for call in SYSTEM_CALLS if re.match(rf"{call}\(.* == 0$", whole, re.S)), None)
            kind_here = SYNC if system and "sync" in system or "syncFolder(" in whole else kind
            yield self.over(kind_here, start, end, "true")
            if kind == CONDITION and not system:
                yield self.over(kind, start, end, "false")

    def swaps(self, opening):
        """Two neighbours of one call, changed for each other where both are names or paths of one type, by their names."""
        callee = self.tokens[opening - 1].text
        arguments, start = [], opening + 1
        end = self.tokens[opening].partner
        for index in [*swift.level(self.tokens, opening + 1, end), end]:
            if index == end or self.tokens[index].text == ",":
                first = start
                if index - start > 2 and self.tokens[start + 1].text == ":" and self.tokens[start].kind == "word":
                    first = start + 2
                arguments.append((first, index))
                start = index + 1
        for (first, first_end), (second, second_end) in zip(arguments, arguments[1:]):
            if first_end <= first or second_end <= second:
                continue
            one, other = self.text(first, first_end), self.text(second, second_end)
            if all(re.fullmatch(r"(?:try )?[a-z]\w*(?:\??\.\w+|\[\"\w+\"\])*", text) for text in (one, other)) and one != other and (
                callee in QUERIES and "db" not in (one, other) or sort_of(one) and sort_of(one) == sort_of(other)
            ):
                between = self.source[self.tokens[first_end - 1].end : self.tokens[second].start]
                yield self.over(SWAPPED, first, second_end, other + between + one)

    def in_blocks(self):
        for opening in range(self.opening, self.closing):
            token = self.tokens[opening]
            if token.text == "{" and token.kind == "mark":
                yield from self.in_statements(swift.statements(self.tokens, opening), opening)

    def in_statements(self, statements, opening):
        alone = len(statements) == 1 and (opening != self.opening or self.body.gives)
        for first, end in statements:
            start = first
            while self.tokens[start].text in ("try", "await", "_", "=", "?", "!"):
                start += 1
            if start >= end or self.tokens[start].kind != "word" or self.tokens[start].text in KEYWORDS:
                continue
            operators = [at for at in swift.level(self.tokens, start, end) if self.tokens[at].kind == "operator" and self.tokens[at].spaced]
            equals = [at for at in operators if self.tokens[at].text in ("=", "+=", "-=")]
            if equals and equals[0] == operators[0]:
                if self.body.name == "init" and opening == self.opening:
                    continue
                yield self.over(ASSIGNMENT, first, end, NOTHING)
            elif not operators and not alone and self.tokens[end - 1].text in (")", "}"):
                name = self.text(start, next((at for at in swift.level(self.tokens, start, end) if self.tokens[at].text == "("), end))
                yield self.over(SYNC if syncs(name) else CALL, first, end, NOTHING)
            elif alone and self.tokens[end - 1].text == ")" and not operators:
                name = self.text(start, next((at for at in swift.level(self.tokens, start, end) if self.tokens[at].text == "("), end))
                if syncs(name):
                    yield self.over(SYNC, first, end, NOTHING)

    def in_queries(self):
        for index in range(self.opening + 1, self.closing):
            token = self.tokens[index]
            if token.kind == "text":
                for kind, first, end, put in queries.changes(token.text):
                    yield Change(kind, token.start + first, token.start + end, put)

    def early(self):
        """The function ends before one of its statements, or with nothing in place of its result."""
        gives = self.body.gives
        values = EMPTY.get(gives, ["nil"] if gives.endswith("?") else ["[]"] if gives.startswith("[") else [])
        statements = swift.statements(self.tokens, self.opening)
        if self.body.name in ("init", "deinit"):
            return
        if not gives or gives == "Void":
            for first, _ in statements:
                place = self.tokens[first].start
                indentation = self.source[self.source.rfind("\n", 0, place) + 1 : place]
                separator = "\n" + indentation if not indentation.strip() else "; "
                yield Change(EARLY, place, place, "if true { return }" + separator)
            return
        for index in self.own_tokens():
            if self.tokens[index].text == "return" and self.tokens[index].kind == "word":
                end = next((stop for first, stop in self.all_statements() if first == index), None)
                if end and end > index + 1:
                    for value in values:
                        yield self.over(EARLY, index + 1, end, value)
        if len(statements) > 1:
            for first, _ in statements[:1]:
                place = self.tokens[first].start
                for value in values[:1]:
                    yield Change(EARLY, place, place, f"if true {{ return {value} }}\n    ")

    def all_statements(self):
        for opening in range(self.opening, self.closing):
            if self.tokens[opening].text == "{" and self.tokens[opening].kind == "mark":
                yield from swift.statements(self.tokens, opening)

    def own_tokens(self):
        """The tokens of this function, without those of its closures."""
        index = self.opening + 1
        while index < self.closing:
            token = self.tokens[index]
            if token.text == "{" and token.kind == "mark" and self.is_closure(index):
                index = token.partner
            yield index
            index += 1

    def is_closure(self, opening):
        before = self.tokens[opening - 1]
        return swift.closure_head(self.tokens, opening) is not None or before.text in ("(", ",", "=") or (
            before.kind == "word" and before.end + 1 == self.tokens[opening].start and before.text.islower() is False)


QUERIES = {"execute", "row", "rows"}
SORTS = {
    "number": re.compile(r"(epoch|generation|version|landings|count|index|first|second|attempt|size|length|depth)$", re.I),
    "moment": re.compile(r"(now|moment|start|until|from|end|at|[a-z]At|[a-z]Until)$"),
    "text": re.compile(r"(name|tenant|approver|process|holder|reason|words|client|origin|path|title|host)$", re.I),
    "bytes": re.compile(r"(presented|held|fingerprint|salt|spent|hash)$", re.I),
    "truth": re.compile(r"^(forced|spare|ambiguous|is[A-Z]\w+)$"),
}


def sort_of(path):
    name = re.sub(r"\W+$", "", path).rsplit(".", 1)[-1]
    return next((sort for sort, pattern in SORTS.items() if pattern.search(name)), None)


def syncs(name):
    return bool(re.search(r"(?<![a-z])f?(data)?sync", name, re.I)) and "async" not in name


KEYWORDS = {
    "let", "var", "guard", "if", "for", "while", "switch", "case", "default", "do", "catch", "return", "throw", "defer",
    "func", "struct", "enum", "break", "continue", "repeat", "else", "fallthrough", "init",
}


def other_number(text):
    number = int(text.replace("_", ""))
    return str(number + 1 if number <= 10 else number * 2)


def constants(source, tokens, found_bodies):
    """The numbers and truths of values and defaults that stand in no body."""
    inside = [(tokens[body.opening].start, tokens[tokens[body.opening].partner].end) for body in found_bodies]
    for index, token in enumerate(tokens):
        if any(first <= token.start < end for first, end in inside) or index < 3:
            continue
        before, after = tokens[index - 1], tokens[min(index + 1, len(tokens) - 1)]
        is_number = token.kind == "number" and re.fullmatch(r"[0-9_]+", token.text)
        if not is_number and token.text not in ("true", "false"):
            continue
        # Not of a case's raw value, an attribute or an array's bounds.
        line = source[source.rfind("\n", 0, token.start) + 1 : token.start]
        if re.search(r"^\s*case\b|@\w+\(", line) or not re.search(r"\b(let|var)\b.*=|: \w+ = $|\bfunc\b.*= $", line):
            continue
        if after.text == "." and before.text != "(" and after.start == token.end:
            continue
        put = other_number(token.text) if is_number else ("false" if token.text == "true" else "true")
        yield Change(CONSTANT, token.start, token.end, put)
