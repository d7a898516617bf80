"""Changes in the texts of SQL. Each leaves a query that runs, with every parameter in its place."""

import re

QUERY = re.compile(r"\b(SELECT|UPDATE|DELETE FROM|INSERT INTO|WHERE|PRAGMA)\b")
WORD = re.compile(r"\b(WHERE|AND|OR|ON|SET|VALUES|FROM|ORDER BY|GROUP BY|LIMIT|RETURNING|UNION|HAVING|THEN|WHEN|ELSE|END|CASE|DO)\b")
ENDS = {"ORDER BY", "GROUP BY", "LIMIT", "RETURNING", "UNION", "HAVING", "THEN", "WHERE", "ON", "SET", "FROM"}
TURNED = {"=": "<>", "<>": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def is_query(text):
    return bool(QUERY.search(text))


def depths(text):
    """How many brackets are open at each place of a text; what is interpolated counts as deeper."""
    depth, found = 0, []
    for letter in text:
        depth -= letter == ")"
        found.append(depth)
        depth += letter == "("
    return found


def words(text, first, depth, at_depth):
    for match in WORD.finditer(text, first):
        if at_depth[match.start()] < depth:
            return
        if at_depth[match.start()] == depth:
            yield match


def trimmed(text, first, end):
    while first < end and text[first].isspace():
        first += 1
    while end > first and (text[end - 1].isspace() or text[end - 1] == '"'):
        end -= 1
    return first, end


def scope_end(text, first, depth, at_depth):
    """Where the bracket ends that a place stands in, or the text."""
    for place in range(first, len(text)):
        if at_depth[place] < depth:
            return place
    return len(text)


def conditions(text):
    """The conditions of each WHERE and HAVING: pairs of places, and the word before them."""
    at_depth = depths(text)
    for where in re.finditer(r"\b(?:WHERE|HAVING)\b", text):
        depth, first, before = at_depth[where.start()], where.end(), "AND"
        end = scope_end(text, first, depth, at_depth)
        cases = 0
        for word in words(text, first, depth, at_depth):
            if word.start() >= end:
                break
            cases += {"CASE": 1, "END": -1}.get(word.group(), 0)
            if cases:
                continue
            if word.group() in ("AND", "OR"):
                # BETWEEN has an AND of its own.
                if "BETWEEN" in text[first : word.start()]:
                    continue
                yield *trimmed(text, first, word.start()), before
                before, first = word.group(), word.end()
            elif word.group() in ENDS:
                end = word.start()
                break
        yield *trimmed(text, first, end), before


def assignments(text):
    """What each SET assigns: the name, and the places of the value."""
    at_depth = depths(text)
    for found in re.finditer(r"\bSET\b", text):
        depth, first = at_depth[found.start()], found.end()
        end = scope_end(text, first, depth, at_depth)
        for word in words(text, first, depth, at_depth):
            if word.group() in ("WHERE", "FROM", "RETURNING") and word.start() < end:
                end = word.start()
                break
        for piece in pieces(text, first, end, depth, at_depth):
            assigned = re.match(r"\s*(\w+)\s*=\s*", text[piece[0] : piece[1]])
            if assigned:
                yield assigned.group(1), *trimmed(text, piece[0] + assigned.end(), piece[1])


def pieces(text, first, end, depth, at_depth):
    for place in range(first, end):
        if text[place] == "," and at_depth[place] == depth:
            yield first, place
            first = place + 1
    yield first, end


def changes(text):
    """The kind, the places and the replacement of every change to one text."""
    if not is_query(text):
        return
    for first, end, before in conditions(text):
        condition = text[first:end]
        # A table whose one row has that name needs no condition.
        if condition and '"' not in condition and condition != "id = 1":
            taken_out = f"({condition} OR 1)" if before == "AND" else f"({condition} AND 0)"
            yield "SQL condition taken out", first, end, taken_out
        for word, other in ((" IS NULL", " IS NOT NULL"), (" IS NOT NULL", " IS NULL")):
            for match in re.finditer(word + r"\b", condition):
                yield "SQL comparison turned", first + match.start(), first + match.end(), other
        for match in re.finditer(r"(?<= )(=|<>|<=|>=|<|>)(?= )", condition):
            place = first + match.start()
            yield "SQL comparison turned", place, place + len(match.group()), TURNED[match.group()]
            if match.group() in SHIFTED:
                yield "SQL comparison turned", place, place + len(match.group()), SHIFTED[match.group()]
    for name, first, end in assignments(text):
        value = text[first:end]
        if value and value != name and '"' not in value:
            kept = f"CASE WHEN 1 THEN {name} ELSE {value} END" if "$" in value or "\\" in value else name
            yield "SQL assignment taken out", first, end, kept
    for match in re.finditer(r"\b(MAX|MIN)\(", text):
        other = "MIN" if match.group(1) == "MAX" else "MAX"
        yield "SQL comparison turned", match.start(1), match.end(1), other
    for match in re.finditer(r"\bORDER BY (?:[\w.]+, )*[\w.]+( DESC)?", text):
        if match.group(1):
            yield "SQL comparison turned", match.start(1), match.end(1), ""
        else:
            yield "SQL comparison turned", match.end(), match.end(), " DESC"
    for match in re.finditer(r"\bsynchronous = FULL", text):
        yield "sync skipped", match.start(), match.end(), "synchronous = OFF"
    for match in re.finditer(r"\bDELETE FROM (\w+)(?=\")", text):
        yield "SQL condition taken out", match.end(), match.end(), " WHERE 0"
