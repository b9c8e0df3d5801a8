"""Gives a photo the artist's colours: light and dark, then the hues that background, subject and skin take.

This happens before any stroke is laid, on a small plane from which the strokes then take their paint. What belongs to which
ramp comes from `subject.py`; the parameters are `articket_artists.looks.colouring`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np

from articket_artists.looks.colouring import Colouring, Flesh, Patches, Ramp, Variation
from articket_stylize.engines.painterly.colour import (
    Floats,
    Picture,
    boost_chroma,
    chroma,
    floats,
    mixed,
    palette_lab,
    pull_to_palette,
    smoothstep,
    to_bgr8,
    to_lab,
    tone,
)
from articket_stylize.engines.painterly.faces import Face
from articket_stylize.engines.painterly.fields import blur, grid, resized, value_noise
from articket_stylize.engines.painterly.subject import Subject

__all__ = ["CloseUp", "Sitting", "close_up", "from_palette", "primed", "sit", "varied"]

MODEL_SIDE = 512
"""Long side of the planes that strokes are sampled from; finer than that is finer than the finest stroke."""

GREY_CHROMA = 17.0
"""Below about this chroma a colour counts as grey."""


@dataclass(frozen=True)
class Sitting:
    """The photo as the painter looks at it; all planes have the same size, at most `MODEL_SIDE`."""

    lab: Floats
    """The photo in the artist's colours."""
    mask: Floats
    """The subject, 0 to 1."""
    faces: Floats
    """The faces' ovals, 0 to 1."""
    features: Floats
    """Eyes, noses and mouths, 0 to 1."""
    front: Floats
    """0 where surely nothing of the subject is: an oval reaches over a profile's nose into the wall behind."""
    scale: float
    """Pixels of these planes for each pixel of a painting of 1024 px."""
    photo: Picture
    plain: Floats
    """The photo's own colours."""

    @property
    def background(self) -> Floats:
        """Whatever is not the subject."""
        return 1 - self.mask


def sit(photo: Picture, subject: Subject, colouring: Colouring, rng: np.random.Generator) -> Sitting:
    """Prepare a photo for painting."""
    factor = min(1.0, MODEL_SIDE / max(photo.shape[:2]))
    height, width = (max(16, round(length * factor)) for length in photo.shape[:2])
    lab = to_lab(np.asarray(cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA), np.uint8))
    planes = (subject.mask_for, subject.faces_for, subject.features_for)
    mask, faces, features = (plane(height, width) for plane in planes)
    sitting = Sitting(lab, mask, faces, features, _front(mask, faces, subject), max(height, width) / 1024, photo, lab)
    return replace(sitting, lab=_graded(sitting, subject, colouring, rng))


def _front(mask: Floats, faces: Floats, subject: Subject) -> Floats:
    """What lies in front, generously; everything where the silhouette has missed the faces or there is none."""
    front = smoothstep(0.02, 0.2, blur(mask, 6 * max(mask.shape) / MODEL_SIDE))
    is_plausible = subject.has_subject and float((faces * front).sum()) > 0.7 * float(faces.sum())
    return front if is_plausible else np.ones_like(front)


FACE_SIDE = 420
"""Long side of a close-up: so the iris of an eye is some ten pixels wide."""
CLOSE_UP_REACH = (0.75, 0.9)
"""Half the width and height of a close-up, in widths and heights of the face."""


@dataclass(frozen=True)
class CloseUp:
    """A face in the artist's colours, as finely as the photo shows it."""

    lab: Floats
    left: int
    top: int
    size: tuple[int, int]
    """Height and width of what it shows, in pixels of the photo."""


