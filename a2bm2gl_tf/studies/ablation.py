"""Table 3: the model without one of its components at a time (section 4.5.1).

The variants are what the section's text says of them, which differs from what their names suggest:

* -an "removes the anti-bottleneck module": `--noanti_bottleneck`, so neither the interaction graph
  nor a modality's graph has a full-adjacent layer.
* -al "removes our designed adaptive recommendation loss function, and use the BPR loss instead":
  `--loss=bpr`. Not the weighted regression, of which the adaptive loss is a generalisation; column
  -al of Table 3 repeats column BPR of Table 4. The weighted regression is a row of losses.py.
* -str "removes the semantic representation learning module": `--nosemantic`, and with it L_sem,
  which is a term of that module's representations. Its name, and the discussion under the
  table, which speaks of the collaborative module, point to the structural part instead; yet they
  say of that module that it captures similarities between contents, as only the semantic one does.
  L_str (Eq. 2) and its weight beta stay as they are.
"""

from a2bm2gl_tf.studies.study import Base, Study, Variant


def _variants(base: Base) -> tuple[Variant, ...]:
    without = "" if base.has_content else "the data have no content, so it is the full model"
    return (
        Variant(
            "full", "full model", {"anti_bottleneck": True, "loss": "adaptive", "semantic": True}
        ),
        Variant("an", "-an: no anti-bottleneck module", {"anti_bottleneck": False}),
        Variant("al", "-al: BPR for the adaptive loss", {"loss": "bpr"}),
        Variant("str", "-str: no semantic module", {"semantic": False}, without),
    )


STUDY = Study("ablation", "ablate.py", "Ablation (Table 3)", _variants)
