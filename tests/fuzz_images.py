"""Damaged pictures in any number, by hand: `python tests/fuzz_images.py 10000 [seed]`.

Each gives pixels or an ImageError. The rest ends in exit status 1: another exception,
a word on stderr (of C libraries, too), and more than 10 seconds. The most memory is printed.
"""

import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter

from test_images import damaged, seeds

from huelab.images import ImageError, read


def main(count: int, seed: int = 0) -> int:
    rng, files, outcomes, slowest = random.Random(seed), seeds(), Counter(), 0.0
    faults = []
    with tempfile.TemporaryFile() as heard:
        kept = os.dup(2)
        os.dup2(heard.fileno(), 2)
        for number in range(count):
            form, data = damaged(rng, files)
            start = time.perf_counter()
            try:
                read(data, max_pixels=4_000_000)
                outcomes[form, "read"] += 1
            except ImageError:
                outcomes[form, "refused"] += 1
            except BaseException as error:
                faults.append(f"{number}: {form}: {error!r}")
            slowest = max(slowest, time.perf_counter() - start)
        os.dup2(kept, 2)
        heard.seek(0)
        said = heard.read()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for key, number in sorted(outcomes.items()):
        print(*key, number)
    print(f"slowest {slowest:.2f} s, peak {peak:.0f} MB, {len(faults)} faults", *faults, sep="\n")
    print(f"{len(said)} bytes on stderr", said[:500])
    return int(bool(faults or said or slowest > 10))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
