#!/usr/bin/python3
"""Learns a row of engines/asr/sphinx/confidence_table.h.

  learn.py LANGUAGE POSITIVE… -- NEGATIVE…

Each file is what `DUET_LOG=warn,asr=debug duet bench speech --jobs 1 --each …` wrote to stderr: the features of
each utterance, and whether what was heard is right. Of a POSITIVE file those that are right are sentences; of
a NEGATIVE file all are none. Logistic regression with a small L2 penalty by Newton's method; a sentence that is refused costs
COST times what a wrong acceptance does.
The cross-validation leaves out a fifth of the recordings, with all their noises, at a time.
"""
import hashlib, json, sys
import numpy as np

COST, PENALTY, FOLDS = 8, 1.0, 5

def read(path, positive):
    features, rows = [], []
    for line in open(path, errors='replace'):
        if ' asr: features ' in line:
            values, _, text = line.split(' asr: features ', 1)[1].partition(': ')
            features.append(([float(x) for x in values.split()], text.strip()))
        elif line.startswith('{'):
            rows.append(json.loads(line))
    rows = [r for r in rows if r['heard']]
    out, k = [], 0
    for r in rows:
        while k < len(features) and features[k][1] != r['heard']: k += 1
        if k == len(features): break
        if positive is False or r['right']:
            out.append((features[k][0], positive, r['file'], r['snr'], path))
        k += 1
    return out

def fit(x, y, w):
    x = np.c_[np.ones(len(x)), x]; b = np.zeros(x.shape[1]); r = PENALTY * np.eye(x.shape[1]); r[0, 0] = 0
    for _ in range(60):
        p = 1 / (1 + np.exp(-x @ b)); g = x.T @ (w * (p - y)) + r @ b
        h = (x * (w * p * (1 - p))[:, None]).T @ x + r + 1e-9 * np.eye(len(b))
        s = np.linalg.solve(h, g); b -= s * min(1, 3 / np.abs(s).max())
    return b

def train(x, y, group):
    m, s = x.mean(0), x.std(0) + 1e-6
    w = np.zeros(len(y))
    for g in set(group):  # each kind of sound counts the same, however many recordings there are
        of = group == g
        kinds = len({k for k, p in zip(group, y) if p == y[of][0]})
        w[of] = (COST if y[of][0] else 1) * len(y) / kinds / of.sum() / 2
    b = fit((x - m) / s, y, w)
    return b[0] - (b[1:] * m / s).sum(), b[1:] / s

def main():
    cut = sys.argv.index('--')
    data = [r for f in sys.argv[2:cut] for r in read(f, True)] + [r for f in sys.argv[cut + 1:] for r in read(f, False)]
    x = np.array([d[0] for d in data]); y = np.array([d[1] for d in data])
    group = np.array([d[4] for d in data])
    fold = np.array([int(hashlib.md5(d[2].encode()).hexdigest(), 16) % FOLDS for d in data])
    score = np.zeros(len(y))
    for f in range(FOLDS):
        bias, weights = train(x[fold != f], y[fold != f], group[fold != f]); score[fold == f] = bias + x[fold == f] @ weights
    groups = sorted({(d[4], str(d[3])) for d in data})
    for path, snr in groups:
        of = np.array([d[4] == path and str(d[3]) == snr for d in data])
        print('%-40s %-5s %4d accepted %5.1f %%' % (path.split('/')[-1], snr, of.sum(), 100 * (score[of] > 0).mean()), file=sys.stderr)
    bias, weights = train(x, y, group)
    print('\t{"%s", %.4f, {%s}},' % (sys.argv[1], bias, ', '.join('%.4f' % w for w in weights)))

main()
