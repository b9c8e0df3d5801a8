"""The worker of `isolation`: reads one upload from standard input, writes its normalised JPEG or why it is refused."""

import sys

from articket_gateway.photos.isolation import REFUSED, in_words, limit_this_process
from articket_gateway.photos.normalising import normalise_here
from articket_gateway.photos.refusals import PhotoRefused
from articket_gateway.photos.sniffing import sniff


def main() -> int:
    """Do one photo and end."""
    limit_this_process()
    body = sys.stdin.buffer.read()
    try:
        sys.stdout.buffer.write(normalise_here(sniff(body), body))
    except PhotoRefused as refusal:
        sys.stdout.buffer.write(in_words(refusal))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
