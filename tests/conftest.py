"""Hypothesis profiles, loaded by name from ``HYPOTHESIS_PROFILE`` (TOOL-4)."""

import os

from hypothesis import HealthCheck, Phase, Verbosity, settings

# No deadline anywhere: machines are noisy, and a law is about results, not about time.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",  # Hypothesis loads a profile of this name by itself where CI is set: ours says everything explicitly
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=(HealthCheck.too_slow,),  # a loaded machine is slow without anything being wrong
    verbosity=Verbosity.normal,
)
settings.register_profile(  # which branches run is told by few examples; derandomized, so that it is told twice alike
    "cover",
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow,),
)
settings.register_profile(
    "thorough", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=(HealthCheck.too_slow,)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))
