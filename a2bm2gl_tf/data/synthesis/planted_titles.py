"""Readable titles of generated items, made of words that stand for their planted traits."""

import numpy as np

from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences

_MUSIC = ("duet", "solo", "session", "cover")
_SPORT = ("highlights", "training", "trick shot", "blooper")
_HANDICRAFT = ("tutorial", "time lapse", "makeover", "mistake")
_ANIMAL = ("first steps", "bath", "nap", "surprise")

# A genre, the four subjects it treats and the four forms it takes.
_GENRES = (
    ("Jazz", ("piano", "saxophone", "trumpet", "guitar"), _MUSIC),
    ("Folk", ("fiddle", "banjo", "accordion", "choir"), _MUSIC),
    ("Electronic", ("synth", "drum machine", "sampler", "vocoder"), _MUSIC),
    ("Football", ("penalty", "dribble", "header", "goalkeeper"), _SPORT),
    ("Skating", ("ramp", "rail", "slalom", "ice"), _SPORT),
    ("Climbing", ("boulder", "crack", "tower", "glacier"), _SPORT),
    ("Kitchen", ("noodle", "bread", "curry", "dumpling"), _HANDICRAFT),
    ("Workshop", ("oak table", "leather bag", "clay pot", "steel knife"), _HANDICRAFT),
    ("Garden", ("rose", "tomato", "bonsai", "orchard"), _HANDICRAFT),
    ("Cat", ("kitten", "tabby", "stray", "Siamese"), _ANIMAL),
    ("Dog", ("puppy", "terrier", "sheepdog", "greyhound"), _ANIMAL),
    ("Farm", ("goat", "duckling", "foal", "lamb"), _ANIMAL),
)


def compose_titles(preferences: PlantedPreferences, item_ids: np.ndarray) -> tuple[str, ...]:
    """Titles such as "Jazz piano duet #17".

    The first word names the genre; the subject and the form follow the largest of the first and of
    the next four factors that are the item's own. The number is the item's id.

    Args:
      preferences: the latent variables of V items.
      item_ids: int64 (V,).
    """
    subjects = preferences.own_factors[:, :4].argmax(axis=1)
    forms = preferences.own_factors[:, 4:8].argmax(axis=1)
    titles = []
    for genre, subject, form, item in zip(
        preferences.genres, subjects, forms, item_ids, strict=True
    ):
        word, its_subjects, its_forms = _GENRES[genre]
        titles.append(f"{word} {its_subjects[subject]} {its_forms[form]} #{item}")
    return tuple(titles)
