"""Paints photos on the CPU with numpy and OpenCV, without a model: brush strokes, laid one by one.

`analyse` looks at a photo once; `paint` paints it in any artist's look (`articket_artists.looks`). It knows neither processes
nor the service around it. Inside: `colour` and `fields` are the tools, `subject` (with `faces` and `silhouette`) says what the
photo shows, `grading` gives it the artist's colours, `strokes` and `relief` put paint on the canvas, and each module of
`recipes` is one way of painting.
"""

from articket_stylize.engines.painterly.painter import Report, StepDone, paint
from articket_stylize.engines.painterly.subject import Face, Subject, analyse

__all__ = ["Face", "Report", "StepDone", "Subject", "analyse", "paint"]
