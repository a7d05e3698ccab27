import { plainField } from '../domain/importer.ts';
import type { FieldMessages, FieldRule, ImporterField, ImporterInput } from '../domain/importer.ts';

/**
 * The importers that are built in: pilgrims, their payments and the packages they book, as document 004 names them and in
 * its language.
 */

const INVALID = "Nilai ':attribute' tidak valid: :value";

function field(
  name: string,
  type: ImporterField['type'],
  { messages, ...more }: Partial<ImporterField> = {},
): ImporterField {
  return plainField(name, type, { ...more, messages: { ...MESSAGES, ...BY_TYPE[type], ...messages } });
}

const MESSAGES: FieldMessages = {
  required: "Field ':attribute' wajib diisi",
  invalid: INVALID,
  duplicate: "Nilai ':attribute' sudah ada di baris lain: :value",
  unknown: "Nilai ':attribute' tidak ditemukan: :value",
};
const BY_TYPE: Partial<Record<ImporterField['type'], FieldMessages>> = {
  email: { invalid: 'Email tidak valid: :value' },
  phone: { invalid: 'Nomor telepon tidak valid: :value' },
  date: { invalid: 'Tanggal tidak valid: :value' },
  number: { invalid: 'Angka tidak valid: :value' },
  integer: { invalid: 'Angka tidak valid: :value' },
};

const rule = (name: FieldRule['rule'], value: FieldRule['value']): FieldRule => ({
  rule: name,
  value,
  errorMessage: null,
});
const upTo = (length: number): Pick<ImporterField, 'validations'> => ({ validations: [rule('max_length', length)] });
const notNegative: Pick<ImporterField, 'validations'> = { validations: [rule('min', 0)] };

function importer(type: string, name: string, key: string, fields: readonly ImporterField[]): ImporterInput {
  return {
    name,
    description: null,
    slug: type,
    fields,
    key: [key],
    duplicates: 'update',
    newerBy: null,
    source: { type: 'upload' },
    target: type,
    mapping: [],
  };
}

const jamaah = importer('jamaah', 'Jamaah', 'email', [
  field('nama', 'string', { required: true, aliases: ['nama_lengkap', 'nama_jamaah'], ...upTo(255) }),
  field('email', 'email', { unique: true, aliases: ['surel', 'alamat_email'] }),
  field('telepon', 'phone', { aliases: ['no_telepon', 'nomor_telepon', 'no_hp', 'nomor_hp', 'hp', 'telp'] }),
  field('nik', 'string', {
    unique: true,
    aliases: ['ktp', 'no_ktp', 'nomor_ktp', 'no_nik'],
    validations: [rule('regex', '^[0-9]{16}$')],
    messages: { invalid: 'NIK harus 16 digit angka: :value', expected: '16 digit angka' },
  }),
  field('tanggal_lahir', 'date', { aliases: ['tgl_lahir'] }),
  field('jenis_kelamin', 'string', upTo(20)),
  field('alamat', 'string', upTo(500)),
  // Refers to a package by its code.
  field('paket_id', 'string', { required: true, aliases: ['kode_paket', 'paket'], ...upTo(255) }),
  field('status', 'string', upTo(50)),
  field('catatan', 'string', upTo(1_000)),
]);

const payment = importer('payment', 'Pembayaran', 'nomor_referensi', [
  // Refers to a pilgrim.
  field('jamaah_id', 'string', { required: true, aliases: ['jamaah', 'id_jamaah', 'email_jamaah'], ...upTo(255) }),
  field('jumlah', 'number', { required: true, aliases: ['jumlah_bayar', 'nominal'], ...notNegative }),
  field('tanggal_bayar', 'date', { aliases: ['tanggal_pembayaran', 'tgl_bayar', 'tanggal'] }),
  field('metode_pembayaran', 'string', { aliases: ['metode', 'metode_bayar'], ...upTo(100) }),
  field('nomor_referensi', 'string', { unique: true, aliases: ['no_referensi', 'referensi', 'no_ref'], ...upTo(100) }),
  field('status', 'string', upTo(50)),
  field('catatan', 'string', upTo(1_000)),
]);

const travelPackage = importer('package', 'Paket', 'paket_id', [
  // The code by which pilgrims refer to it.
  field('paket_id', 'string', { required: true, unique: true, aliases: ['kode_paket', 'kode'], ...upTo(255) }),
  field('nama', 'string', { required: true, aliases: ['nama_paket'], ...upTo(255) }),
  field('deskripsi', 'string', upTo(2_000)),
  field('durasi_hari', 'integer', { aliases: ['durasi'], ...notNegative }),
  field('harga', 'number', { aliases: ['harga_retail', 'harga_paket'], ...notNegative }),
  field('harga_grosir', 'number', { aliases: ['harga_wholesale'], ...notNegative }),
  field('tanggal_keberangkatan', 'date', { aliases: ['tanggal_berangkat', 'keberangkatan', 'tgl_keberangkatan'] }),
  field('kapasitas', 'integer', { aliases: ['kuota', 'kursi'], ...notNegative }),
  field('status', 'string', upTo(50)),
]);

/** By the type of what they make. */
export const TRAVEL_IMPORTERS = { jamaah, payment, package: travelPackage } as const;
