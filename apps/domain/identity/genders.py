"""Gender, as far as Meta knows it: f or m.

Source: Meta's customer information parameters (ge). Choices: the letters v (Dutch) and w (German) mean female; h is
left out, because it stands for a man in Spanish and French forms and for a woman ("hembra") in others; forms of address
count (Mr, Frau, Mme).
"""

from apps.domain.identity.context import Context, Forms
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.text import fold

_WORDS = {
    "f": (
        "f female woman girl lady mrs ms miss she her",
        "v vrouw vrouwelijk meisje mevrouw mevr mw dame",
        "w weiblich frau mädchen fräulein",
        "femme féminin féminine fille madame mme mademoiselle mlle",
        "mujer femenino femenina hembra niña chica señora sra señorita srta",
    ),
    "m": (
        "m male man boy gentleman mr mister sir he him",
        "mannelijk jongen meneer mijnheer heer dhr",
        "männlich mann junge herr",
        "homme masculin garçon monsieur",
        "hombre masculino varón macho niño chico señor sr",
    ),
}
_BY_WORD = {fold(word): letter for letter, lines in _WORDS.items() for line in lines for word in line.split()}


def meta_gender(text: str, context: Context) -> Forms:
    """f or m."""
    letter = _BY_WORD.get(fold(text))
    return (letter,) if letter else DropReason.UNKNOWN_GENDER
