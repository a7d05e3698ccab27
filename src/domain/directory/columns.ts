/** The two kinds of thing the directory holds, as the wire calls them. */
export const SERVICES = ['company', 'contact'] as const;
export type Service = (typeof SERVICES)[number];

/** `list` is a list of texts, `integer` a whole number of 64 bits, `date` a day, `time` a moment. */
export type ColumnType = 'text' | 'list' | 'integer' | 'date' | 'uuid' | 'time';

/** One column of a company or contact. */
export interface DirectoryColumn {
  /** What the wire calls it. */
  readonly name: string;
  /** What the table calls it. */
  readonly column: string;
  readonly type: ColumnType;
  /** Stored in lower case; everything else keeps its own. */
  readonly lowerCase: boolean;
  /** Filled by the store alone. */
  readonly readOnly: boolean;
}

/** The columns that are stored in lower case, exactly these. */
const LOWER_CASE = new Set(['city', 'state', 'country', 'email', 'linkedin_url', 'seniority', 'email_status']);

const column = (name: string, type: ColumnType): DirectoryColumn => ({
  name,
  column: name === 'uuid' ? 'id' : name,
  type,
  lowerCase: LOWER_CASE.has(name),
  readOnly: type === 'time',
});

const texts = (...names: string[]): DirectoryColumn[] => names.map((name) => column(name, 'text'));

/** A company, in the order in which its columns are shown. */
export const COMPANY_COLUMNS: readonly DirectoryColumn[] = [
  column('uuid', 'uuid'),
  ...texts('name'),
  column('employees_count', 'integer'),
  column('industries', 'list'),
  column('keywords', 'list'),
  column('technologies', 'list'),
  ...texts('address'),
  column('annual_revenue', 'integer'),
  column('total_funding', 'integer'),
  ...texts('city', 'state', 'country', 'linkedin_url', 'website', 'normalized_domain', 'facebook_url', 'twitter_url'),
  ...texts('company_name_for_emails', 'phone_number', 'latest_funding'),
  column('latest_funding_amount', 'integer'),
  column('last_raised_at', 'date'),
  column('created_at', 'time'),
  column('updated_at', 'time'),
];

/** A contact, in the order in which its columns are shown. */
export const CONTACT_COLUMNS: readonly DirectoryColumn[] = [
  column('uuid', 'uuid'),
  ...texts('first_name', 'last_name'),
  column('company_id', 'uuid'),
  ...texts('email', 'title'),
  column('departments', 'list'),
  ...texts('mobile_phone', 'email_status', 'seniority', 'city', 'state', 'country', 'linkedin_url', 'facebook_url'),
  ...texts('twitter_url', 'website', 'work_direct_phone', 'home_phone', 'other_phone', 'stage'),
  column('created_at', 'time'),
  column('updated_at', 'time'),
];

const COLUMNS: Readonly<Record<Service, readonly DirectoryColumn[]>> = {
  company: COMPANY_COLUMNS,
  contact: CONTACT_COLUMNS,
};

/** All columns of a service, in the order in which they are shown. */
export function columnsOf(service: Service): readonly DirectoryColumn[] {
  return COLUMNS[service];
}

const BY_NAME: Readonly<Record<Service, ReadonlyMap<string, DirectoryColumn>>> = {
  company: byName(COMPANY_COLUMNS),
  contact: byName(CONTACT_COLUMNS),
};

function byName(columns: readonly DirectoryColumn[]): ReadonlyMap<string, DirectoryColumn> {
  return new Map(columns.map((one) => [one.name, one]));
}

/** A column by its wire name, or undefined. */
export function findColumn(service: Service, name: string): DirectoryColumn | undefined {
  return BY_NAME[service].get(name);
}
