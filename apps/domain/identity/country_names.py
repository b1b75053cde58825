"""Names of countries that CLDR lacks or holds under another code: older, official, spoken and own-language ones.

Codes are ISO 3166-1 alpha-2 (as of 2026-11, 249 of them, and XK for Kosovo, which has no official one).
"""

_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
ISO_ALPHA_2 = frozenset(_CODES.split())

# Separated by "|". A name that could be two countries ("Korea", "Virgin Islands") stands nowhere here.
ALIASES = {
    "AE": "UAE|U.A.E.|Emirates|VAE|Émirats arabes unis|EAU",
    "AT": "Republik Österreich",
    "AX": "Åland",
    "BA": "Bosnia|Bosnie|Bosnië|Bosnien|Bosna i Hercegovina",
    "BE": "België / Belgique|Koninkrijk België",
    "BG": "България",
    "BN": "Brunei Darussalam",
    "BO": "Plurinational State of Bolivia|Bolivia, Plurinational State of",
    "BQ": "Bonaire|Bonaire, Sint Eustatius and Saba|BES",
    "BR": "Brasil",
    "BY": "Беларусь|Weissrussland",
    "CC": "Cocos Islands|Keeling Islands",
    "CD": "Congo-Kinshasa|DR Congo|DRC|D.R. Congo|Democratic Republic of the Congo|Congo, Democratic Republic of the"
    "|Congo, The Democratic Republic of the|Dem. Rep. of the Congo|Democratische Republiek Congo"
    "|Demokratische Republik Kongo"
    "|République démocratique du Congo|RDC|Zaire",
    "CG": "Republic of the Congo|Congo-Brazzaville|République du Congo|Republik Kongo|Congo",
    "CH": "Schweiz|Suisse|Svizzera|Svizra|Schweizerische Eidgenossenschaft|Confederation Helvetica",
    "CI": "Ivory Coast|Elfenbeinküste|Costa de Marfil|Cote d'Ivoire",
    "CN": "PRC|People's Republic of China|Mainland China|中国|中國|中华人民共和国",
    "CV": "Cabo Verde|Kapverden|Kap Verde",
    "CW": "Curacao",
    "CY": "Κύπρος|Kıbrıs",
    "CZ": "Czech Republic|Tschechische Republik|Tsjechische Republiek|République tchèque|República Checa"
    "|Česko|Česká republika",
    "DE": "BRD|Bundesrepublik Deutschland|Federal Republic of Germany|Bondsrepubliek Duitsland|FRG",
    "DK": "Danmark",
    "DO": "Dom. Rep.|Dominikanische Rep.|Rep. Dominicana|Saint-Domingue",
    "EE": "Eesti",
    "ES": "Reino de España|Canary Islands|Canarische Eilanden|Kanarische Inseln|Îles Canaries|Islas Canarias|Canarias"
    "|Ceuta|Melilla|Ceuta & Melilla|Ceuta and Melilla|Espanya",
    "FI": "Suomi",
    "FK": "Falklands|Falkland Islands (Malvinas)|Malvinas",
    "FM": "Federated States of Micronesia|Micronesia, Federated States of",
    "FO": "Føroyar|Faeroe Islands",
    "FR": "République française|French Republic|Metropolitan France|Frankreich (Metropole)",
    "GB": "UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|GBR|G.B."
    "|United Kingdom of Great Britain and Northern Ireland|VK|V.K.|Groot-Brittannië|Groot Brittanië|Engeland|Schotland"
    "|Noord-Ierland|Großbritannien|Schottland|Nordirland|Grande-Bretagne|Angleterre|Écosse|Pays de Galles"
    "|Irlande du Nord|Gran Bretaña|Inglaterra|Escocia|Gales|Irlanda del Norte",
    "GM": "Gambia, The",
    "GR": "EL|Hellas|Ελλάδα|Ελλάς|Hellenic Republic",
    "HK": "Hong Kong|Hongkong|Hong Kong SAR|香港",
    "HR": "Hrvatska",
    "HU": "Magyarország",
    "IE": "Éire|Republic of Ireland|Southern Ireland|Ierse Republiek|Republik Irland|République d'Irlande",
    "IN": "Bharat|भारत",
    "IR": "Iran, Islamic Republic of|Islamic Republic of Iran|Persia|ایران",
    "IS": "Ísland",
    "IT": "Italia",
    "JP": "Nippon|Nihon|日本|日本国",
    "KP": "DPRK|Korea (the Democratic People's Republic of)|Korea, Democratic People's Republic of"
    "|Democratic People's Republic of Korea",
    "KR": "Korea, Republic of|Korea (the Republic of)|Republic of Korea"
    "|Republiek Korea|Republik Korea|République de Corée|República de Corea"
    "|대한민국|한국",
    "LA": "Lao|Lao People's Democratic Republic",
    "LT": "Lietuva",
    "LU": "Lëtzebuerg",
    "LV": "Latvija",
    "MA": "المغرب|Maroc",
    "MD": "Moldova, Republic of|Republic of Moldova|Moldavia",
    "ME": "Crna Gora",
    "MF": "Saint Martin (French part)",
    "MK": "Macedonia|Macedonië|Mazedonien|Macédoine|FYROM|Republic of North Macedonia"
    "|Macedonia, the former Yugoslav Republic of",
    "MM": "Myanmar|Burma|Birma|Birmanie|Birmania",
    "MO": "Macao|Macau|Macao SAR|澳门|澳門",
    "NL": "Holland|The Netherlands|Nederlanden|Koninkrijk der Nederlanden|Kingdom of the Netherlands|Hollande|Holanda",
    "NO": "Norge|Noreg",
    "PL": "Polska",
    "PS": "Palestine|State of Palestine|Palestine, State of|Palestina|Palästina|Palestinian Territory"
    "|Palestinian Territory, Occupied",
    "PT": "República Portuguesa",
    "RE": "Reunion",
    "RO": "România|Roumania",
    "RS": "Srbija|Србија",
    "RU": "Russian Federation|Russische Federatie|Russische Föderation|Fédération de Russie|Federación Rusa"
    "|Россия|Российская Федерация",
    "SA": "KSA|Kingdom of Saudi Arabia|Saudi",
    "SE": "Sverige",
    "SH": "Saint Helena, Ascension and Tristan da Cunha|Ascension Island|Tristan da Cunha",
    "SI": "Slovenija",
    "SK": "Slovensko|Slovak Republic|Slowaakse Republiek|Slowakische Republik|República Eslovaca",
    "ST": "Sao Tome and Principe",
    "SX": "Sint Maarten (Dutch part)",
    "SY": "Syrian Arab Republic",
    "SZ": "Swaziland|Swasiland|Suazilandia",
    "TL": "East Timor|Timor Leste|Osttimor|Timor Oriental",
    "TR": "Turkey|Türkiye|Republic of Turkey|Republic of Türkiye",
    "TW": "Taiwan, Province of China|Republic of China|ROC|台灣|台湾|臺灣",
    "TZ": "Tanzania, United Republic of|United Republic of Tanzania",
    "UA": "Україна|The Ukraine",
    "US": "U.S.|U.S.A.|United States of America|America|VS|V.S.|Verenigde Staten van Amerika|Amerika"
    "|Vereinigte Staaten von Amerika|États-Unis d'Amérique|Amérique|EE.UU.|EE. UU.|EEUU|EUA"
    "|Estados Unidos de América|Etats Unis",
    "VA": "Holy See|Vatican|Holy See (Vatican City State)|Vatican City State|Heilige Stoel|Vatikan|Saint-Siège"
    "|Vaticano",
    "VC": "Saint Vincent and the Grenadines|St Vincent",
    "VE": "Venezuela, Bolivarian Republic of|Bolivarian Republic of Venezuela",
    "VG": "British Virgin Islands|Virgin Islands, British|BVI",
    "VI": "US Virgin Islands|U.S. Virgin Islands|Virgin Islands, U.S.|USVI",
    "VN": "Viet Nam|Việt Nam",
    "WS": "Western Samoa",
    "XK": "Kosova|Kosovë",
    "ZA": "RSA|Republic of South Africa|Suid-Afrika",
}
