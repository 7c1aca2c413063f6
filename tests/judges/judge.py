#!/usr/bin/env python3
"""Two outsiders judge signed PDF files: pyHanko and poppler's pdfsig.

    judge.py --anchors DIR [--crls DIR] FOLDER

Prints one line for each file and judge, "valid" or "invalid" with what the judge said, and a
closing line with the counts. Ends with 1 when any judge called any file invalid or when there
was nothing to judge, with 2 when a judge is missing. Certificates and lists are DER files.

pdfsig asks NSS whom to trust, so the anchors are put into a throw-away NSS database by certutil
(libnss3-tools).
"""

import argparse
import logging
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

PDFSIG_GOOD = ("Signature is Valid.", "Certificate is Trusted.")


def ders(folder):
    """The bytes of every file in a folder, in the order of their names."""
    return [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]


def ask_pyhanko(path, anchors, crls):
    """What is wrong with a file in pyHanko's eyes; nothing when it is valid."""
    # Revocation is required when lists are given; pyHanko's "hard-fail" would let a revoked
    # certificate pass that names no place to ask.
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in anchors],
        crls=[crl.CertificateList.load(der) for der in crls],
        revocation_mode="require" if crls else "soft-fail",
        allow_fetching=False,
    )
    usage = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
    with path.open("rb") as file:
        signatures = PdfFileReader(file, strict=True).embedded_regular_signatures
        if not signatures:
            return ["no signature"]
        faults = []
        for signature in signatures:
            status = validate_pdf_signature(signature, context, key_usage_settings=usage)
            if not status.bottom_line:
                faults.append(f"{signature.field_name}: {status.summary()}")
    return faults


def nss_database(folder, anchors):
    """A database in which the anchors, and nobody else, may vouch for signatures."""
    place = f"sql:{folder}"
    run(["certutil", "-N", "--empty-password", "-d", place])
    for number, der in enumerate(anchors):
        file = folder / f"anchor-{number}.der"
        file.write_bytes(der)
        run(["certutil", "-A", "-d", place, "-n", f"anchor-{number}", "-t", "CT,CT,CT", "-i", str(file)])


def run(command):
    """Runs a command and returns what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {(done.stdout + done.stderr).strip()}")
    return done.stdout


def ask_pdfsig(path, database):
    """What is wrong with a file in pdfsig's eyes; nothing when it is valid."""
    # Not with -no-ocsp: poppler 22.12 then calls every certificate an unknown issue. Our
    # certificates name no place to ask, so nothing goes to the network.
    try:
        said = run(["pdfsig", "-nssdir", str(database), str(path)])
    except RuntimeError as error:
        return [str(error)]
    signatures = re.split(r"^Signature #\d+:", said, flags=re.MULTILINE)[1:]
    if not signatures:
        return ["no signature"]
    faults = []
    for number, text in enumerate(signatures, start=1):
        verdicts = re.findall(r"- (?:Signature|Certificate) Validation: (.+)", text)
        if tuple(verdicts) != PDFSIG_GOOD:
            faults.append(f"#{number}: {' '.join(verdicts) or 'no verdict'}")
    if "Total document signed" not in signatures[-1]:
        faults.append("the last signature does not cover the whole document")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--anchors", type=Path, required=True)
    parser.add_argument("--crls", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    missing = [tool for tool in ("pdfsig", "certutil") if shutil.which(tool) is None]
    if missing:
        print(f"judge.py: missing: {', '.join(missing)}", file=sys.stderr)
        return 2
    # pyHanko logs every fault with a trace; the verdict line says it.
    logging.disable(logging.CRITICAL)
    anchors = ders(arguments.anchors)
    crls = ders(arguments.crls) if arguments.crls else []
    valid, invalid = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder)
        nss_database(database, anchors)
        for path in sorted(arguments.folder.glob("*.pdf")):
            judges = {
                "pyhanko": lambda path=path: ask_pyhanko(path, anchors, crls),
                "pdfsig": lambda path=path: ask_pdfsig(path, database),
            }
            for judge, ask in judges.items():
                try:
                    faults = ask()
                except Exception as error:  # A judge that cannot read a file has judged it.
                    faults = [f"{type(error).__name__}: {error}"]
                invalid += bool(faults)
                valid += not faults
                verdict = "invalid: " + "; ".join(faults) if faults else "valid"
                print(f"{path.name}\t{judge}\t{verdict}")
    print(f"{valid} valid, {invalid} invalid")
    return 0 if valid and not invalid else 1


if __name__ == "__main__":
    sys.exit(main())
