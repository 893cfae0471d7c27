"""Make everything once, in memory, and say what came out."""

import sys

from examples.streaming_clv.answer import answer

sys.stdout.write(answer() + "\n")
