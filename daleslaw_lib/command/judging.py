"""What is sound: `verify` checks every archive, `claims` every claim of the paper on them."""

from __future__ import annotations

from .. import experiments
from ..archive import reading
from . import words
from .looking import widest


def verify(arguments) -> int:
    """`daleslaw verify`: every digest recomputed; 1 if something is damaged or stale, or nothing is there."""
    from .. import verification

    checked, bad, found, width = 0, 0, [], widest()
    only = arguments.experiment and experiments.get(arguments.experiment).name
    for name, scale in verification.to_verify():
        if only not in (None, name):
            continue
        problems = verification.verify(name, scale)
        checked, bad = checked + 1, bad + bool(problems)
        found.append({"experiment": name, "scale": scale, "problems": problems})
        for line in problems or [_ok(name, scale)]:
            if not arguments.json:
                print(f"{name:<{width}} {scale:<7} {line}")
    if arguments.json:
        words.print_json(found)
    if not checked:
        what = f"archives of {only}" if only else "archives"
        return words.fail(f"nothing to check: expected {what} in {reading.root().absolute()}, got none")
    if not arguments.json:
        print(f"{checked} archives, {bad} with problems")
    return 1 if bad else 0


def _ok(name: str, scale: str) -> str:
    archive = reading.load(name, scale, whole=True)
    beside, total = archive.n_beside, archive.total
    n = len(archive.runs) - beside
    said = "ok" if n == total else f"ok, with {n} of {total} runs"
    return f"{said}, and {beside} asked for by name" if beside else said


def claims(arguments) -> int:
    """`daleslaw claims`: every claim with its verdict."""
    from ..evidence import claims as judged
    from ..evidence import verdicts, wording

    findings = judged.check()
    if not any(finding.scale for finding in findings):
        return words.fail(f"nothing to judge: expected archives in {reading.root().absolute()}, got none")
    if arguments.json:
        return words.print_json([wording.as_dict(finding) for finding in findings])
    for finding in findings:
        print(f"{finding.verdict:<12}  {finding.claim.text}")
        if finding.scale:
            print(f"{'':<12}  {wording.in_words(finding)}")
    counts = {verdict: sum(f.verdict == verdict for f in findings) for verdict in verdicts.VERDICTS}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 0
