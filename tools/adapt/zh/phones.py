"""Which strings of English phones a Mandarin initial or final could be: what learn.py chooses from."""

# "" is a way to leave it out.
INITIALS = {
    "b": "B, P",
    "p": "P, P HH, HH",
    "m": "M",
    "f": "F, HH, F W",
    "d": "D, T, DH",
    "t": "T, T HH, CH",
    "n": "N, D, N Y",
    "l": "L, N, D, DH, R",
    "g": "G, K, D",
    "k": "K, K HH, HH, T",
    "h": "HH, K, K HH, , F",
    "j": "JH, CH, D Z, T S, JH Y, D Y, Z, D, Y, G Y",
    "q": "CH, T SH, T S, CH Y, SH, T Y, K Y, CH HH",
    "x": "SH, S, S Y, SH Y, HH Y, TH, CH",
    "zh": "JH, CH, D Z, D R, T R, Z, D ZH, JH R, T S",
    "ch": "CH, T SH, T S, T R, CH R, SH, CH HH",
    "sh": "SH, S, SH R, TH, CH",
    "r": "R, ZH, ZH R, Z, L, ER, Y, DH",
    "z": "D Z, Z, T S, JH, D, T, D DH",
    "c": "T S, S, CH, T S HH, T TH, T, S HH",
    "s": "S, TH, SH, S HH",
    "": "",
}

# After an initial. -ir: the i of zhi chi shi ri, -iz: that of zi ci si, v: ü.
FINALS = {
    "a": "AA, AH, AE, AA AH, AA R, AO, AW",
    "o": "AO, W AO, OW, AH, UH AO, W AH, AA, UW AO, AO R",
    "e": "AH, UH, AO, ER, AA, UH AH, OW, IH AH, UH AO, AO R",
    "ai": "AY, AE, EH, AA IY, AE IY, EY, AA EH, AY IY, AH IY",
    "ei": "EY, EH IY, IH, EH, AY, IH IY, EH EY, EY IY",
    "ao": "AW, AA OW, AO, AA, OW, AA UW, AA AO, AH OW, AE OW",
    "ou": "OW, AO, UH, AH UW, AH OW, UW, AA OW, AH, UH OW, OW UW",
    "an": "AE N, AA N, EH N, AH N, AY N, AE AH N, AW N, AA AH N, AA",
    "en": "AH N, EH N, IH N, UH N, ER N, AE N, IH AH N, AA N",
    "ang": "AA NG, AO NG, AE NG, AH NG, AW N, AA N, AA, AW, AO, AA AH NG, AW NG",
    "eng": "AH NG, AO NG, EH NG, IH NG, AH N, UH NG, AH, AA NG, OW N, AO L",
    "ong": "UH NG, OW NG, AO NG, UW NG, OW N, UW N, AH NG, OW, UH, UW, UH N, AO",
    "i": "IY, IH, Y IY, EY, IY IH, IY Y, UW",
    "-ir": "ER, R, IH, UH, AH, R ER, IH R, , R IH, UH R, R AH, EH, R UH",
    "-iz": "AH, UH, IH, Z, , ER, Z AH, OW, Z UH, IH AH, UW, EH",
    "u": "UW, UH, OW, AO, UH W, UW L, UH L, W UW, AH, OW L, L",
    "v": "Y UW, UW, IY, IY UW, UW IY, Y IY, IH, Y UH, Y IH, IY IH, Y UW IY",
    "ia": "Y AA, IY AA, Y AE, IY AE, Y AH, IY AH, AA, IH AA, AE, Y AW",
    "ie": "Y EH, IY EH, IY AH, Y EY, IY, Y AE, EH, IY AE, IH AH, IY ER, EY",
    "iao": "Y AW, IY AW, Y AA OW, Y AO, IY AO, IY OW, Y AE OW, Y AE, IY AA OW, AW, IY AE OW, Y OW",
    "iu": "Y OW, IY OW, Y UW, IY UW, Y UH, Y AO, OW, IY AO, Y AH, IY UH",
    "ian": "Y EH N, IY EH N, Y AE N, IY AE N, IY N, EH N, IY AH N, Y IH N, Y AH N, AE N, IH N, IY IH N",
    "in": "IY N, IH N, IY IH N, IY NG, Y IH N, EY N, IH NG, Y IY N, EH N, IY AH N",
    "iang": "Y AA NG, IY AA NG, Y AE NG, IY AE NG, Y AH NG, IY AO NG, Y AW N, AA NG, Y AO NG, IY AH NG, Y AW, IY AW, AO NG, IY AW N, Y AA",
    "ing": "IY NG, IH NG, IY AH NG, IY IH NG, IY N, IH N, Y IH NG, IY AH N, Y IY NG, EY NG, IY AA NG, IY EH NG",
    "iong": "Y UH NG, Y OW NG, IY OW NG, Y UW NG, Y AO NG, IY UH NG, UH NG, OW NG, Y OW N, UW NG, Y UW N, OW N, UW N, Y UH N",
    "ua": "W AA, UW AA, UH AA, W AH, W AE, AW, AA, OW AA, W AO",
    "uo": "W AO, UW AO, W OW, AO, OW, UH AO, W AH, W AA, UW AH, UH, OW AO, AO R",
    "uai": "W AY, UW AY, W EH, W EY, UW AE IY, W AE, AY, OW AY",
    "ui": "W EY, UW EY, UW IY, W IY, W IH, UW EH, W EH, UW IH, EY, OW EY, W AY",
    "uan": "W AA N, W AE N, UW AE N, UW AA N, W AH N, W EH N, W AO N, AA N, UW AH N, UH AA N, AO N, W AY N",
    "un": "W AH N, UH N, UW AH N, W EH N, UW N, W IH N, UW EH N, OW N, AH N, UH AH N, W UH N, UW IH N",
    "uang": "W AA NG, W AO NG, UW AA NG, UW AO NG, W AH NG, AO NG, W AW N, W AA N, W AO, AW NG, W AA, AW N",
    "ueng": "W AH NG, W AO NG, W EH NG, UW AH NG",
    "ue": "Y UW EH, UW EH, Y EH, IY EH, W EH, Y UW AH, Y AH, Y AO, IY AH, UW AH, Y W EH, EH, IY UW EH, UW EY",
    "uean": "Y UW EH N, UW EH N, W EH N, Y EH N, Y W EH N, UW AE N, Y AE N, IY AE N, Y UW AE N, UW AH N, IY EH N, W AE N, EH N, Y UW AH N, Y W AE N",
    "vn": "Y UW N, UW IH N, IY N, Y UW IH N, Y IH N, IH N, UW N, W IY N, Y UH N, Y UW AH N, UW IY N, W IH N, UW AH N",
    "er": "AA R, ER, AO R, AH R, AA ER, AH L, AA, AH, AE R, ER R",
    "eh": "EH, EY, AE",
    "m": "M, AH M",
    "n": "N, AH N",
    "ng": "NG, AH NG, AH N",
}

