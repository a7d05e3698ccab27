import { defineEntity, p } from '@mikro-orm/postgresql';

const DirectoryUploadSchema = defineEntity({
  name: 'DirectoryUpload',
  tableName: 'directory_uploads',
  properties: {
    /** Where the file is going to lie in storage, and what its uploader knows it by. */
    key: p.text().primary(),
    tenantId: p.uuid(),
    /** What whoever sends it calls it: data, never a path. */
    name: p.text(),
    createdById: p.uuid().nullable(),
    createdAt: p.datetime(),
    /** After this nothing is taken any more under the URL that was given. */
    expiresAt: p.datetime(),
  },
});

/** A file that somebody was given a URL to upload to. It may not be there yet. */
export class DirectoryUpload extends DirectoryUploadSchema.class {}
DirectoryUploadSchema.setClass(DirectoryUpload);
