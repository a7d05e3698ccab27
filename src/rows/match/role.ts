import type { FieldType } from '../../domain/target.ts';

/** What a field means to matching. `ignored` says nothing of who or what a row is. */
export type Role =
  | 'given'
  | 'family'
  | 'name'
  | 'email'
  | 'phone'
  | 'fax'
  | 'company'
  | 'street'
  | 'house_number'
  | 'city'
  | 'region'
  | 'postcode'
  | 'country'
  | 'birth_date'
  | 'date'
  | 'title'
  | 'text'
  | 'people'
  | 'number'
  | 'year'
  | 'code'
  | 'label'
  | 'ignored';

/** A field of the rows to match: its name, and its type where somebody declared one. */
export interface MatchField {
  readonly name: string;
  readonly type?: FieldType;
  /** What the rows become has places for what only people have, whether these are filled or not. */
  readonly ofPeople?: boolean;
}

/** What only people have. */
export const OF_PEOPLE: ReadonlySet<Role> = new Set(['given', 'family', 'birth_date']);

/** Whole names, as words joined by `_`, and what they mean; the first that fits counts. English, German, French, Indonesian. */
const NAMES: readonly (readonly [RegExp, Role])[] = [
  [
    /^(?:_?id|u?uid|guid|pk|row|index|row_(?:id|no|number)|(?:external|rec|record|unique|source|true|internal)_id)$/,
    'ignored',
  ],
  [
    /^(?:source|cluster|entity|deleted|created|updated|modified)(?:_.*)?$|_(?:created|updated|deleted)_at$|_at$/,
    'ignored',
  ],
  [/(?:^|_)(?:e_?mails?|mail|email_address)(?:_\d)?$|^e_?mail_/, 'email'],
  [/(?:^|_)fax(?:_|$)/, 'fax'],
  [
    /(?:^|_)(?:phones?|tele(?:phone|fon|pon)|tel|mobile?|cell(?:phone)?|handy|no_hp|hp|whatsapp|wa|contact_number)(?:_|$)/,
    'phone',
  ],
  [
    /^(?:.*_)?(?:birth|dob|born|geburts?|naissance|tanggal_lahir|tgl_lahir|date_of_birth)(?:_?da(?:te|tum|y))?(?:_at)?$|^birthday$|^geburtsdatum$/,
    'birth_date',
  ],
  [
    /^(?:first|given|fore|christian|middle)_?names?$|^fname(?:_.*)?$|^(?:first|given|forename|vorname|prenom|middle|nama_depan)$/,
    'given',
  ],
  [
    /^(?:last|family|sur)_?names?$|^lname(?:_.*)?$|^(?:last|surname|nachname|nom|familienname|nama_belakang)$/,
    'family',
  ],
  [/^(?:full_?|display_?|customer_?|contact_?|person_?)?name$|^nama(?:_lengkap)?$|^names?$/, 'name'],
  [/(?:^|_)(?:street|house|haus|building)_?(?:no|num|number|nummer|nr)$|^hausnummer$/, 'house_number'],
  [/(?:^|_)(?:country|land|negara|nation|pays)(?:_|$)/, 'country'],
  [/(?:^|_)(?:post(?:al)?_?codes?|zip(?:_?code)?|plz|kode_pos|code_postal)(?:_|$)|^zip/, 'postcode'],
  [/(?:^|_)(?:city|town|suburb|locality|ort|stadt|kota|ville|municipality)(?:_|$)/, 'city'],
  [/(?:^|_)(?:state|province|region|county|bundesland|provinsi|district|neighbou?rhood)(?:_|$)/, 'region'],
  [/(?:^|_)(?:street|addr(?:ess)?|strasse|alamat|road|adresse)(?:_.*)?(?:_?\d)?$|^address/, 'street'],
  [/(?:^|_)(?:authors?|creators?|artists?|editors?|cast|directors?|actors?|composers?)$/, 'people'],
  [/(?:^|_)(?:year|jahr|tahun|annee|yr)$/, 'year'],
  [
    /(?:^|_)(?:price|amount|cost|total|harga|betrag|preis|quantity|qty|weight|size|rating|lat|lon|latitude|longitude)(?:_|$)/,
    'number',
  ],
  [
    /(?:^|_)(?:company|organi[sz]ation|org|employer|firma?|business|agency|institution|perusahaan|vendor|supplier|brand|manufacturer|publisher|affiliation|restaurant)(?:_name)?$|^(?:site|shop|store|venue|hotel|school)_name$/,
    'company',
  ],
  [
    /(?:^|_)(?:job_title|position|department|category|type|genre|gender|sex|status|language|currency|cuisine|jabatan)$/,
    'label',
  ],
  [/(?:^|_)(?:description|notes?|abstract|comments?|text|body|summary|keterangan|content)$/, 'text'],
  [/(?:^|_)(?:title|subject|product|item|song|album|headline|product_name|model_name|movie|film)(?:_name)?$/, 'title'],
  [
    /(?:^|_)(?:id|code|no|nr|num|number|ssn|sku|isbn\d*|issn|doi|upc|ean|gtin|model|modelno|nik|passport|paspor|vat|tax|abn|account)$/,
    'code',
  ],
  [/(?:^|_)(?:date|datum|tanggal|tgl|released?|published)$/, 'date'],
];

/** A field's name as words: `Site name`, `site-name` and `siteName` are `site_name`. */
export function plainName(name: string): string {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+(?=.)|_+$/g, '');
}

/** The role a field's name and declared type tell of, or null when only its values can. */
export function roleByName(field: MatchField): Role | null {
  const plain = plainName(field.name);
  if (field.type === 'timestamptz' || field.type === 'boolean') return 'ignored';
  const named = NAMES.find(([pattern]) => pattern.test(plain))?.[1] ?? null;
  if (field.type === 'reference' || field.type === 'uuid') return 'label';
  if (field.type === 'date') return named === 'birth_date' ? named : 'date';
  if (field.type === 'numeric' && (named === null || named === 'text' || named === 'title')) return 'number';
  return named;
}

/** Whether something with these fields is made for people: it has a place for a surname, a first name or a birth date. */
export function areOfPeople(fields: readonly MatchField[]): boolean {
  return fields.some((field) => OF_PEOPLE.has(roleByName(field) ?? 'ignored'));
}
