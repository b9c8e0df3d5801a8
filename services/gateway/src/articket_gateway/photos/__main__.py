"""The worker of `isolation`: reads one upload from standard input, writes its normalised JPEG or why it is refused."""

import sys

from articket_gateway.photos.isolation import answer_refused, limit_this_process
from articket_gateway.photos.normalising import normalise_here
from articket_gateway.photos.refusals import PhotoRefused
from articket_gateway.photos.sniffing import sniff


def main() -> None:
    """Do one photo and end."""
    limit_this_process()
    body = sys.stdin.buffer.read()
    try:
        answer = b"{}\n" + normalise_here(sniff(body), body)
    except PhotoRefused as refusal:
        answer = answer_refused(refusal)
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
