"""The studies by name."""

from a2bm2gl_tf.studies import ablation, losses, sensitivity
from a2bm2gl_tf.studies.study import Study

STUDIES: dict[str, Study] = {
    module.STUDY.name: module.STUDY for module in (ablation, losses, sensitivity)
}
