"""Countries with their names, places and spellings of a telephone number. "native|latin" where the scripts differ."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """`#` in a phone stands for any digit, `{n}` in a street for a house number."""

    code: str
    spellings: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    places: tuple[tuple[str, str, str], ...]  # city, postal code, state or empty
    streets: tuple[str, ...]
    phones: tuple[str, ...]
    yes: str = "yes"
    no: str = "no"


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


COUNTRIES: tuple[Country, ...] = (
    Country(
        "NL",
        ("NL", "Nederland", "The Netherlands", "Netherlands", "Holland"),
        _words("Anouk, Fleur, Sanne, Zoë, Noor, Jet, Hülya, Maud, Lieke"),
        _words("Daan, Sem, Thijs, Bram, Ruben, Joost, Jan-Willem, Stijn"),
        _words("de Vries, van den Berg, Jansen, van 't Hof, Bakker, IJsselstein, Ter Horst, Çelik"),
        (("Amsterdam", "1017 AB", ""), ("'s-Hertogenbosch", "5211GZ", ""), ("Utrecht", "3511 LX", "Utrecht")),
        ("Prinsengracht {n}", "Kerkstraat {n}-II", "Laan van Nieuw-Oost-Indië {n}a"),
        (
            "+31 6 2### ####",
            "06-2#######",
            "0031 6 2### ####",
            "(06) 2# ## ## ##",
            "+31 (0)20 5## ## ##",
            "06 2###.####",
        ),
        "ja",
        "nee",
    ),
    Country(
        "DE",
        ("DE", "Deutschland", "Germany", "DEU"),
        _words("Anna-Lena, Käthe, Lea, Mia, Jördis, Franziska, Grete"),
        _words("Jörg, Lukas, Günther, Max, Björn, Heiko"),
        _words("Müller, Weiß, Schröder, von der Heide, Groß, Köhler, Öztürk"),
        (("Köln", "50667", "Nordrhein-Westfalen"), ("München", "80331", "Bayern"), ("Berlin", "10115", "")),
        ("Hauptstraße {n}", "Königsallee {n}", "Straße des 17. Juni {n}"),
        ("+49 170 #######", "0170/#######", "0049 170 #######", "(0221) 4#######", "+49 (0) 30 9#######"),
        "ja",
        "nein",
    ),
    Country(
        "FR",
        ("FR", "France", "FRA", "La France"),
        _words("Chloé, Zoé, Françoise, Maëlys, Anaïs, Inès"),
        _words("Jean-François, Loïc, Théo, Noël, Hugo, Gaël"),
        _words("Lefèvre, D'Aubigné, Martin, Noël, Bénard, de La Tour"),
        (("Paris", "75011", "Île-de-France"), ("Besançon", "25000", ""), ("Aix-en-Provence", "13100", "")),
        ("{n} rue de l'Église", "{n} bis avenue Foch", "{n} boulevard Saint-Michel"),
        ("+33 6 12 ## ## ##", "06.12.##.##.##", "06 12 ## ## ##", "0033612######", "01 42 ## ## ##"),
        "oui",
        "non",
    ),
    Country(
        "ES",
        ("ES", "España", "Spain", "ESP"),
        _words("María José, Lucía, Begoña, Íñiga, Sofía"),
        _words("José, Íñigo, Álvaro, Martín, Jesús"),
        _words("Muñoz, García López, Núñez, Peña, Ibáñez"),
        (("Logroño", "26001", "La Rioja"), ("A Coruña", "15001", ""), ("Madrid", "28004", "Madrid")),
        ("Calle de Alcalá {n}", "C/ Mayor, {n}, 3º izq.", "Paseo de la Castellana {n}"),
        ("+34 612 ### ###", "612 ## ## ##", "0034 612######", "91 4## ## ##"),
        "sí",
        "no",
    ),
    Country(
        "PL",
        ("PL", "Polska", "Poland"),
        _words("Małgorzata, Zofia, Łucja, Agnieszka, Bożena"),
        _words("Łukasz, Paweł, Krzysztof, Michał, Stanisław"),
        _words("Wójcik, Kowalska, Dąbrowski, Żak, Gęś"),
        (("Łódź", "90-001", ""), ("Kraków", "31-042", "Małopolskie"), ("Wrocław", "50-101", "")),
        ("ul. Piotrkowska {n}/4", "Aleje Jerozolimskie {n}", "ul. Świętokrzyska {n}"),
        ("+48 501 ### ###", "501-###-###", "501 ### ###", "0048501######", "(22) 6## ## ##"),
        "tak",
        "nie",
    ),
    Country(
        "TR",
        ("TR", "Türkiye", "Turkey", "Turkije"),
        _words("Şule, İpek, Ayşe, Gülşen, Irmak"),
        _words("İsmail, Çağrı, Işık, Oğuz, Ömer"),
        _words("Yıldız, Şahin, Öztürk, Kılıç, Doğan"),
        (("İstanbul", "34433", ""), ("Çanakkale", "17100", ""), ("Iğdır", "76000", "")),
        ("İstiklal Cad. No: {n}", "Atatürk Bulvarı {n}/7"),
        ("+90 532 ### ## ##", "0532 ### ## ##", "0090 532 #######", "(0212) 2## ## ##"),
        "evet",
        "hayır",
    ),
    Country(
        "GR",
        ("GR", "Ελλάδα", "Greece", "EL"),
        _words("Ελένη|Eleni, Μαρία|Maria, Ζωή|Zoi"),
        _words("Γιώργος|Giorgos, Νίκος|Nikos, Σπύρος|Spyros"),
        _words("Παπαδοπούλου|Papadopoulou, Νικολάου|Nikolaou, Μπότσαρης|Botsaris"),
        (("Αθήνα", "105 57", ""), ("Θεσσαλονίκη", "54624", "")),
        ("Πανεπιστημίου {n}", "Ερμού {n}"),
        ("+30 697 ### ####", "697#######", "0030 697 #######", "210 3######"),
        "ναι",
        "όχι",
    ),
    Country(
        "JP",
        ("JP", "日本", "Japan"),
        _words("さくら|Sakura, 陽菜|Hina, 美咲|Misaki"),
        _words("太郎|Taro, 翔太|Shota, 健一|Kenichi"),
        _words("佐藤|Sato, 鈴木|Suzuki, 髙橋|Takahashi, 渡邊|Watanabe"),
        (("渋谷区", "150-0002", "東京都"), ("大阪市", "530-0001", "大阪府")),
        ("渋谷{n}-1-1", "梅田{n}丁目2"),
        ("+81 90-2###-####", "090-2###-####", "０９０−２###−####", "0081 90 2### ####", "03-5###-####"),
        "はい",
        "いいえ",
    ),
    Country(
        "KR",
        ("KR", "대한민국", "South Korea", "Korea, Republic of"),
        _words("지우|Jiwoo, 서연|Seoyeon, 하은|Haeun"),
        _words("민준|Minjun, 도윤|Doyun, 현우|Hyunwoo"),
        _words("김|Kim, 이|Lee, 박|Park, 최|Choi"),
        (("서울", "04524", ""), ("부산", "48058", "")),
        ("세종대로 {n}", "테헤란로 {n}길 7"),
        ("+82 10-2###-####", "010-2###-####", "010 2### ####", "0082 10 2### ####"),
        "네",
        "아니요",
    ),
    Country(
        "AE",
        ("AE", "الإمارات العربية المتحدة", "United Arab Emirates", "UAE"),
        _words("فاطمة|Fatima, مريم|Maryam, نورة|Noura"),
        _words("محمد|Mohammed, أحمد|Ahmed, خالد|Khalid"),
        _words("آل مكتوم|Al Maktoum, الهاشمي|Al Hashimi, منصور|Mansour"),
        (("دبي", "", ""), ("Abu Dhabi", "00000", "")),
        ("شارع الشيخ زايد {n}", "Corniche Road {n}, Office 12"),
        ("+971 50 2## ####", "050-2######", "00971502######", "(04) 3## ####"),
        "نعم",
        "لا",
    ),
    Country(
        "AR",
        ("AR", "Argentina", "ARG"),
        _words("Agustina, Ñusta, Belén, Rocío"),
        _words("Nicolás, Joaquín, Martín, Ramón"),
        _words("Fernández, Núñez, Peña, Echeverría"),
        (("Buenos Aires", "C1043AAZ", "Ciudad Autónoma de Buenos Aires"), ("Córdoba", "X5000", "Córdoba")),
        ("Av. Corrientes {n}", "Calle 9 de Julio {n}, 2º B"),
        ("+54 9 11 4###-####", "011 4###-####", "0054 9 11 4### ####"),
        "sí",
        "no",
    ),
    Country(
        "GB",
        ("GB", "United Kingdom", "UK", "Great Britain", "England"),
        _words("Siân, Amelia, Aoife, Olivia, Priya"),
        _words("Rhys, Oliver, Mohammed, Seán, Harry"),
        _words("O'Connor, Smith-Jones, McAllister, Nguyễn, Llewellyn"),
        (("London", "SW1A 1AA", ""), ("Caerdydd", "cf10 1ep", "Wales")),
        ("{n} High Street", "Flat 2, {n} Princes St."),
        ("+44 7911 1#####", "07911 1#####", "0044 7911 1#####", "(020) 7946 0###", "+44 (0) 20 7946 0### ext 12"),
    ),
    Country(
        "US",
        ("US", "USA", "United States", "United States of America"),
        _words("Emily, Beyoncé, Mary-Kate, Hannah, Guadalupe"),
        _words("Michael, DeShawn, Jesús, John Jr., Liam"),
        _words("Johnson, O’Brien, Garcia, Nakamura, St. John"),
        (("New York", "10001", "NY"), ("Boston", "02108", "Massachusetts"), ("San José", "95113-2006", "ca")),
        ("{n} Main St Apt 4B", "{n} 5th Ave."),
        ("+1 (212) 555-01##", "617-555-01##", "(408) 555 01##", "1.212.555.01##", "+1 212 555 01## x204"),
    ),
    Country(
        "UA",
        ("UA", "Україна", "Ukraine"),
        _words("Олена|Olena, Оксана|Oksana"),
        _words("Тарас|Taras, Андрій|Andrii"),
        _words("Шевченко|Shevchenko, Коваль|Koval, Гончар|Honchar"),
        (("Київ", "01001", ""), ("Львів", "79000", "")),
        ("вул. Хрещатик {n}", "просп. Свободи {n}"),
        ("+380 50 ### ## ##", "050 ### ## ##", "00380 50 #######"),
    ),
    Country(
        "SE",
        ("SE", "Sverige", "Sweden"),
        _words("Åsa, Linnéa, Märta"),
        _words("Björn, Åke, Göran"),
        _words("Åkesson, Sjöström, Öberg, Lindqvist"),
        (("Malmö", "211 20", ""), ("Göteborg", "41103", "")),
        ("Storgatan {n}", "Östra Hamngatan {n}"),
        ("+46 70 ### ## ##", "070-### ## ##", "0046 70 #######"),
    ),
)
