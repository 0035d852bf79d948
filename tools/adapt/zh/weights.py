"""weights.py SENDUMP OUT - the mixture weights of a packaged model as sphinxtrain reads them.

A sendump has, for each feature and each density, one byte for each senone: weight = 1.0001^-(byte * 1024), to be
normalised.
"""

import struct
import sys

N_FEATURES = 3


def integer(data, at):
    return struct.unpack_from("<i", data, at)[0], at + 4


def skip_header(data):
    """Strings with their lengths before them, up to one without length."""
    at = 0
    while True:
        length, at = integer(data, at)
        if length == 0:
            return at
        at += length


def main(path, out):
    data = open(path, "rb").read()
    n_densities, at = integer(data, skip_header(data))
    n_senones, at = integer(data, at)
    if len(data) - at != N_FEATURES * n_densities * n_senones:
        sys.exit(f"{path}: not a sendump of {N_FEATURES} features")
    weight = [1.0001 ** -(byte * 1024) for byte in range(256)]
    with open(out, "wb") as file:
        file.write(b"s3\nversion 1.0\nendhdr\n" + struct.pack("<I", 0x11223344))
        file.write(struct.pack("<4i", n_senones, N_FEATURES, n_densities, N_FEATURES * n_densities * n_senones))
        for senone in range(n_senones):
            for start in range(at + senone, len(data), n_densities * n_senones):
                row = [weight[b] for b in data[start : start + n_densities * n_senones : n_senones][:n_densities]]
                file.write(struct.pack(f"<{n_densities}f", *(w / sum(row) for w in row)))


if __name__ == "__main__":
    main(*sys.argv[1:])
