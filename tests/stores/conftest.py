import pytest

pytest.register_assert_rewrite("stores.cases", "stores.examples")
