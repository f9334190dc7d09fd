"""Writes what is in a release: an SPDX 2.3 list (valence.spdx.json), and the licences of bundled parts (licences/).

Arguments: the repository, the version, the release's folder.
"""

import datetime
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys


def bundled_parts(root):
    """(package, name, licence, relation) of each part."""
    lines = (root / "cmake" / "bundled_parts.txt").read_text().splitlines()
    return [tuple(field.strip() for field in line.split("|")) for line in lines if line and not line.startswith("#")]


def debian_version(package):
    shown = subprocess.run(["dpkg-query", "--show", "--showformat", "${Version}", package], capture_output=True, text=True)
    return shown.stdout.strip() or None


def main(root, version, folder):
    packages = [{
        "SPDXID": "SPDXRef-valence", "name": "valence", "versionInfo": version, "downloadLocation": "NOASSERTION",
        "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "the valence authors",
        "filesAnalyzed": False, "supplier": "Organization: the valence authors"}]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-valence")]

    def add(name, part_version, licence, relation):
        identifier = "SPDXRef-" + "".join(c if c.isalnum() else "-" for c in name)
        packages.append({
            "SPDXID": identifier, "name": name, "versionInfo": part_version, "downloadLocation": "NOASSERTION",
            "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION", "filesAnalyzed": False,
            "supplier": "NOASSERTION"})
        relations.append(("SPDXRef-valence", relation, identifier))

    for package, name, licence, relation in bundled_parts(root):
        found = debian_version(package)
        if found is None:
            sys.exit(f"sbom: error: the package {package} of {name} is not installed")
        add(name, found, licence, relation)
        licences = pathlib.Path("/usr/share/doc") / package / "copyright"
        if not licences.is_file():
            sys.exit(f"sbom: error: {licences}, of the package of {name}: no such file")
        shutil.copyfile(licences, folder / "licences" / f"{package}.txt")
    pins = dict(line.split("==") for line in (root / "packaging" / "constraints.txt").read_text().splitlines() if "==" in line)
    add("nanobind with robin-map", pins["nanobind"], "BSD-3-Clause AND MIT", "STATIC_LINK")
    shutil.copyfile(root / "LICENSE", folder / "licences" / "valence.txt")
    shutil.copyfile(root / "NOTICE", folder / "licences" / "NOTICE.txt")
    shutil.copyfile("/usr/share/common-licenses/GPL-3", folder / "licences" / "GPL-3.txt")  # libgomp1.txt names it
    # nanobind's licences, which are in debian/copyright
    shutil.copyfile(root / "debian" / "copyright", folder / "licences" / "nanobind.txt")

    files = []
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        identifier = f"SPDXRef-file-{len(files)}"
        content = path.read_bytes()
        files.append({
            "SPDXID": identifier, "fileName": "./" + path.name,
            "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(content).hexdigest()},
                          {"algorithm": "SHA256", "checksumValue": hashlib.sha256(content).hexdigest()}],
            "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION"})
        relations.append((identifier, "GENERATED_FROM", "SPDXRef-valence"))
    time = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    digest = hashlib.sha256("".join(f["checksums"][1]["checksumValue"] for f in files).encode()).hexdigest()
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"valence-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/valence-{version}-{digest[:32]}",
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: valence-packaging-sbom.py"]},
        "packages": packages, "files": files,
        "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in relations]}
    (folder / "valence.spdx.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


main(pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]))
