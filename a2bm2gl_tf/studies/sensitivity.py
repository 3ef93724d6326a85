"""Figure 4: one hyper-parameter at a time around a recipe (section 4.5.4).

The axes of the printed figure are not in the text. For d these are the grid of section 4.3; for k
"from 3 to 9" is the text's; of the margin m it says only that it "gradually becomes larger", and
its values here are powers of 2 around the default. The recipe's own value is a point of every
curve.

What k counts is not clear: the text speaks of the GNN layers of the anti-bottleneck module's input
nodes, Eq. 5 of the transition operations of random surfing. The latter is taken here, the only k of
the equations; `tune.py --space=num_layers=3,5,7,9` varies the layers.
"""

from a2bm2gl_tf.methods.settings import FitSettings
from a2bm2gl_tf.studies.study import Base, Parameter, Study, Variant


def _hops_idle(settings: FitSettings) -> str:
    surfing = settings.model_config.surfing
    if not settings.model_config.anti_bottleneck:
        return "--noanti_bottleneck leaves out the module that has it"
    if surfing.neighbourhood == "full":
        return "--neighbourhood=full attends to all nodes whatever k; --neighbourhood=top_m has it"
    return ""


def _margin_idle(settings: FitSettings) -> str:
    if settings.loss.name != "adaptive":
        return f"--loss={settings.loss.name} has no margin"
    return "" if settings.loss.margin_weight else "--margin_weight=0 leaves the margin's term out"


PARAMETERS = (
    Parameter(
        "dimension",
        "d",
        "embedding dimension d, components of a vector",
        (100, 150, 200, 250, 300, 350),
        1,
        lambda settings: settings.model_config.dimension,
        lambda settings: "",
    ),
    Parameter(
        "hops",
        "k",
        "random surfing k, hops",
        (3, 4, 5, 6, 7, 8, 9),
        1,
        lambda settings: settings.model_config.surfing.hops,
        _hops_idle,
    ),
    Parameter(
        "margin",
        "m",
        "margin m between the boundaries, units of the score",
        (0.25, 0.5, 1.0, 2.0, 4.0),
        0,
        lambda settings: settings.loss.margin,
        _margin_idle,
        logarithmic=True,
    ),
)


def _variants(base: Base) -> tuple[Variant, ...]:
    own = ", ".join(f"{p.symbol} = {p.of(base.settings):g}" for p in PARAMETERS)
    others = [variant for parameter in PARAMETERS for variant in _around(parameter, base)]
    return (Variant("recipe", f"recipe ({own})", {}), *others)


def _around(parameter: Parameter, base: Base) -> list[Variant]:
    """The variants of one parameter; a single one, left out, if it has no effect."""
    values = [v for v in base.values[parameter.name] if v != parameter.of(base.settings)]
    idle = parameter.idle(base.settings)
    if values and idle:
        return [Variant(parameter.name, f"other {parameter.symbol}", {}, idle)]
    return [
        Variant(
            f"{parameter.name}_{value:g}",
            f"{parameter.symbol} = {value:g}",
            {parameter.name: value},
        )
        for value in values
    ]


STUDY = Study(
    "sensitivity", "sensitivity.py", "Sensitivity (Figure 4)", _variants, parameters=PARAMETERS
)