def close_up(sitting: Sitting, face: Face) -> CloseUp:
    """Look at one face closely; where the photo has no more to show than the sitting has, the same is seen."""
    photo_height, photo_width = sitting.photo.shape[:2]
    x, y = face.centre
    reach_x, reach_y = CLOSE_UP_REACH[0] * face.width, CLOSE_UP_REACH[1] * face.height
    left, right = (int(np.clip(v, 0, photo_width)) for v in (x - reach_x, x + reach_x))
    top, bottom = (int(np.clip(v, 0, photo_height)) for v in (y - reach_y, y + reach_y))
    left, top = min(left, photo_width - 8), min(top, photo_height - 8)
    right, bottom = max(right, left + 8), max(bottom, top + 8)
    factor = min(1.0, FACE_SIDE / max(right - left, bottom - top))
    width, height = max(8, round((right - left) * factor)), max(8, round((bottom - top) * factor))
    part = cv2.resize(sitting.photo[top:bottom, left:right], (width, height), interpolation=cv2.INTER_AREA)
    seen = to_lab(np.asarray(part, np.uint8))
    # The change of colours is smooth: it comes from the sitting, the fine detail from the photo, as much stronger as the
    # light there was lifted.
    ratio = sitting.lab.shape[1] / photo_width
    to_sitting = np.array(
        [[ratio / factor, 0, (left + 0.5) * ratio - 0.5], [0, ratio / factor, (top + 0.5) * ratio - 0.5]], np.float32
    )
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    graded, plain = (
        np.asarray(cv2.warpAffine(plane, to_sitting, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE), np.float32)
        for plane in (sitting.lab, sitting.plain)
    )
    lift = np.clip((graded[..., :1] + 10) / (plain[..., :1] + 10), 0.7, 2.5)
    return CloseUp(floats(graded + (seen - plain) * lift), left, top, (bottom - top, right - left))


def varied(colours: Floats, variation: Variation, faces: Floats, rng: np.random.Generator) -> Floats:
    """Paint for strokes (n, 3) with chance in it: no brush is loaded twice the same. `faces` (n,) says who lies in one."""
    spread = np.array([variation.lightness, variation.red_green, variation.yellow_blue], np.float32)
    chance = rng.standard_normal(colours.shape, np.float32) * spread * (1 + (variation.face - 1) * faces)[:, None]
    chance[:, 0] *= 1 - np.float32(0.5) * faces  # in a face, hues may play, but light and dark are its features
    return floats(colours + chance)


def from_palette(colours: Floats, colouring: Colouring) -> Floats:
    """Paint for strokes (n, 3), as far as it is mixed from the artist's own pigments."""
    if not colouring.palette_pull:
        return colours
    return pull_to_palette(colours, palette_lab(colouring.palette), pull=colouring.palette_pull)


@cache
def hue_ramp(colours: tuple[str, ...]) -> Floats:
    """a and b for each of 256 steps of lightness, between the colours' own lightnesses: (256, 2). Do not write into it."""
    lab = palette_lab(colours)
    lab = lab[np.argsort(lab[:, 0], kind="stable")]
    steps = np.linspace(0, 100, 256)
    ramp = np.stack([np.interp(steps, lab[:, 0], lab[:, i]) for i in (1, 2)], axis=1).astype(np.float32)
    ramp.flags.writeable = False
    return ramp


