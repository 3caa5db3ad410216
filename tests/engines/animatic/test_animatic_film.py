"""The file: form, exactness, repeatability, cuts, the caller's pictures, the cheap still."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest_of import image, psnr
