import { Migration } from '@mikro-orm/migrations';

/**
 * Pilgrims, payments and packages; migration jobs: the import of an uploaded file that waits until it is asked for, and
 * the jobs that check and undo it.
 */
export class Migration20261121000023_migration extends Migration {
  override up(): void {
    // A code or an e-mail names one record of a tenant, whoever wrote it there.
    const table = (
      name: string,
      identity: string,
      columns: Readonly<Record<string, string>>,
      constraints: readonly string[] = [],
    ): void => {
      this.addSql(`
        create table "target"."${name}" (
          "id" uuid not null primary key,
          "tenant_id" uuid not null,
          "source_id" uuid null,
          ${Object.entries(columns)
            .map(([column, type]) => `"${column}" ${type} null`)
            .join(',\n          ')},
          "source_hash" bytea null,
          "created_at" timestamptz not null default now(),
          "updated_at" timestamptz not null default now(),
          ${[`constraint "${name}_identity" unique ("tenant_id", "${identity}")`, ...constraints].join(',\n          ')}
        )`);
    };
    table('package', 'paket_id', {
      paket_id: 'text',
      nama: 'text',
      deskripsi: 'text',
      durasi_hari: 'bigint',
      harga: 'numeric',
      harga_grosir: 'numeric',
      tanggal_keberangkatan: 'date',
      kapasitas: 'bigint',
      status: 'text',
    });
    table(
      'jamaah',
      'email',
      {
        nama: 'text',
        email: 'text',
        telepon: 'text',
        nik: 'text',
        tanggal_lahir: 'date',
        jenis_kelamin: 'text',
        alamat: 'text',
        paket_id: 'text',
        status: 'text',
        catatan: 'text',
      },
      [
        `constraint "jamaah_paket_id" foreign key ("paket_id", "tenant_id")
           references "target"."package" ("paket_id", "tenant_id")`,
      ],
    );
    table(
      'payment',
      'nomor_referensi',
      {
        jamaah_id: 'uuid',
        jumlah: 'numeric',
        tanggal_bayar: 'date',
        metode_pembayaran: 'text',
        nomor_referensi: 'text',
        status: 'text',
        catatan: 'text',
      },
      [`constraint "payment_jamaah_id" foreign key ("jamaah_id") references "target"."jamaah" ("id")`],
    );
    for (const column of ['nik', 'paket_id']) {
      this.addSql(`
        create index "jamaah_by_${column}" on "target"."jamaah" ("tenant_id", "${column}")
        where "${column}" is not null`);
    }
    this.addSql(`
      create index "payment_by_jamaah_id" on "target"."payment" ("jamaah_id") where "jamaah_id" is not null`);

    this.addSql(`
      alter table "import_jobs"
        add column "held" boolean not null default false,
        add column "migration_id" uuid null`);
    this.addSql(`
      create index "import_jobs_migration" on "import_jobs" ("migration_id", "kind", "number")
      where "migration_id" is not null`);
    this.addSql(`
      create table "import_migrations" (
        "id" uuid not null primary key references "import_jobs" ("id") on delete cascade,
        "tenant_id" uuid not null references "tenants" ("id") on delete cascade,
        "created_by_id" uuid not null,
        "type" text not null,
        "encoding" text not null,
        "delimiter" text not null,
        "column_mapping" jsonb null,
        "total_rows" bigint not null,
        "starts" boolean not null default false,
        "created_at" timestamptz not null default clock_timestamp(),
        "deleted_at" timestamptz null
      )`);
    this.addSql(`
      create index "import_migrations_tenant" on "import_migrations" ("tenant_id", "created_at")
      where "deleted_at" is null`);
  }

  override down(): void {
    this.addSql(`drop table "import_migrations"`);
    this.addSql(`alter table "import_jobs" drop column "held", drop column "migration_id"`);
    for (const table of ['payment', 'jamaah', 'package']) this.addSql(`drop table "target"."${table}"`);
  }
}
