"""Which mutants a sweep can make, and which of them a seed draws."""

import collections
import random

from .. import tree
from . import schemata

# What must not be wrong, folder by folder, or file by file where the rest of a folder is something else.
PLACES = {
    "refresh": ["Sources/Keeper/Refresh"],
    "landing": ["Sources/Keeper/Landing"],
    "connections": ["Sources/Keeper/Connections", "Sources/Keeper/Diagnosis"],
    "approvals": ["Sources/Keeper/Approvals"],
    "quarantine": ["Sources/Keeper/Quarantine", "Sources/Operator/Trust"],
    "backup": ["Sources/Operator/Backup", "Sources/Keeper/Schema/KeeperStore.swift"],
    "journal": ["Sources/Store/Journal"],
    "witness": ["Sources/Store/Witness"],
    "database": ["Sources/Store/Database"],
    "sealing": ["Sources/Store/Sealing"],
    "folder": ["Sources/Store/Folder"],
    "time": ["Sources/Wire/Time", "Sources/Wire/Randomness.swift"],
    "grants": ["Sources/Issuer/Grants", "Sources/Wire/Encoding/Hexadecimal.swift"],
    "tokens": ["Sources/Issuer/Tokens"],
    "approving": ["Sources/Issuer/Approving"],
    "request": ["Sources/Proxy/Request", "Sources/Proxy/Call"],
    "bridge": ["Sources/Bridge", "Sources/Proxy/Bridge", "Sources/XMLRPC"],
    "dialect": ["Sources/Issuer/Dialect", "Sources/Issuer/Faults", "Sources/Issuer/Limits", "Sources/Issuer/Rehearsal"],
    "traces": ["Sources/Issuer/Calls"],
    "own tokens": ["Sources/Issuer/OwnTokens"],
    "batches": ["Sources/Issuer/Upserts", "Sources/Issuer/Repeats", "Sources/Issuer/Conditions"],
    "hooks": ["Sources/Issuer/Hooks"],
    "import": ["Sources/Jobs"],
}


def candidates(places):
    """All mutants of some places, by place and kind, in an order that depends on the sources alone."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for place in places:
        for file in [file for path in PLACES[place] for file in tree.swift_files(path)]:
            for mutant in schemata.mutants_of(str(file.relative_to(tree.ROOT)), tree.read(file)):
                found[place][mutant.kind].append(mutant)
    return found


def drawn(found, count, seed):
    """So many of them: each place and each kind in turn, as long as there are some, and which one by the seed."""
    generator = random.Random(seed)
    for kinds in found.values():
        for mutants in kinds.values():
            generator.shuffle(mutants)
    taken, by_kind, by_place = [], collections.Counter(), collections.Counter()
    while len(taken) < count:
        open_places = [place for place, kinds in found.items() if any(kinds.values())]
        if not open_places:
            break
        fewest = min(by_place[place] for place in open_places)
        place = generator.choice([place for place in open_places if by_place[place] == fewest])
        kinds = [kind for kind, mutants in found[place].items() if mutants]
        fewest = min(by_kind[kind] for kind in kinds)
        kind = generator.choice([kind for kind in kinds if by_kind[kind] == fewest])
        mutant = found[place][kind].pop()
        if any(mutant.identity == other.identity for other in taken):
            continue
        taken.append(mutant)
        by_place[place] += 1
        by_kind[kind] += 1
    for number, mutant in enumerate(taken, 1):
        mutant.number = number
    return taken
