#!/usr/bin/env python3
"""tests/bench/layers.py - where the CPU time of a figure goes, layer by layer: see ops/bench --layers.

Runs jari_bench under `perf record`, keeps the samples that fall into the rounds of the figures (what
prepares them does not count), and gives each to a layer: by its thread's name, in the engine's thread by
its function. A sample is a thousandth of a second of one processor, in user mode or in the kernel. What
libc does for somebody (memory copied, allocated) counts for the thread, in the engine's for `apply`.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

PER_SECOND = 999  # samples of a busy processor
SAMPLE = re.compile(r"^\s*(?P<thread>.+?)\s+\d+\s+(?P<time>\d+\.\d+):\s+[0-9a-f]+\s+(?P<symbol>.*) \((?P<object>[^()]*)\)$")

DOOR, ENCODE, APPLY, HASHES, LOG, STATE, CALLER = LAYERS = (
    "door", "encode", "apply", "digest and hashes", "log", "state", "the caller")
MEANING = {
    DOOR: "HTTP: bytes, JSON, tokens, answers (jari-http)",
    ENCODE: "envelopes and bodies written and read (jari-engine)",
    APPLY: "decisions, their tables and look-ups, the engine's steps (jari-engine)",
    HASHES: "hashes of rows and contents, the SHA-256 chain (any of them)",
    LOG: "commits: LZ4, checksums, write, sync (jari-log, RocksDB's flushes)",
    STATE: "rows drained, sorted and written behind (jari-engine, jari-state)",
    CALLER: "whoever asks, on the same machine: not of the sum",
}
OF_HASHES = re.compile(r"XXH3?_?(128|3_128|3_hashLong_128)|hash128|Sha256|SHA256|sha256|[Dd]igest|row_hash|hash_of")
OF_THE_ENGINE = (
    (STATE, re.compile(r"drain|StateBatch|RowWriter|write_behind|Behind|SortedRows")),
    (ENCODE, re.compile(r"jari::flat::|envelope|FlatBuffer|flatbuffers::|jari::encode|jari::decode")),
    (DOOR, re.compile(r"jari::(api|http)::")),
    (CALLER, re.compile(r"jari::bench::")),
)
APPLIES = ("replay", "apply")  # figures whose work is done by the main thread


def layer_of(thread, symbol, shared_object, main_is_engine):
    """Which layer a sample is of; the last one where it is the load generator's."""
    is_main = thread.startswith("jari_bench")
    if is_main and not main_is_engine:
        return CALLER
    if thread.startswith("jari-http"):
        return HASHES if OF_HASHES.search(symbol) else DOOR
    if OF_HASHES.search(symbol) or "libcrypto" in shared_object:
        return HASHES
    if thread.startswith(("jari-log", "rocksdb:")):
        return LOG
    if thread.startswith("jari-state"):
        return STATE
    if thread.startswith("jari-engine") or is_main:
        return next((layer for layer, of in OF_THE_ENGINE if of.search(symbol)), APPLY)
    return APPLY if thread.startswith("jari") else CALLER


def samples_of(data):
    """(thread, second, symbol, object) of each."""
    lines = subprocess.run(["perf", "script", "-i", data, "-F", "comm,tid,time,ip,sym,dso"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, check=True).stdout
    for line in lines.splitlines():
        if found := SAMPLE.match(line):
            yield found["thread"], float(found["time"]), found["symbol"], found["object"]


def record(settings, directory):
    """(file of perf, figures): what was sampled, and what was measured meanwhile."""
    data, figures = directory / "perf.data", directory / "figures.json"
    bench = [settings.bench, "--dir", settings.dir, "--only", settings.only, "--rounds", str(settings.rounds),
             "--requests", str(settings.requests), "--json", figures]
    if settings.jari:
        bench += ["--jari", settings.jari]
    done = subprocess.run(["perf", "record", "--quiet", "-k", "CLOCK_MONOTONIC", "-e", "cpu-clock", "-F", str(PER_SECOND),
                           "-o", data, "--", *bench], stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        sys.exit("layers: perf or the bench failed (above). perf needs the right to look into the kernel: be root, or "
                 "`sysctl kernel.perf_event_paranoid=1`")
    return data, json.loads(figures.read_text())["figures"]


def show(figure, samples, functions):
    """One figure's table, and what stands in it; with `functions`, so many of the functions that took most, each with
    its thread. None where nothing was done."""
    spans = [(one["from_s"], one["until_s"]) for one in figure["rounds"] if one["until_s"] > 0]
    things = sum(one["a_second"] * (one["until_s"] - one["from_s"]) for one in figure["rounds"])
    if things == 0:
        return None
    layers, most = collections.Counter(), collections.Counter()
    for thread, at, symbol, shared_object in samples:
        if any(begin <= at <= end for begin, end in spans):
            layers[layer_of(thread, symbol, shared_object, figure["layer"] in APPLIES)] += 1
            most[thread, symbol] += 1
    all_of_jari = sum(count for layer, count in layers.items() if layer != CALLER)
    print(f"\n{figure['layer']}: {figure['what']}, {figure['load']}: {figure['median']:,.0f} {figure['unit']}, "
          f"{sum(layers.values()):,} samples\n")
    each_us = {layer: layers[layer] * 1e6 / PER_SECOND / things for layer in LAYERS}
    print("| layer | CPU us each | of 100 | |\n|---|---|---|---|")
    for layer in LAYERS:
        share = "" if layer == CALLER else f"{100 * layers[layer] / max(1, all_of_jari):.0f}"
        print(f"| {layer} | {each_us[layer]:.2f} | {share} | {MEANING[layer]} |")
    print(f"| all but the caller | {all_of_jari * 1e6 / PER_SECOND / things:.2f} | 100 | |")
    for (thread, symbol), count in most.most_common(functions):
        print(f"  {100 * count / max(1, sum(layers.values())):5.1f} % {thread}: {symbol[:120]}")
    return {**{name: figure[name] for name in ("layer", "what", "load", "unit", "median")}, "cpu_us_each": each_us}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/release/jari_bench", help="the built jari_bench")
    parser.add_argument("--jari", help="the program whose HTTP is measured (else none is)")
    parser.add_argument("--dir", default="build/bench", help="where logs are made and removed")
    parser.add_argument("--only", required=True, help="figures whose name has this text")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--requests", type=int, default=400_000, help="of each figure in a round (default 400000)")
    parser.add_argument("--json", type=pathlib.Path, help="writes the layers of every figure there, too")
    parser.add_argument("--functions", type=int, default=0, help="of each figure so many functions, too")
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        data, figures = record(settings, pathlib.Path(directory))
        samples = list(samples_of(data))
    if not figures:
        sys.exit(f"layers: no figure's name has {settings.only!r}: see the names in a run of ops/bench --quick")
    shown = [show(figure, samples, settings.functions) for figure in figures]
    if settings.json:
        settings.json.write_text(json.dumps({"bench": "layers", "figures": [one for one in shown if one]}) + "\n")


if __name__ == "__main__":
    main()
