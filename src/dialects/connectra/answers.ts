import { z } from 'zod';
import { columnsOf } from '../../domain/directory/columns.ts';
import type { ColumnType, Service } from '../../domain/directory/columns.ts';
import { count, instant, perhaps } from '../answer-shapes.ts';
import { JOB_STATUSES } from './job-words.ts';
import type { JobStatus } from './job-words.ts';

const success = z.literal(true);
/** Those of the document have no version that RFC 9562 knows, which `format` would ask for. */
const uuid = z.guid().meta({ format: undefined });
const COMPANY = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890';
const CONTACT = 'c3d4e5f6-a7b8-9012-cdef-123456789012';

const uuids = z.array(perhaps(uuid)).describe('For each row the uuid of what it became; null where it has none.');

const companiesUpserted = z.object({ success, company_uuids: uuids });
const contactsUpserted = z.object({ success, contact_uuids: uuids });

export const upsertAnswers: Readonly<Record<Service, z.ZodType>> = {
  company: companiesUpserted.meta({ examples: [{ success: true, company_uuids: [COMPANY] }] }),
  contact: contactsUpserted.meta({ examples: [{ success: true, contact_uuids: [CONTACT] }] }),
};

const BATCH = {
  success: true,
  message: 'Batch upsert successful',
  company_uuids: [COMPANY],
  contact_uuids: [CONTACT],
} as const;

export const batchAnswer = z
  .object({ ...companiesUpserted.shape, ...contactsUpserted.shape, message: z.string() })
  .meta({ examples: [BATCH] });

const VALUES: Readonly<Record<ColumnType, z.ZodType>> = {
  text: z.string(),
  list: z.array(z.string()),
  integer: z.union([z.int(), z.string().regex(/^-?\d+$/u)]).describe('Text where a number would lose digits.'),
  date: z.iso.date(),
  uuid,
  time: instant,
};

/** The columns that were asked for; all of them where none were. */
const row = (service: Service) =>
  z.object(Object.fromEntries(columnsOf(service).map(({ name, type }) => [name, perhaps(VALUES[type]).optional()])));

const cursor = z.array(z.string()).describe('With it as the `cursor` of a query a page begins behind this row.');

export const searchAnswers: Readonly<Record<Service, z.ZodType>> = {
  company: z.object({ success, data: z.array(row('company').extend({ cursor })) }).meta({
    examples: [
      {
        success: true,
        data: [
          {
            uuid: COMPANY,
            name: 'Acme Corporation',
            industries: ['Technology', 'Software'],
            employees_count: 500,
            website: 'https://acme.com',
            cursor: ['500', 'Acme Corporation'],
          },
        ],
      },
    ],
  }),
  contact: z
    .object({
      success,
      data: z.array(row('contact').extend({ company: perhaps(row('company')).optional(), cursor })),
    })
    .meta({
      examples: [
        {
          success: true,
          data: [
            {
              uuid: CONTACT,
              first_name: 'john',
              last_name: 'doe',
              email: 'john.doe@acme.com',
              title: 'Senior Software Engineer',
              company: { uuid: COMPANY, name: 'Acme Corporation', website: 'https://acme.com' },
              cursor: ['doe', 'john'],
            },
          ],
        },
      ],
    }),
};

export const countAnswer = z.object({ success, count }).meta({ examples: [{ success: true, count: 1542 }] });

export const filtersAnswer = z
  .object({
    success,
    data: z.array(
      z.object({
        key: z.string(),
        filter_type: z.enum(['keyword', 'text', 'range']),
        display_name: z.string(),
        active: z.boolean(),
      }),
    ),
  })
  .meta({
    examples: [
      {
        success: true,
        data: [
          { key: 'country', filter_type: 'keyword', display_name: 'Country', active: true },
          { key: 'seniority', filter_type: 'keyword', display_name: 'Seniority Level', active: true },
        ],
      },
    ],
  });

export const filterDataAnswer = z
  .object({ success, data: z.array(z.object({ value: z.string(), display_value: z.string() })) })
  .meta({
    examples: [
      {
        success: true,
        data: [
          { value: 'united states', display_value: 'United States' },
          { value: 'united kingdom', display_value: 'United Kingdom' },
        ],
      },
    ],
  });

export const uploadUrlAnswer = z
  .object({ success, upload_url: z.url(), s3_key: z.string(), expires_in: z.string() })
  .meta({
    examples: [
      {
        success: true,
        upload_url: 'https://s3.amazonaws.com/bucket/...',
        s3_key: 'uploads/uuid_contacts.csv',
        expires_in: '24h0m0s',
      },
    ],
  });

/** How jobs stand, in the document's words. */
export const jobStatus = z.enum(Object.keys(JOB_STATUSES) as [JobStatus, ...JobStatus[]]);

export const newJobAnswer = z
  .object({
    success,
    message: z.string(),
    data: z.object({ uuid, id: z.int(), status: jobStatus }),
  })
  .meta({
    examples: [
      {
        success: true,
        message: 'Job created successfully',
        data: { uuid: '0198c0de-0000-7000-8000-000000000001', id: 1, status: 'open' },
      },
    ],
  });
