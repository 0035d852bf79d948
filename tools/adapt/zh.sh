#!/usr/bin/env bash
# tools/adapt/zh.sh RECORDINGS WORK [FILE] - learns Mandarin: data/lexicon/zh-CN/syllables.txt and data/acoustic/zh-CN.
#
# RECORDINGS has words/WORD.mp3 and syllables/cmn-SYLLABLE.mp3 (audio-cmn). Words named in FILE (one a line) are
# tests and kept out. WORK takes some 200 MB. Needs sphinxtrain, pocketsphinx, sphinxbase-utils, sox,
# libsox-fmt-mp3, espeak-ng, unicode-data and python3; half an hour of two cores.
set -euo pipefail
export LC_ALL=C.UTF-8
recordings=$(realpath "$1")
work=$2
tested=${3:+$(cat "$3")}
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
packaged=/usr/share/pocketsphinx/model/en-us/en-us
rounds=2
native=3 # how often a native speaker's word counts beside one utterance of a synthetic voice

mkdir -p "$work"/{words,syllables,synthetic,features}
cd "$work"

# The packaged model as the trainer wants it.
cp -rT "$packaged" packaged
pocketsphinx_mdef_convert -text "$packaged/mdef" packaged/mdef.txt 2>mdef.log
python3 "$here/zh/weights.py" "$packaged/sendump" packaged/mixture_weights
read -ra libs <<<"$(pkg-config --cflags --libs pocketsphinx)"
gcc -O2 -D_GNU_SOURCE -o align "$here/zh/align.c" "${libs[@]}"

# Recordings and what they say.
convert() { sox "$1" -r 16000 -b 16 -c 1 "$2" 2>/dev/null; }
for file in "$recordings"/words/*.mp3; do
  convert "$file" "words/$(basename "$file" .mp3).wav"
done
for file in "$recordings"/syllables/cmn-[a-z]*.mp3; do
  name=$(basename "$file" .mp3)
  convert "$file" "syllables/${name#cmn-}.wav"
done
# shellcheck disable=SC2086
python3 "$here/zh/speech.py" synthetic synthetic.txt $tested
# shellcheck disable=SC2086
python3 "$here/zh/list.py" "$native" $tested >recordings.txt

# What the decoder's front end makes of them.
cut -f1 recordings.txt | sed 's/\.wav$//' >features.list
cut -f1 recordings.txt | xargs -n1 dirname | sort -u | xargs -I{} mkdir -p features/{}
sphinx_fe -argfile "$packaged/feat.params" -samprate 16000 -c features.list -di . -do features -ei wav -eo mfc \
  -mswav yes 2>features.log

python3 "$here/zh/learn.py" . "$rounds"
cp syllables.txt "$root/data/lexicon/zh-CN/"
mkdir -p "$root/data/acoustic/zh-CN"
cp model/{means,variances,sendump,transition_matrices} "$root/data/acoustic/zh-CN/"
