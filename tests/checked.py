"""How the library's annotations are checked while the tests run: see conftest.py."""

from beartype import BeartypeConf, beartype

# An int is a number where a float is asked for, as type checkers have it.
check = beartype(conf=BeartypeConf(is_pep484_tower=True))
