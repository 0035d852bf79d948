/* Rows of struct confidence_weights, written by tools/confidence/learn.py; do not edit. */
{"en",
 11.7697,
 {164.3496, 11.2292, 72.1756, -83.3416, -0.1857, 0.0000, 2.9603, -4.8786, 1.8296, 3.6018, -0.3335, 1.9009,
  -0.1913, 14.9943}},
