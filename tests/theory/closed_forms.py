"""What queueing theory says: the closed forms that the theory table is held against."""

from experiments.theory.forms import Centre, erlang_c, mm1k, mmc_response, mva, pollaczek_khinchine, repairman

__all__ = ["Centre", "erlang_c", "mm1k", "mmc_response", "mva", "pollaczek_khinchine", "repairman"]
