"""The plugin contract: an artist is a folder, the quiz a file, and matching brings a visitor to an artist.

Reading goes `folder` → `reading` → `artist` (with `slots`, `looks`, `weights`, `words`) → `loading` → `watching`;
what is wrong comes out of `explaining` as `errors`. Matching goes `quiz` → `matching` → `reasons`.
"""

from articket_artists.artist import Artist, Credit, Img2Img, Personality, Scaling
from articket_artists.errors import (
    AnswersRefused,
    ArtistRefused,
    ArtistsError,
    ArtistsFolderMissing,
    Fault,
    QuizRefused,
    Refused,
)
from articket_artists.loading import Catalogue, LoadedArtist, load_artists, load_folder
from articket_artists.looks import Look
from articket_artists.matching import DecidingTrait, Match, RankedArtist, check_answers, match, score_answers
from articket_artists.prompt import clean_caption, fill_prompt
from articket_artists.quiz import Choice, Question, Quiz, load_quiz
from articket_artists.reasons import NOTHING_DECIDED, OWN_CHOICE, because
from articket_artists.slots import (
    BLEED_MM,
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    PaintingSlot,
    PhotoSlot,
    QrSlot,
    SerialSlot,
    Slot,
    TextSlot,
    TicketDesign,
)
from articket_artists.watching import ArtistWatcher
from articket_artists.weights import Lora
from articket_artists.words import Name, Text

__all__ = [
    "BLEED_MM",
    "NOTHING_DECIDED",
    "OWN_CHOICE",
    "PAGE_HEIGHT_MM",
    "PAGE_WIDTH_MM",
    "AnswersRefused",
    "Artist",
    "ArtistRefused",
    "ArtistWatcher",
    "ArtistsError",
    "ArtistsFolderMissing",
    "Catalogue",
    "Choice",
    "Credit",
    "DecidingTrait",
    "Fault",
    "Img2Img",
    "LoadedArtist",
    "Look",
    "Lora",
    "Match",
    "Name",
    "PaintingSlot",
    "Personality",
    "PhotoSlot",
    "QrSlot",
    "Question",
    "Quiz",
    "QuizRefused",
    "RankedArtist",
    "Refused",
    "Scaling",
    "SerialSlot",
    "Slot",
    "Text",
    "TextSlot",
    "TicketDesign",
    "because",
    "check_answers",
    "clean_caption",
    "fill_prompt",
    "load_artists",
    "load_folder",
    "load_quiz",
    "match",
    "score_answers",
]
