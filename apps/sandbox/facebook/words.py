"""What Facebook says to people in the language of whoever made the token. Numbers never change, words do."""

from collections.abc import Mapping
from dataclasses import replace

from apps.sandbox.facebook.errors import GraphError

INVALID: Mapping[str, str] = {
    "nl_NL": "Ongeldige parameter",
    "fr_FR": "Paramètre non valide",
    "da_DK": "Ugyldig parameter",
}
# By locale and subcode: the title and the message, with the same {placeholders} as in English.
WORDS: Mapping[str, Mapping[int, tuple[str, str]]] = {
    "nl_NL": {
        2804019: ("Parameterfout in server-API", "Parameterfout in server-API: {problem}"),
        2804003: ("Tijdstip van gebeurtenis te oud", "Deze gebeurtenis is langer dan {days} dagen geleden."),
        2804050: ("Te weinig klantgegevens", "Deze user_data is te algemeen om iemand te kunnen herkennen."),
        2804016: ("Gebruikersparameter niet gehasht", "De parameter {parameter} is niet gehasht."),
        2804001: ("Ongeldige klik-ID", "De indeling van de klik-ID in fbc klopt niet."),
        2804009: ("Waarde van aankoop ontbreekt", "Een aankoop heeft een waarde van 0 of meer nodig."),
        2804010: ("Valuta van aankoop ontbreekt", "Een aankoop heeft een valuta volgens ISO 4217 nodig."),
    },
    "fr_FR": {
        2804019: ("Erreur de paramètre de l’API serveur", "Erreur de paramètre de l’API serveur : {problem}"),
        2804003: ("Horodatage de l’évènement trop ancien", "Cet évènement date de plus de {days} jours."),
        2804050: ("Informations client insuffisantes", "Ces user_data sont trop générales pour trouver quelqu’un."),
        2804016: ("Paramètre utilisateur non haché", "Le paramètre {parameter} n’est pas haché."),
        2804001: ("Identifiant de clic non valide", "Le format de l’identifiant de clic fbc est incorrect."),
        2804009: ("Valeur d’achat manquante", "Un achat a besoin d’une valeur de 0 ou plus."),
        2804010: ("Devise d’achat manquante", "Un achat a besoin d’une devise ISO 4217."),
    },
    "da_DK": {
        2804019: ("Parameterfejl i server-API", "Parameterfejl i server-API: {problem}"),
        2804003: ("Hændelsens tidsstempel er for gammelt", "Hændelsen er mere end {days} dage gammel."),
        2804050: ("Ikke nok kundeoplysninger", "Disse user_data er for brede til at finde nogen."),
        2804016: ("Brugerparameter er ikke hashet", "Parameteren {parameter} er ikke hashet."),
        2804001: ("Ugyldigt klik-id", "Formatet af klik-id’et i fbc er forkert."),
        2804009: ("Købets værdi mangler", "Et køb skal have en værdi på 0 eller mere."),
        2804010: ("Købets valuta mangler", "Et køb skal have en valuta efter ISO 4217."),
    },
}


def translated(error: GraphError, locale: str) -> GraphError:
    """Return an error in the words of a locale, as far as there are any; its numbers stay."""
    found = WORDS.get(locale, {}).get(error.subcode or 0)
    if found is None:
        return error
    return replace(error, message=INVALID[locale], title=found[0], user_message=found[1])