# Without an initial, where that differs: written with y …
AFTER_Y = {
    "i": "IY, Y IY, Y IH, IH, IY IH, Y",
    "in": "IY N, Y IH N, Y IY N, IH N, IY IH N, IY NG, IH NG, IY AH N",
    "ing": "IY NG, Y IH NG, Y IY NG, IH NG, IY AH NG, IY N, IY IH NG, IY AH N, IH N, Y AH NG",
    "v": "Y UW, IY UW, UW, Y UH, IY, Y IY, Y IH, UW IY, Y UW IY, Y, W IY",
    "vn": "Y UW N, UW IH N, Y UW IH N, Y IH N, Y UH N, UW N, IY N, IH N, Y UW AH N, W IH N, UW IY N",
}

# … and with w.
AFTER_W = {
    "u": "UW, W UW, W UH, UH, V UW, W AO, W, UW W, OW, W OW, W AH",
    "ua": "W AA, V AA, UW AA, W AH, W AE, W AO",
    "uo": "W AO, W OW, UW AO, W AA, OW, AO, W AH, UH AO, W AO R, V AO",
    "uai": "W AY, V AY, UW AY, W AE",
    "ui": "W EY, V EY, UW EY, W IY, W EH, W IH, UW IY, V IY, W EH IY",
    "uan": "W AA N, W AE N, V AE N, UW AE N, W AH N, W AO N, UW AA N, V AA N, W AY N",
    "un": "W AH N, W EH N, V AH N, UW AH N, W UH N, V EH N, W IH N, UH N, UW EH N, W AO N",
    "uang": "W AA NG, W AO NG, V AA NG, UW AA NG, W AH NG, W AW N, UW AO NG",
    "ueng": "W AH NG, W AO NG, V AH NG, UW AH NG",
}

Y_FINALS = {"a": "ia", "e": "ie", "ao": "iao", "ou": "iu", "an": "ian", "ang": "iang", "ong": "iong"}
Y_FINALS |= {"u": "v", "ue": "ue", "uan": "uean", "un": "vn"}
W_FINALS = {"a": "ua", "o": "uo", "ai": "uai", "ei": "ui", "an": "uan", "en": "un", "ang": "uang", "eng": "ueng"}
J_FINALS = {"u": "v", "uan": "uean", "un": "vn"}
ORDER = "zh ch sh b p m f d t n l g k h j q x r z c s".split()


def split(syllable):
    """'xuan' is ('x', 'uean', ''); the last is 'y' or 'w' when that stands for the missing initial."""
    if syllable in ("m", "n", "ng", "hm", "hng"):
        return "", "ng" if syllable.endswith("ng") else syllable[-1], ""
    if syllable == "er":
        return "", "er", ""
    if syllable[0] == "y":
        return "", Y_FINALS.get(syllable[1:], syllable[1:]), "y"
    if syllable[0] == "w":
        return "", W_FINALS.get(syllable[1:], syllable[1:]), "w"
    initial = next((i for i in ORDER if syllable.startswith(i)), "")
    final = syllable[len(initial) :].replace("ve", "ue")
    if initial in ("j", "q", "x"):
        final = J_FINALS.get(final, final)
    if final == "i" and initial in ("zh", "ch", "sh", "r"):
        final = "-ir"
    if final == "i" and initial in ("z", "c", "s"):
        final = "-iz"
    return initial, final, ""


def with_r(final):
    """How 儿 colours a final: 'EH N' becomes 'EH R'."""
    phones = final.split()
    while phones and phones[-1] in ("N", "NG"):
        phones.pop()
    if len(phones) > 1 and phones[-1] in ("IY", "IH"):
        phones.pop()
    if not phones:
        phones = ["AH"]
    phones[-1] = {"AY": "AA", "AE": "AA", "EY": "EH"}.get(phones[-1], phones[-1])
    if phones[-1] == "ER":
        return " ".join(phones)
    return " ".join(phones + ["ER" if phones[-1] in ("IY", "IH") else "R"])


def candidates(syllable):
    """{phones: (initial's, final's)} of a syllable, 'dian' or 'dianR'."""
    plain = syllable.removesuffix("R")
    initial, final, glide = split(plain)
    special = {"y": AFTER_Y, "w": AFTER_W}.get(glide, {})
    found = {}
    for first in INITIALS[initial].split(", "):
        for second in special.get(final, FINALS[final]).split(", "):
            end = with_r(second) if plain != syllable else second
            phones = f"{first} {end}".strip()
            if phones:
                found.setdefault(phones, (first, second))
    return found
