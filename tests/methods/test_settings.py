import dataclasses

import pytest

from a2bm2gl_tf.methods.settings import FitSettings, flag_names, with_settings


def test_flag_names_reach_their_field():
    settings = with_settings(
        FitSettings("lightgcn"),
        {"dimension": 8, "loss": "bpr", "l2": 0.5, "top_m": 7, "surfing_alpha": 0.3, "seed": 4},
    )
    assert settings.model_config.dimension == 8
    assert (settings.loss.name, settings.loss.l2) == ("bpr", 0.5)
    surfing = settings.model_config.surfing
    assert (surfing.top_m, surfing.continue_probability) == (7, 0.3)
    assert settings.model_config.seed == settings.loss.seed == settings.training.seed == 4
    # Nothing else has moved.
    rest = dataclasses.replace(settings.training, seed=0)
    assert rest == FitSettings("lightgcn").training


def test_own_settings_add_up():
    first = with_settings(FitSettings("x"), {"own.walks": 3, "own.hidden": (8, 4)})
    second = with_settings(first, {"own.walks": 5})
    assert second.model_config.own == {"walks": 5, "hidden": (8, 4)}
    assert FitSettings.from_json(second.to_json()).model_config.own["hidden"] == [8, 4]


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="learnrate"):
        with_settings(FitSettings("x"), {"learnrate": 1.0})
    assert {"loss", "lr_schedule", "surfing_alpha", "beam", "epochs"} <= flag_names()
    assert not {"name", "schedule", "own", "surfing"} & flag_names()
