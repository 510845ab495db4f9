"""The API by which protocols are written: publish, compare, begin from a template, foresee."""
