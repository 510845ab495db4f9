"""The budgets of the design, measured on this machine: figures are ratios taken in one run."""
