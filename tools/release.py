"""What a release carries, packed with checksums, and the metadata that Zenodo and readers need.

    python -m tools.release pack FOLDER     # after `make pdf`: book, PDF, archive of runs, lock, citation
    python -m tools.release metadata        # write .zenodo.json from CITATION.cff
    python -m tools.release check           # exit 1 if .zenodo.json or CHANGELOG.md does not fit the version

The same commit gives the same bytes: files in order, each of the commit's date. DALESLAW_TAG, if it is set,
must be the version's own; DALESLAW_DOI goes into the CITATION.cff that is packed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
ZENODO, CITATION, CHANGES = ROOT / ".zenodo.json", ROOT / "CITATION.cff", ROOT / "CHANGELOG.md"
HTML, PDF = ROOT / "_build" / "html", ROOT / "_build" / "pdf" / "dales-law.pdf"
DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]+")
TAG, DOI_SETTING = "DALESLAW_TAG", "DALESLAW_DOI"


def citation() -> dict:
    return yaml.safe_load(CITATION.read_text("utf-8"))


def metadata(cite: dict) -> dict:
    """What Zenodo asks for, from CITATION.cff."""
    creators = [
        {"name": who["name"] if "name" in who else f"{who['family-names']}, {who['given-names']}"}
        for who in cite["authors"]
    ]
    (paper,) = [one for one in cite["references"] if one["type"] == "conference-paper"]
    authors = ", ".join(f"{who['given-names']} {who['family-names']}" for who in paper["authors"])
    where = paper["conference"]["name"]
    return {
        "title": cite["title"],
        "upload_type": "software",
        "version": str(cite["version"]),
        "creators": creators,
        "license": cite["license"],
        "keywords": cite["keywords"],
        "description": f"<p>An executable book about {authors}: {paper['title']} ({where}): its library, "
        "its chapters, and the archive of runs behind every figure.</p>",
    }


def with_doi(text: str, doi: str) -> str:
    """CITATION.cff with the DOI of its release; as it is where there is none.

    Raises: ValueError for anything but a DOI.
    """
    if not doi:
        return text
    if not DOI.fullmatch(doi):
        raise ValueError(f"{DOI_SETTING}: expected a DOI such as 10.5281/zenodo.1234567, got {doi}")
    text = re.sub(r"^doi: .*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^(version: .*\n)", rf"\1doi: {doi}\n", text, count=1, flags=re.MULTILINE)


def changes(text: str, version: str) -> str:
    """What CHANGELOG.md says of a version.

    Raises: ValueError if it says nothing.
    """
    found = re.search(rf"^## {re.escape(version)}\b.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        raise ValueError(f"CHANGELOG.md: expected a section {version}, got none")
    return found[1].strip() + "\n"


def commit_time() -> int:
    """Seconds of the commit, for file dates; SOURCE_DATE_EPOCH where it is set."""
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(epoch)
    command = ["git", f"--git-dir={ROOT / '.git'}", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True)
    return int(done.stdout) if done.returncode == 0 else 315532800  # 1980, where zip begins


def pack(target: Path, folder: Path, top: str, seconds: int) -> None:
    """A zip of a folder's files in order, all of one date."""
    stamp = time.gmtime(seconds)[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            if any(part.startswith(".") and part != ".nojekyll" for part in path.relative_to(folder).parts):
                continue  # half a run, an editor's file
            entry = zipfile.ZipInfo(f"{top}/{path.relative_to(folder).as_posix()}", stamp)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, path.read_bytes())


def sums(folder: Path) -> str:
    """SHA-256 of every file, as `sha256sum -c` reads it."""
    files = sorted(p for p in folder.iterdir() if p.name != "SHA256SUMS")
    return "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files)


def release(target: Path) -> list[str]:
    """Write all that a release carries; the names.

    Raises: ValueError, one line, if something is missing or the tag is another version's.
    """
    cite = citation()
    version, tag = str(cite["version"]), os.environ.get(TAG)
    if tag and tag != f"v{version}":
        raise ValueError(f"{TAG}: expected v{version}, the version in CITATION.cff, got {tag}")
    for path, command in {HTML / "index.html": "make book", PDF: "make pdf"}.items():
        if not path.exists():
            raise ValueError(f"{path.relative_to(ROOT)}: expected it to be built; run: {command}")
    if fault := faults():
        raise ValueError(fault[0])
    seconds, name = commit_time(), f"dales-law-{version}"
    notes = changes(CHANGES.read_text("utf-8"), version)
    cited = with_doi(CITATION.read_text("utf-8"), os.environ.get(DOI_SETTING, ""))
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    pack(target / f"{name}-html.zip", HTML, name, seconds)
    pack(target / f"{name}-results.zip", ROOT / "results", "results", seconds)
    (target / f"{name}.pdf").write_bytes(PDF.read_bytes())
    (target / "requirements.txt").write_bytes((ROOT / "requirements.txt").read_bytes())
    (target / "CITATION.cff").write_text(cited, "utf-8")
    (target / "zenodo.json").write_bytes(ZENODO.read_bytes())
    (target / "NOTES.md").write_text(notes, "utf-8")
    (target / "SHA256SUMS").write_text(sums(target), "utf-8")
    return sorted(path.name for path in target.iterdir())


def written(content: dict) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def faults() -> list[str]:
    """What does not say the same as CITATION.cff."""
    cite, found = citation(), []
    if not ZENODO.exists() or ZENODO.read_text("utf-8") != written(metadata(cite)):
        found.append(".zenodo.json: out of date; run: python -m tools.release metadata")
    try:
        changes(CHANGES.read_text("utf-8"), str(cite["version"]))
    except ValueError as error:
        found.append(str(error))
    return found


def main(arguments: list[str]) -> None:
    match arguments:
        case ["pack", folder]:
            try:
                print("\n".join(release(Path(folder))))
            except ValueError as error:
                sys.exit(str(error))
        case ["metadata"]:
            ZENODO.write_text(written(metadata(citation())), "utf-8")
        case ["check"]:
            if found := faults():
                sys.exit("\n".join(found))
        case _:
            sys.exit("usage: python -m tools.release pack FOLDER | metadata | check")


if __name__ == "__main__":
    main(sys.argv[1:])