def primed(sitting: Sitting, ground: str, shows: float, size: tuple[int, int]) -> Picture:
    """The first thin paint on a canvas of `size` (height, width): soft colours, and the primed canvas shining through."""
    height, width = (max(8, length // 4) for length in sitting.mask.shape)
    soft = blur(resized(sitting.lab, height, width), 12 * sitting.scale / 4)
    thin = to_bgr8(mixed(soft, palette_lab((ground,))[0], shows))
    return np.asarray(cv2.resize(thin, size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _graded(sitting: Sitting, subject: Subject, colouring: Colouring, rng: np.random.Generator) -> Floats:
    levels = colouring.tone
    lab = tone(
        sitting.lab,
        darkest=levels.darkest,
        lightest=levels.lightest,
        middle=levels.middle,
        amount=levels.amount,
        faces=sitting.faces,
    )
    skin = _skin(sitting, subject.faces, subject.size)
    lab = boost_chroma(lab, colouring.chroma)
    grey = np.exp(-((chroma(lab) * np.float32(1 / GREY_CHROMA)) ** 2))
    # A silhouette's edge is soft, and a background's hue must not creep into the hair.
    behind = smoothstep(0.75, 0.15, sitting.mask) if subject.has_subject else sitting.background * np.float32(0.8)
    front = 1 - behind
    _lean(
        lab,
        grey,
        (
            (colouring.background, behind),
            (colouring.subject, front * (1 - skin)),
            (colouring.flesh, front * skin),
        ),
    )
    _blush(lab, colouring.flesh, skin, subject.faces, subject.size)
    _patch(lab, colouring.patches, behind, skin, rng, sitting.scale)
    return lab


def _lean(lab: Floats, grey: Floats, ramps: Sequence[tuple[Ramp, Floats]]) -> None:
    """Turn hues towards ramps and bring the lightness into their ranges, each in its share of the picture, in place."""
    lightness = lab[..., 0].copy()
    target, total = np.zeros_like(lab[..., 1:]), np.zeros_like(grey)
    for ramp, where in ramps:
        ranged = np.float32(ramp.darkest) + np.float32((ramp.lightest - ramp.darkest) / 100) * lightness
        lab[..., 0] += (ranged - lightness) * where
        step = np.clip(ranged * np.float32(2.55), 0, 255).astype(np.uint8)
        share = where * (np.float32(ramp.hues) + np.float32(ramp.greys - ramp.hues) * grey)
        hues = cv2.LUT(cv2.merge((step, step)), hue_ramp(ramp.colours)[None])
        target += np.asarray(hues, np.float32) * share[..., None]
        total += share
    target /= np.maximum(total, np.float32(1e-3))[..., None]
    lab[..., 1:] = _mixed_hues(lab[..., 1:], target, total)


KEPT_CHROMA = 0.75
"""Paints of opposite hues mix to grey; a painter would lay them side by side. So much of the lost chroma is given back."""


def _mixed_hues(one: Floats, other: Floats, share: Floats) -> Floats:
    """a and b between two planes of them, nearly as colourful as they are."""
    mixture = one + (other - one) * share[..., None]
    chroma_one, chroma_other, chroma_mixture = (
        np.sqrt(ab[..., 0] * ab[..., 0] + ab[..., 1] * ab[..., 1]) for ab in (one, other, mixture)
    )
    wanted = chroma_one + (chroma_other - chroma_one) * share
    gain = np.minimum(wanted / np.maximum(chroma_mixture, 2), 2.5)
    return floats(mixture * (1 + np.float32(KEPT_CHROMA) * (gain - 1))[..., None])


SKIN_HUE_SPREAD = 11.0
SKIN_LIGHT_SPREAD = 34.0
SKIN_REACH = 3.2
"""Neck and hands are looked for within so many face widths."""


def _skin(sitting: Sitting, faces: Sequence[Face], size: tuple[int, int]) -> Floats:
    """0 to 1: what has the colour of one of the faces, in it and near it."""
    height, width = sitting.mask.shape
    skin = np.zeros((height, width), np.float32)
    x, y = grid(height, width)
    scale = width / size[1]
    for face in faces:
        cx, cy, reach = face.centre[0] * scale, face.centre[1] * scale, 0.24 * face.width * scale
        # Nose and cheeks: below the eyes there is no fringe, above the mouth no beard.
        rows = slice(max(0, int(cy - 0.3 * reach)), max(1, int(cy + reach) + 1))
        inner = sitting.lab[rows, max(0, int(cx - reach)) : max(1, int(cx + reach) + 1)].reshape(-1, 3)
        if not len(inner):
            continue
        middle = np.median(inner, axis=0)
        away = (sitting.lab - middle) * np.array([1 / SKIN_LIGHT_SPREAD, 1 / SKIN_HUE_SPREAD, 1 / SKIN_HUE_SPREAD], np.float32)
        alike = np.exp(np.float32(-0.5) * cv2.transform(away * away, np.ones((1, 3), np.float32)))
        distance = np.sqrt((x - cx) ** 2 + (y - cy) ** 2) / (face.width * scale)
        np.maximum(skin, alike * smoothstep(SKIN_REACH, 0.6 * SKIN_REACH, distance), out=skin)
    return np.maximum(skin, np.float32(0.2) * sitting.faces) * smoothstep(0.1, 0.6, np.maximum(sitting.mask, sitting.faces))


def _blush(lab: Floats, flesh: Flesh, skin: Floats, faces: Sequence[Face], size: tuple[int, int]) -> None:
    """Redden cheeks, lips and the nose, in place."""
    if not flesh.blush_amount:
        return
    red = palette_lab((flesh.blush,))[0]
    scale = lab.shape[1] / size[1]
    for face in faces:
        (ax, ay), (bx, by), (mx, my) = *face.eyes, face.mouth
        middle = ((ax + bx) / 2, (ay + by) / 2)
        down = (mx - middle[0], my - middle[1])
        spots = [(face.mouth, 0.15, 0.9), (face.nose, 0.10, 0.5)]
        for eye in face.eyes:
            out = (eye[0] - middle[0], eye[1] - middle[1])
            spots.append(((eye[0] + 0.6 * down[0] + 0.25 * out[0], eye[1] + 0.6 * down[1] + 0.25 * out[1]), 0.15, 1.0))
        for (x, y), share_of_width, strength in spots:
            _tint(lab, skin, red, (x * scale, y * scale), share_of_width * face.width * scale, strength * flesh.blush_amount)


def _tint(lab: Floats, skin: Floats, colour: Floats, centre: tuple[float, float], radius: float, amount: float) -> None:
    height, width = skin.shape
    left, right = (int(np.clip(centre[0] + sign * 2.5 * radius, 0, width)) for sign in (-1, 1))
    top, bottom = (int(np.clip(centre[1] + sign * 2.5 * radius, 0, height)) for sign in (-1, 1))
    if right <= left or bottom <= top:
        return
    x, y = grid(bottom - top, right - left)
    distance = (x + left - centre[0]) ** 2 + (y + top - centre[1]) ** 2
    share = np.float32(amount) * np.exp(-distance / np.float32(radius * radius)) * skin[top:bottom, left:right]
    part = lab[top:bottom, left:right, 1:]
    part[:] = _mixed_hues(part, np.broadcast_to(colour[1:], part.shape), share)


def _patch(lab: Floats, patches: Patches, behind: Floats, skin: Floats, rng: np.random.Generator, scale: float) -> None:
    """Lay soft patches of other hues over the background, in place."""
    colours = palette_lab(patches.colours) if patches.colours else np.zeros((0, 3), np.float32)
    if not len(colours):
        return
    height, width = behind.shape
    where = blur(floats(patches.amount * (behind + patches.subject * (1 - behind)) * (1 - skin)), 2.0)
    # Patches are large: they are worked out on a small plane.
    small_height, small_width = -(-height // 4), -(-width // 4)
    weighted = np.zeros((small_height, small_width, 3), np.float32)
    for colour in colours:
        noise = value_noise(small_height, small_width, patches.size * scale / 4, rng, 2)
        share = smoothstep(0.2, 1.5, noise)
        weighted += share[..., None] * np.array([1, *colour[1:]], np.float32)
    weighted = resized(weighted, height, width)
    total = weighted[..., 0]
    hues = weighted[..., 1:] / np.maximum(total, np.float32(1e-3))[..., None]
    lab[..., 1:] = _mixed_hues(lab[..., 1:], floats(hues), where * np.minimum(total, 1))
