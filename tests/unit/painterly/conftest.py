"""What all tests of the painterly engine share."""

import cv2
import pytest


@pytest.fixture(autouse=True)
def one_thread():
    """As the workers paint, and so that tests beside each other do not fight for the cores."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)
