"""Swift's sources as far as a sweep needs them: tokens, brackets, statements, and the bodies of functions."""

import re
from dataclasses import dataclass, field

OPERATOR = "/=-+!*%<>&|^~?"
WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_]*|`[^`]+`")
NUMBER = re.compile(r"0x[0-9a-fA-F_]+|0b[01_]+|0o[0-7_]+|[0-9][0-9_]*(?:\.[0-9][0-9_]*)?")
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


@dataclass
class Token:
    kind: str  # word, number, text, operator, mark
    text: str
    start: int
    end: int
    begins_line: bool
    # Whether a blank stands on its left and on its right: a binary operator has both or none.
    spaced: bool = False
    partner: int = -1


def tokens_of(source):
    tokens, position, begins_line = [], 0, True

    def add(kind, end):
        nonlocal position, begins_line
        before = source[position - 1] if position else " "
        after = source[end] if end < len(source) else " "
        tokens.append(Token(kind, source[position:end], position, end, begins_line, before.isspace() and after.isspace()))
        position, begins_line = end, False

    while position < len(source):
        letter = source[position]
        if letter == "\n":
            position, begins_line = position + 1, True
        elif letter.isspace():
            position += 1
        elif source.startswith("//", position):
            end = source.find("\n", position)
            position = len(source) if end < 0 else end
        elif source.startswith("/*", position):
            position = source.index("*/", position) + 2
        elif letter == '"' or (letter == "#" and re.match(r'#+"', source[position:])):
            add("text", end_of_text(source, position))
        elif found := WORD.match(source, position):
            add("word", found.end())
        elif found := NUMBER.match(source, position):
            add("number", found.end())
        elif source.startswith("...", position) or source.startswith("..<", position):
            add("operator", position + 3)
        elif source.startswith("->", position):
            add("mark", position + 2)
        elif letter in OPERATOR:
            end = position + 1
            # What follows a name at once belongs to it: `row.lease?.holder`, `Int64?`.
            if not (letter in "?!" and position and (source[position - 1].isalnum() or source[position - 1] in ")]_?")):
                while end < len(source) and source[end] in OPERATOR:
                    end += 1
            add("operator", end)
        else:
            add("mark", position + 1)
    match_brackets(tokens)
    return tokens


def end_of_text(source, position):
    hashes = re.match(r"#*", source[position:]).end()
    quote = '"""' if source.startswith('"""', position + hashes) else '"'
    at, end = position + hashes + len(quote), quote + "#" * hashes
    while not source.startswith(end, at):
        if source.startswith("\\" + "#" * hashes + "(", at):
            at += 2 + hashes
            depth = 1
            while depth:
                if source[at] == '"':
                    at = end_of_text(source, at)
                    continue
                depth += {"(": 1, ")": -1}.get(source[at], 0)
                at += 1
        elif source[at] == "\\" and not hashes:
            at += 2
        else:
            at += 1
    return at + len(end)


def match_brackets(tokens):
    open_ones = []
    for index, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in OPENING:
            open_ones.append(index)
        elif token.text in CLOSING:
            first = open_ones.pop()
            tokens[first].partner, token.partner = index, first


def level(tokens, first, end):
    """The indices of the tokens between two that stand in no bracket of their own; a bracket counts by its ends."""
    index = first
    while index < end:
        yield index
        if tokens[index].text in OPENING and tokens[index].kind == "mark":
            index = tokens[index].partner
            yield index
        index += 1


# -- statements

BINARY_WORDS = {"else", "catch", "where", "in", "as", "is", "async", "throws"}
UNFINISHED = {",", "(", "[", "{", "->", ".", ":", "="}


def is_binary(token):
    return token.kind == "operator" and token.spaced


def continues(previous, token):
    """Whether a token at the beginning of a line goes on with what stands before it."""
    if token.text in (")", "]", "}", ",", ":", "->") or token.text in BINARY_WORDS or is_binary(token):
        return True
    if token.kind == "mark" and token.text == "." and previous.text != ":":
        return True
    if is_binary(previous) or (previous.text in UNFINISHED and previous.text not in ("{", ":")):
        return True
    return previous.text in ("return", "try", "await", "else", "where", "throw", "guard", "if", "while") and previous.kind == "word"


def statements(tokens, opening):
    """The statements of a block, as pairs of indices, the second one past the last."""
    end, starts, in_label = tokens[opening].partner, [], False
    first = opening + 1
    head = closure_head(tokens, opening)
    if head:
        first = head
    previous = None
    for index in level(tokens, first, end):
        token = tokens[index]
        if previous is None or tokens[previous].text == ";":
            starts.append(index)
        elif in_label and tokens[previous].text == ":":
            starts.append(index)
            in_label = False
        elif token.begins_line and not continues(tokens[previous], token):
            starts.append(index)
        if starts and starts[-1] == index:
            in_label = token.text in ("case", "default")
        previous = index
    ends = starts[1:] + [end]
    return [(start, stop) for start, stop in zip(starts, ends) if tokens[start].text not in ("}", ";")]


def closure_head(tokens, opening):
    """The index after a closure's `in`, or None for a block that is none."""
    end = tokens[opening].partner
    for index in level(tokens, opening + 1, end):
        token = tokens[index]
        if token.begins_line and index > opening + 1 and token.text != "in":
            return None
        if token.text == "in" and token.kind == "word":
            before = {tokens[at].text for at in range(opening + 1, index)}
            return None if before & {"for", "if", "guard"} else index + 1
    return None


# -- functions

@dataclass
class Body:
    name: str
    opening: int  # the token of its brace
    gives: str  # the type that it returns, or nothing
    blocks: list = field(default_factory=list)


ACCESSORS = {"get", "set", "didSet", "willSet", "_read", "_modify"}
TYPES = {"struct", "class", "enum", "actor", "extension", "protocol"}


def bodies(tokens, first=0, end=None):
    """The outermost bodies of functions, initialisers and computed values."""
    found, index, end = [], first, len(tokens) if end is None else end
    while index < end:
        token = tokens[index]
        if token.kind == "word" and tokens[index - 1].text != ".":
            if token.text in TYPES and token.text != "class" or token.text == "class" and tokens[index + 1].text not in ("func", "var"):
                brace = next((at for at in level(tokens, index, end) if tokens[at].text == "{"), None)
                if brace is not None:
                    found += bodies(tokens, brace + 1, tokens[brace].partner)
                    index = tokens[brace].partner + 1
                    continue
            elif token.text in ("func", "init", "deinit", "subscript"):
                body = function_body(tokens, index, end)
                if body:
                    found.append(body)
                    index = tokens[body.opening].partner + 1
                    continue
            elif token.text == "var":
                made = computed(tokens, index, end)
                if made:
                    found += made
                    index = tokens[made[-1].opening].partner + 1
                    continue
        if token.text == "{" and token.kind == "mark":
            index = token.partner
        index += 1
    return found


def function_body(tokens, index, end):
    name = tokens[index + 1].text if tokens[index].text == "func" else tokens[index].text
    at = index + 1
    while at < end and tokens[at].text != "(" and tokens[at].text != "{":
        at += 1
    if at >= end:
        return None
    if tokens[at].text == "(":
        at = tokens[at].partner + 1
    gives, arrow = "", None
    while at < end:
        text = tokens[at].text
        if text == "{":
            if arrow is not None:
                gives = "".join(token.text for token in tokens[arrow:at]).split("where")[0]
            return Body(name, at, gives)
        if text == "->" and arrow is None:
            arrow = at + 1
        if text in ("}", "func", "var", "let", "init", "case", "package", "private", "static", "@", "fileprivate"):
            return None
        at = tokens[at].partner + 1 if text in ("(", "[") else at + 1
    return None


def computed(tokens, index, end):
    name, at = tokens[index + 1].text, index + 2
    if at >= end or tokens[at].text != ":":
        return []
    while at < end and tokens[at].text not in ("{", "=") and not (tokens[at].begins_line and tokens[at].kind == "word"):
        at = tokens[at].partner + 1 if tokens[at].text in ("(", "[") else at + 1
    if at >= end or tokens[at].text != "{":
        return []
    gives = "".join(token.text for token in tokens[index + 3 : at])
    inner = tokens[at + 1]
    if inner.text not in ACCESSORS and inner.text not in ("mutating", "nonmutating"):
        return [Body(name, at, gives)]
    found = []
    for accessor in level(tokens, at + 1, tokens[at].partner):
        if tokens[accessor].text == "{":
            kind = tokens[accessor - 1].text
            found.append(Body(name, accessor, gives if kind == "get" else ""))
    # A protocol's requirement has accessors without bodies.
    return found
