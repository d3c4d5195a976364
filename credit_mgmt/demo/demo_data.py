"""Who and what is in the demo data: companies, customers, and the state of their debts.

Every date is an age: days before the day of installation, negative in the future. An item's age
counts from its due date, so an item of age 6 is six days overdue. The ages below are chosen so
that the item reaches the step named in the heading on the day of installation, whatever weekday
that is: the weekly runs of the past that ``credit_mgmt_demo`` replays took the steps before.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The days (ages) of the weekly runs of the past; each moves back to a working day.
RUN_AGES = tuple(range(63, 0, -7))
#: Dunning was started at this age in both companies.
START_AGE = 70
#: A person sent reminders to selected customers, and prepared one that waits, at this age.
YESTERDAY = 1
#: How far back the invoices go.
HISTORY_AGE = 725


@dataclass(frozen=True)
class Item:
    """An open invoice, or what is left of it; ``amount`` is without tax."""

    age: int
    amount: float
    #: Days from the invoice to its due date; ``(30, 60)``: two instalments, age of the first.
    terms: int | tuple[int, int] = 30
    currency: str = "EUR"
    #: Share of the total that was paid, and the age of that payment.
    part_paid: tuple[float, int] | None = None
    #: Paid but for this sum (bank charges).
    short_by: float = 0.0
    #: Kept out of the reminders by Odoo's own means: blocked, no_followup.
    mark: str = ""


@dataclass(frozen=True)
class Credit:
    """A credit note or a payment (``kind``) that is not allocated."""

    age: int
    amount: float
    kind: str = "payment"


@dataclass(frozen=True)
class Entry:
    """A line of the opening balance, with tax; followed up only when asked for."""

    age: int
    amount: float
    follow_up: bool = False


@dataclass(frozen=True)
class Contact:
    """A person or department at a customer."""

    name: str
    lang: str = "fr_FR"
    dunning: bool = False
    email: bool = True
    address: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Customer:
    name: str
    street: str
    zip: str
    city: str
    #: Open items, credits and opening entries in the first and in the second company.
    open: tuple[Item | Credit | Entry, ...] = ()
    open_second: tuple[Item | Credit | Entry, ...] = ()
    country: str = "FR"
    lang: str = "fr_FR"
    audience: str = "business"
    #: How the customer pays: punctual, slow, very_slow.
    payer: str = "punctual"
    #: Usual amount of an invoice, without tax, and its currency.
    usual: float = 900.0
    currency: str = "EUR"
    terms: int = 30
    #: Companies the customer buys from: first, second, both.
    buys_from: str = "first"
    #: Own policy: gentle, none.
    policy: str = ""
    email: bool = True
    phone: bool = True
    contacts: tuple[Contact, ...] = ()
    #: Standing order to leave the customer alone: (reason, days it still lasts or None).
    excluded: tuple[str, int | None] | None = None
    #: What went otherwise in the past: see ``credit.mgmt.demo._replay_run``.
    story: str = ""


@dataclass(frozen=True)
class Company:
    key: str
    name: str
    street: str
    zip: str
    city: str
    phone: str
    email: str
    website: str
    registry: str
    vat: str
    iban: str


COMPANIES = (
    Company(
        key="first",
        name="Fabrique Solenza SAS",
        street="18 rue des Chanvriers",
        zip="44800",
        city="Saint-Herblain",
        phone="+33 2 61 91 40 00",
        email="comptabilite.solenza@example.com",
        website="https://www.example.com/solenza",
        registry="00000001800014",
        vat="FR66000000018",
        iban="FR76 1999 9000 0100 0001 2345 602",
    ),
    Company(
        key="second",
        name="Solenza Services SARL",
        street="4 allée du Halage",
        zip="49000",
        city="Angers",
        phone="+33 2 61 91 47 00",
        email="comptabilite.services@example.com",
        website="https://www.example.com/services",
        registry="00000002600017",
        vat="FR90000000026",
        iban="FR76 1999 9000 0200 0006 5432 135",
    ),
)

#: Login (which is the password too), name, group, language, phone.
USERS = (
    ("manager", "Élise Garnier", "credit_mgmt_group_manager", "fr_FR", "+33 2 61 91 40 02"),
    ("collector", "Camille Perrin", "credit_mgmt_group_user", "fr_FR", "+33 2 61 91 40 21"),
    ("seller", "Hugo Lambert", "credit_mgmt_group_viewer", "fr_FR", "+33 2 61 91 40 35"),
)

GOODS = {
    "first": (
        "Panneaux acoustiques, chêne clair",
        "Cloisons amovibles, lot de 12",
        "Étagères modulaires, profondeur 40",
        "Bureaux réglables en hauteur",
        "Mobilier d'accueil sur mesure",
        "Plans de travail stratifiés",
        "Livraison et montage sur site",
    ),
    "second": (
        "Contrat d'entretien trimestriel",
        "Intervention de réparation",
        "Réaménagement d'espaces, forfait",
        "Démontage et reprise de mobilier",
    ),
}

#: Receipts of the last days that nobody has matched yet: (age, amount, wording).
UNMATCHED = {
    "first": (
        (1, 1416.00, "VIR SEPA RECU LES CONSERVERIES D ARMEVAL FACTURES"),
        (2, 540.00, "REMISE CHEQUE 0004417"),
        (3, 2274.00, "VIR INST RECU SANS MOTIF"),
    ),
    "second": ((2, 312.00, "VIR SEPA RECU CLIENT DIVERS"),),
}

#: A line of the first company's opening balance that names no customer.
UNKNOWN_DEBTOR = Entry(600, 310.0)

CUSTOMERS = (
    # ==== REMINDED TODAY: first level of the policy Business, by e-mail ====
    Customer(
        "Menuiserie Valcourbe SARL", "27 rue du Four-Banal", "35500", "Vitré",
        open=(Item(8, 1460.0), Item(-14, 820.0)),
        payer="slow", usual=1200,
    ),
    Customer(
        "Ateliers Tournebise SAS", "3 impasse des Forges", "42300", "Roanne",
        open=(Item(9, 3890.0, part_paid=(0.4, 3)),),
        payer="slow", usual=2600,
        contacts=(Contact("Comptabilité fournisseurs"),),
    ),
    Customer(
        "Imprimerie du Vieux-Bief", "11 quai des Tanneurs", "10000", "Troyes",
        open=(Item(7, 940.0), Item(2, 510.0), Item(-21, 760.0)),
        payer="slow",
        contacts=(Contact("Solène Garandeau", dunning=True),),
    ),
    Customer(
        "Clinique vétérinaire des Aulnes", "52 avenue de la Saulaie", "87000", "Limoges",
        open=(Item(6, 690.0),),
        usual=640, buys_from="both",
        open_second=(Item(9, 348.0),),
    ),
    Customer(
        "Transports Hallebecq", "140 chemin de la Rotonde", "59500", "Douai",
        open=(Item(10, 4200.0, terms=(30, 60)),),
        payer="slow", usual=3100, terms=45,
    ),
    Customer(
        "Domaine de Pierrefaude", "Lieu-dit Pierrefaude", "33420", "Branne",
        open=(Item(11, 1875.0), Credit(6, 250.0, kind="credit_note")),
        usual=1500,
    ),
    Customer(
        "Brasserij De Zilverhoorn BV", "Korenmarkt 114", "9000", "Gent",
        open=(Item(8, 2350.0),),
        country="BE", lang="en_US", usual=1900, payer="slow",
    ),
    Customer(
        "Möbelhaus Lindenquell GmbH", "Quellenstraße 7", "79098", "Freiburg im Breisgau",
        open=(Item(6, 5120.0), Item(-9, 1980.0)),
        country="DE", lang="en_US", usual=3800,
        contacts=(Contact("Anke Rosenthal", lang="en_US", dunning=True),),
    ),
    Customer(
        "Harrowby Interiors Ltd", "16 Tanner's Yard", "LS1 4AX", "Leeds",
        open=(Item(10, 2790.0, currency="USD"), Item(9, 1340.0)),
        country="GB", lang="en_US", usual=2100, payer="slow",
        contacts=(Contact("Accounts Payable", lang="en_US"),),
    ),
    Customer(
        "Biscuiterie des Trois-Épis", "8 rue de la Meunerie", "68000", "Colmar",
        open=(Item(5, 1130.0),),
        usual=1050,
    ),
    Customer(
        "Association Les Horizons Clairs", "60 rue de la Digue", "29200", "Brest",
        open=(Item(9, 430.0),),
        audience="unknown", usual=380,
    ),
    Customer(
        "Studio Graphique Pennarun", "2 venelle du Phare", "56100", "Lorient",
        open=(Item(7, 620.0),),
        audience="unknown", usual=500, payer="slow",
    ),
    # ==== the same without an e-mail address: the letter instead ====
    Customer(
        "Charpentes Roquebelin", "Route de la Scierie", "88400", "Gérardmer",
        open=(Item(8, 2680.0),),
        email=False, usual=2200, payer="slow",
    ),
    Customer(
        "Hôtel du Pont-Gallard", "1 place du Pont-Gallard", "15000", "Aurillac",
        open=(Item(10, 1580.0), Item(-5, 690.0)),
        email=False, usual=1300,
    ),
    Customer(
        "Quincaillerie Bastidou", "33 cours Gambaïre", "81100", "Castres",
        open=(Item(6, 365.0),),
        email=False, phone=False, usual=420,
    ),
    # ==== REMINDED TODAY: second level, e-mail and call ====
    Customer(
        "Conserveries d'Armeval SA", "Zone du Grand-Large, bâtiment C", "29900", "Concarneau",
        open=(Item(17, 5240.0), Item(8, 1180.0), Item(-12, 2400.0)),
        payer="very_slow", usual=3600, buys_from="both",
        open_second=(Item(17, 960.0),),
        contacts=(Contact("Yann Kerdoncuff", dunning=True),),
    ),
    Customer(
        "Garage Lavarenne et Fils", "77 route de Clermeil", "63000", "Clermont-Ferrand",
        open=(Item(16, 1725.0),),
        payer="slow", usual=1100,
    ),
    Customer(
        "Pépinières du Val Doucet", "Chemin des Greffes", "49400", "Saumur",
        open=(Item(18, 2860.0), Credit(9, 600.0, kind="credit_note")),
        payer="slow", usual=2000,
    ),
    Customer(
        "Résidences Clairmont-Dargaud", "210 avenue de l'Orangerie", "78000", "Versailles",
        open=(Item(17, 6400.0, terms=(30, 60)), Item(5, 950.0)),
        payer="very_slow", usual=4100, terms=45,
        contacts=(Contact("Service comptable", dunning=True),
                  Contact("Direction des achats")),
    ),
    Customer(
        "Northgate Fixtures Inc.", "845 Harbor Mill Road", "04101", "Portland",
        open=(Item(18, 8350.0, currency="USD"), Item(-20, 4100.0, currency="USD")),
        country="US", lang="en_US", usual=5200, currency="USD", payer="slow",
        contacts=(Contact("Janet Osgood", lang="en_US", dunning=True),),
    ),
    Customer(
        "Cabinet Faurel-Montbrun", "5 rue Sainte-Aurélie", "67000", "Strasbourg",
        open=(Item(16, 780.0), Item(6, 240.0)),
        payer="slow", usual=650,
    ),
    Customer(
        "Laiterie de Combremont", "Route du Col", "73200", "Albertville",
        open=(Item(18, 3380.0, part_paid=(0.25, 12)),),
        payer="slow", usual=2700, email=False,
    ),
    # ==== REMINDED TODAY: formal notice, to be released by a person ====
    Customer(
        "Agencements Soubeyrac SARL", "19 rue de l'Ancienne-Poste", "12000", "Rodez",
        open=(Item(36, 7150.0), Item(17, 1420.0), Item(-8, 980.0)),
        payer="very_slow", usual=3000,
    ),
    Customer(
        "Boulangeries Maridor", "44 boulevard Carnolès", "06500", "Menton",
        open=(Item(35, 2215.0),),
        payer="very_slow", usual=1400,
        contacts=(Contact("Raphaël Maridor", dunning=True,
                          address=("6 montée des Oliviers", "06500", "Menton")),),
    ),
    Customer(
        "Nautique de l'Anse-Bleue", "Quai n° 4, port de plaisance", "17000", "La Rochelle",
        open=(Item(36, 4980.0, part_paid=(0.3, 20)), Credit(15, 400.0)),
        payer="very_slow", usual=2900,
    ),
    Customer(
        "Ferronnerie Castagnède", "31 chemin des Lavoirs", "64000", "Pau",
        open=(Item(35, 1690.0), Item(9, 560.0)),
        payer="slow", usual=1200, email=False,
    ),
    # ==== REMINDED TODAY under other policies ====
    Customer(
        "Groupe Valmorin Distribution", "1 esplanade de la Confluence", "69002", "Lyon",
        open=(Item(12, 18400.0), Item(-16, 22600.0), Item(-30, 17300.0)),
        policy="gentle", payer="slow", usual=14500, terms=60, buys_from="both",
        open_second=(Item(3, 2400.0),),
        contacts=(Contact("Centre de services partagés", dunning=True),),
    ),
    Customer(
        "Enseignes Parvelle France", "88 rue du Commerce-Neuf", "92200", "Neuilly-sur-Seine",
        open=(Item(23, 12750.0), Item(4, 9800.0)),
        policy="gentle", payer="slow", usual=9600, terms=60,
    ),
    Customer(
        "Hôtels Clairelande SA", "12 promenade des Arts", "06000", "Nice",
        open=(Item(44, 15300.0), Item(13, 6200.0)),
        policy="gentle", payer="very_slow", usual=8800, terms=45,
    ),
    Customer(
        "Mme Odile Ferrandis", "14 rue des Glycines", "13100", "Aix-en-Provence",
        open=(Item(8, 385.0),),
        audience="consumer", usual=340,
    ),
    Customer(
        "M. Bastien Quillerou", "7 rue du Manoir", "22000", "Saint-Brieuc",
        open=(Item(26, 510.0), Item(9, 120.0)),
        audience="consumer", usual=450, payer="slow",
    ),
    Customer(
        "M. et Mme Delavigne-Roy", "3 sente des Vergers", "76000", "Rouen",
        open=(Item(48, 1240.0),),
        audience="consumer", usual=900, payer="very_slow",
    ),
    Customer(
        "Mme Anne-Lise Thouvenel", "22 rue du Puits-Salé", "39000", "Lons-le-Saunier",
        open=(Item(10, 268.0),),
        audience="consumer", email=False, usual=260,
    ),
    Customer(
        "Commune de Saint-Aubrac-le-Haut", "Place de la Mairie", "48000", "Mende",
        open=(Item(14, 6850.0),),
        audience="public", usual=5200, payer="slow", buys_from="both",
        open_second=(Item(13, 1430.0),),
    ),
    Customer(
        "Lycée professionnel Jean-Desrives", "5 avenue des Métiers", "80000", "Amiens",
        open=(Item(32, 3960.0),),
        audience="public", usual=2800, payer="very_slow",
    ),
    # ==== LEFT OUT TODAY, each for its reason ====
    Customer(  # covered by an unallocated payment
        "Teintureries du Moulin-Neuf", "9 rue de la Garance", "84000", "Avignon",
        open=(Item(9, 1480.0), Credit(4, 2100.0)),
        payer="slow", usual=1300,
    ),
    Customer(  # covered by a credit note
        "Céramiques Aubeterre", "30 route des Potiers", "71130", "Gueugnon",
        open=(Item(16, 890.0), Credit(20, 920.0, kind="credit_note")),
        usual=800,
    ),
    Customer(  # bank charges kept back
        "Velthuis Scheepsinrichting NV", "Haverstraat 61", "2000", "Antwerpen",
        open=(Item(20, 2450.0, short_by=0.85),),
        country="BE", lang="en_US", usual=2300,
    ),
    Customer(
        "Librairie La Page Cornée", "6 rue des Écoles", "54000", "Nancy",
        open=(Item(11, 9.5),),
        usual=210,
    ),
    Customer(
        "Scierie Haute-Bruyère", "Route forestière du Donat", "88200", "Remiremont",
        open=(Item(19, 3120.0, mark="blocked"),),
        usual=2400,
    ),
    Customer(
        "Fromagerie des Alpages Blancs", "Chef-lieu", "74230", "Thônes",
        open=(Item(15, 745.0, mark="no_followup"), Item(-10, 810.0)),
        usual=760,
    ),
    Customer(
        "Établissements Corvellec", "18 rue du Calvaire-Neuf", "29000", "Quimper",
        open=(Entry(610, 1980.0), Entry(585, 640.0, follow_up=True)),
        payer="very_slow", usual=1100,
    ),
    Customer(
        "Sellerie du Grand-Manège", "2 rue des Écuyers", "60500", "Chantilly",
        open=(Item(14, 1960.0), Item(3, 430.0)),
        payer="slow", usual=1200,
        excluded=("Accord du directeur : paiement attendu après travaux", 20),
    ),
    Customer(
        "Thermes de Valfontaine", "Allée des Sources", "88800", "Vittel",
        open=(Item(58, 4310.0),),
        payer="very_slow", usual=2600,
        excluded=("Litige commercial suivi par la direction", None),
    ),
    Customer(  # an order to leave it alone that has ended: reminded again
        "Chocolaterie Ombelline", "25 rue des Carmes", "21000", "Dijon",
        open=(Item(9, 860.0),),
        usual=700,
        excluded=("Congés annuels du client", -3),
    ),
    Customer(
        "Solenza Participations", "18 rue des Chanvriers", "44800", "Saint-Herblain",
        open=(Item(40, 3600.0), Item(9, 3600.0)),
        policy="none", usual=3600,
    ),
    Customer(
        "Bâti-Rénov Pélissane", "", "13330", "",
        open=(Item(17, 1340.0),),
        email=False, phone=False, usual=900, payer="slow",
    ),
    Customer(  # reminded of another item the day before
        "Optique Beaurivage", "70 rue de la République-Neuve", "73100", "Aix-les-Bains",
        open=(Item(10, 980.0), Item(5, 1210.0)),
        usual=900, story="yesterday",
    ),
    Customer(
        "Traiteur Mondésir", "13 rue du Marché-Couvert", "44000", "Nantes",
        open=(Item(10, 1530.0), Item(5, 720.0)),
        usual=1100, payer="slow", story="yesterday",
    ),
    Customer(  # prepared the day before, not sent yet
        "Miroiterie Estampille", "48 rue des Verriers", "57000", "Metz",
        open=(Item(10, 2010.0), Item(5, 640.0)),
        usual=1600, story="prepared",
    ),
    Customer(  # the e-mail came back: no formal notice without a reminder received
        "Carrelages Santucci", "Route de Bastiacce", "20200", "Bastia",
        open=(Item(95, 2890.0), Item(8, 1050.0)),
        payer="very_slow", usual=1500, story="bounced",
    ),
    Customer(  # nobody knows whether the last e-mail left
        "Coopérative Les Blés d'Or", "Silo de la Gare", "28000", "Chartres",
        open=(Item(25, 3270.0), Item(6, 1400.0)),
        payer="slow", usual=2500, story="uncertain",
    ),
    Customer(
        "Travaux Publics Morvannet", "Zone artisanale des Essarts", "58000", "Nevers",
        open=(Item(72, 9840.0), Item(8, 2150.0)),
        payer="very_slow", usual=4300, story="formal",
    ),
    Customer(
        "Restaurant Le Cormoran Gris", "Digue Nord", "80230", "Cayeux-sur-Mer",
        open=(Item(66, 1870.0),),
        payer="very_slow", usual=700, story="formal",
    ),
    Customer(  # an answer pauses the automatic reminders
        "Fonderies de la Vernelle", "201 rue de la Coulée", "08000", "Charleville-Mézières",
        open=(Item(25, 5480.0), Item(3, 2750.0)),
        payer="slow", usual=3300, story="replied",
    ),
    Customer(  # not yet time for the next step
        "Constructions Ardevaz", "15 rue du Pré-Long", "74000", "Annecy",
        open=(Item(25, 2960.0), Item(3, 870.0)),
        payer="slow", usual=2100, buys_from="both",
        open_second=(Item(8, 1275.0),),
    ),
    # ==== NOTHING OVERDUE ====
    Customer(
        "Microtechnique Jurançois", "9 rue de l'Horlogerie", "25000", "Besançon",
        open=(Item(-6, 3420.0), Item(-25, 2890.0)),
        usual=3000,
    ),
    Customer(
        "Pharmacie du Beffroi-Neuf", "1 Grand-Place", "62000", "Arras",
        open=(Item(-4, 1240.0),),
        usual=980,
    ),
    Customer(
        "Laboratoires Hélianthe", "Technopôle des Garennes", "34000", "Montpellier",
        open=(Item(-18, 4650.0), Credit(5, 380.0, kind="credit_note")),
        usual=4200, terms=45,
    ),
    # ==== CUSTOMERS OF THE SECOND COMPANY ALONE ====
    Customer(
        "Syndic Pré-Fleury", "40 rue de la Treille", "49100", "Angers",
        open_second=(Item(7, 1180.0), Item(-11, 1180.0)),
        buys_from="second", usual=1180, payer="slow",
    ),
    Customer(
        "Crèche Les Petits Galets", "3 rue du Gué", "49130", "Les Ponts-de-Cé",
        open_second=(Item(16, 645.0),),
        buys_from="second", usual=600, payer="slow",
    ),
    Customer(
        "Auto-école du Rond-Point", "118 avenue du Lac-de-Maine", "49000", "Angers",
        open_second=(Item(35, 1520.0), Item(-20, 490.0)),
        buys_from="second", usual=520, payer="very_slow",
    ),
    Customer(
        "Cinéma Le Rex-Anjou", "5 place du Ralliement-Vieux", "49000", "Angers",
        open_second=(Item(9, 830.0), Credit(2, 1000.0)),
        buys_from="second", usual=800,
    ),
    Customer(
        "Fédération des Artisans d'Anjou", "21 rue des Corporations", "49000", "Angers",
        open_second=(Item(11, 975.0),),
        buys_from="second", usual=900, email=False,
    ),
    # ==== WHAT THE CUSTOMER SAID: see ``demo_claims`` ====
    Customer(
        "Tapisseries d'Ourscamp", "16 rue de l'Abbaye-Neuve", "60138", "Ribécourt",
        open=(Item(25, 1960.0), Item(12, 840.0), Item(4, 410.0)),
        payer="slow", usual=1500, story="promised",
    ),
    Customer(
        "Serrurerie Gaudrion", "9 impasse de l'Enclume", "37000", "Tours",
        open=(Item(33, 1310.0),),
        payer="very_slow", usual=900, story="promise_broken",
    ),
    Customer(
        "Auberge des Quatre-Chemins", "2 place du Marché-aux-Grains", "18000", "Bourges",
        open=(Item(22, 760.0, part_paid=(0.5, 4)),),
        payer="slow", usual=700, story="promise_partly",
    ),
    Customer(
        "Cuisines Montferrat", "101 avenue du Levant", "34000", "Montpellier",
        open=(Item(19, 5380.0), Item(11, 1240.0)),
        payer="slow", usual=4100, story="disputed",
    ),
    Customer(
        "Maroquinerie Sainte-Foy", "7 rue des Corroyeurs", "81000", "Albi",
        open=(Item(14, 1675.0),),
        payer="slow", usual=1300, story="disputed_whole",
    ),
    Customer(
        "Scénographies Beaulac", "30 quai des Marchandises", "31000", "Toulouse",
        open=(Item(48, 4800.0), Item(27, 2400.0)),
        payer="very_slow", usual=3600, story="plan",
    ),
    Customer(
        "Jardineries du Haut-Vallon", "Route des Serres", "26000", "Valence",
        open=(Item(13, 2230.0), Item(7, 1105.0)),
        payer="slow", usual=1900, story="collected",
    ),
    Customer(
        "Clinique des Trois-Rivières", "5 allée du Confluent", "03200", "Vichy",
        open=(Item(15, 3140.0),),
        payer="slow", usual=2800, story="asked",
    ),
)  # fmt: skip
