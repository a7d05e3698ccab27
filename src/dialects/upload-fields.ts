import { z } from 'zod';
import type { FileChoice } from '../domain/import-file.ts';
import type { UploadedFile } from '../engine/imports/import-input.ts';
import { optionalText } from './inputs.ts';
import { jsonField } from './json-field.ts';
import { modeBody } from './mode-body.ts';

/** What is said of a form with two files. */
export const TWO_FILES = 'Only one file can be uploaded at once.';

/** The file of a form, as it lies in storage by now. */
export const uploadedFile: z.ZodType<UploadedFile> = z.custom<UploadedFile>(
  (given) => typeof given === 'object' && given !== null && 'key' in given && 'sha256' in given,
  'The :attribute field is required.',
);

const place = z
  .string()
  .regex(/^\d{1,9}$/u, 'The :attribute must be an integer.')
  .transform(Number);

/** What whoever uploads a file may say of it, as fields of the form. */
export const fileChoice = {
  encoding: optionalText(40),
  delimiter: optionalText(10),
  sheet: optionalText(200).transform((sheet) =>
    sheet !== null && /^[1-9]\d{0,4}$/u.test(sheet) ? Number(sheet) : sheet,
  ),
  header_row: place.nullish().transform((row) => row ?? null),
};

/** What was said of a file, in our own words. */
export function choiceOf({
  header_row: headerRow,
  ...choice
}: Omit<FileChoice, 'headerRow'> & { readonly header_row: number | null }): FileChoice {
  return { ...choice, headerRow };
}

/** How rows of a file are held against records, as the JSON of a form's field. */
export const modeField = jsonField(modeBody, 'null').optional();
