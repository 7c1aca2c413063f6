#!/usr/bin/env python3
"""An outsider judges signed PDF files with time stamps: pyHanko.

    archive.py --anchors DIR --tsa-anchors DIR --crls DIR FOLDER

Every file in the folder is judged as of the time in its name, NAME@SECONDS.pdf, in seconds since
1970 UTC: its time stamps as of that time, its signatures as of the earliest stamp, with the lists
given and, when there is a stamp, those in the file. Prints one line for each file, its name and
"valid" or "invalid" with what pyHanko said. Certificates and lists are DER files.
"""

import argparse
import logging
from datetime import datetime, timezone
from pathlib import Path

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

USAGE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)


def ders(folder):
    """The bytes of every file in a folder, in the order of their names."""
    return [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]


class Judge:
    """What pyHanko is told to trust."""

    def __init__(self, arguments):
        self.anchors = [x509.Certificate.load(der) for der in ders(arguments.anchors)]
        self.tsa_anchors = [x509.Certificate.load(der) for der in ders(arguments.tsa_anchors)]
        self.crls = [crl.CertificateList.load(der) for der in ders(arguments.crls)]

    def context(self, anchors, moment, store=None):
        """Trust in these anchors at a moment; revocation must be known."""
        lists = [crl.CertificateList.load(item.get_object().data) for item in store.crls] if store else []
        certificates = store.certs.values() if store else []
        return ValidationContext(
            trust_roots=anchors,
            crls=self.crls + lists,
            other_certs=[x509.Certificate.load(item.get_object().data) for item in certificates],
            revocation_mode="require",
            # Lists of later say, too, who was not revoked yet.
            retroactive_revinfo=True,
            allow_fetching=False,
            moment=moment,
        )

    def ask(self, path, moment):
        """What is wrong with a file in pyHanko's eyes at a moment; nothing when it is valid."""
        with path.open("rb") as file:
            reader = PdfFileReader(file, strict=True)
            try:
                store = DocumentSecurityStore.read_dss(reader)
            except NoDSSFoundError:
                store = None
            times = []
            for stamp in reader.embedded_timestamp_signatures:
                status = validate_pdf_timestamp(stamp, self.context(self.tsa_anchors, moment))
                if not (status.valid and status.intact and status.trusted):
                    return f"{stamp.field_name}: {status.summary()}"
                times.append(status.timestamp)
            for signature in reader.embedded_regular_signatures:
                fault = self.ask_signature(signature, moment, store, times)
                if fault:
                    return f"{signature.field_name}: {fault}"
        return None

    def ask_signature(self, signature, moment, store, times):
        """The same for one signature, under document time stamps of these times."""
        stamps = self.context(self.tsa_anchors, moment)
        now = self.context(self.anchors, moment)
        first = validate_pdf_signature(signature, now, stamps, key_usage_settings=USAGE)
        if first.timestamp_validity:
            times = [*times, first.timestamp_validity.timestamp]
        if not times:
            return None if first.bottom_line else first.summary()
        if max(times) > moment:
            return "a time stamp of the future"
        then = self.context(self.anchors, min(times), store)
        status = validate_pdf_signature(signature, then, stamps, key_usage_settings=USAGE)
        return None if status.bottom_line else status.summary()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--anchors", "--tsa-anchors", "--crls"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    # pyHanko logs every fault with a trace; the verdict line says it.
    logging.disable(logging.CRITICAL)
    judge = Judge(arguments)
    for path in sorted(arguments.folder.glob("*@*.pdf")):
        name, seconds = path.stem.split("@")
        try:
            fault = judge.ask(path, datetime.fromtimestamp(int(seconds), tz=timezone.utc))
        except Exception as error:  # A judge that cannot read a file has judged it.
            fault = f"{type(error).__name__}: {error}"
        print(f"{name}\t{f'invalid: {fault}' if fault else 'valid'}")


if __name__ == "__main__":
    main()
